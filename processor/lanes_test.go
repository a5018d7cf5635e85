package processor_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// The bench's prefetch is 30, its workers are 10: a flood of 25 in one channel
// waits for that channel's pace and leaves the workers to the others.
func TestFloodInOneChannelDoesNotHoldUpAnother(t *testing.T) {
	flood := map[string]any{"slack_channel": "general", "slack_details": calltest.Details("flood")}
	other := map[string]any{"slack_channel": "soc", "slack_details": calltest.Details("x")}
	t.Run("channels of the calls", func(t *testing.T) {
		floodAndOther(t, calltest.New(t, calltest.Options{}), flood, other)
	})
	t.Run("channels that a script chooses", func(t *testing.T) {
		// The calls name one channel; the script sends the flood elsewhere.
		b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": `export default {
			format: (m) => ({ text: m.text, channel: m.title === "flood" ? "general" : "soc" }) };`}})
		flood := map[string]any{"slack_channel": "soc", "slack_details": calltest.Details("flood")}
		floodAndOther(t, b, flood, other)
	})
}

func floodAndOther(t *testing.T, b *calltest.Bench, flood, other map[string]any) {
	general := b.Slack.Messages("general")
	b.Slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
		return slacktest.RateLimited(2 * time.Second), r.Method == "chat.postMessage" && r.Form.Get("channel") == "general"
	})
	var ids []string
	for range 25 {
		ids = append(ids, b.Call(flood))
	}
	b.Until("rate limited", func() bool { return b.Slack.Calls("chat.postMessage") > 0 })
	b.Result(b.Call(other))
	if n := len(b.Slack.Messages("general")); n != len(general) {
		t.Errorf("%d messages in the channel that is closed", n)
	}
	b.Slack.FailWhen(nil)
	for _, id := range ids {
		b.Result(id)
	}
	if n := len(b.Slack.Messages("general")); n != 25 {
		t.Errorf("%d messages of the flood, want 25", n)
	}
}

// "#soc" and "soc" are one channel.
func TestOneChannelUnderTwoNamesKeepsItsOrder(t *testing.T) {
	b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": `export default { format(m) {
		for (let i = 0; i < (Number(m.title) % 3) * 4000; i++);
		return "n" + m.title;
	} };`}})
	var ids []string
	for i := range 20 {
		ids = append(ids, b.Call(map[string]any{"slack_channel": []string{"#soc", "soc"}[i%2], "slack_details": calltest.Details(fmt.Sprint(i))}))
	}
	for _, id := range ids {
		b.Result(id)
	}
	for i, m := range b.Slack.Messages("soc") {
		if want := fmt.Sprintf("n%d", i); m.Sent.Text != want {
			t.Fatalf("message %d is %s, want %s", i, m.Sent.Text, want)
		}
	}
}

// A channel's name and its id are one channel, too, from its first message on:
// also for calls that have come before that is known.
func TestNameAndIDOfAChannelKeepTheirOrder(t *testing.T) {
	b := calltest.New(t, calltest.Options{})
	b.Slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
		return slacktest.Fault{Delay: 20 * time.Millisecond}, r.Method == "chat.postMessage"
	})
	n := 0
	call := func(channel string) string {
		n++
		return b.Call(map[string]any{"slack_channel": channel, "slack_details": calltest.Details(fmt.Sprint(n - 1))})
	}
	first := call("soc")
	var ids []string
	for range 8 {
		ids = append(ids, call("#soc"))
	}
	_, results := b.Result(first)
	for i := range 8 {
		ids = append(ids, call([]string{results["channel"].(string), "soc"}[i%2]))
	}
	for _, id := range ids {
		b.Result(id)
	}
	inOrder(t, b, n)
}

// Where the queue is shared the work on a call ends with its connection. Taken up
// again, the calls have the order in which they came again.
func TestCallsThatAreTakenUpAgainKeepTheirOrder(t *testing.T) {
	b := calltest.New(t, calltest.Options{Shared: true, Server: stomptest.LikeRabbitMQ})
	b.Slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
		return slacktest.Fault{Code: "service_unavailable"}, r.Method == "chat.postMessage"
	})
	const n = 20
	var ids []string
	for i := range n {
		ids = append(ids, b.Call(map[string]any{"slack_channel": "soc", "slack_details": calltest.Details(fmt.Sprint(i))}))
	}
	b.Until("tried", func() bool { return b.Slack.Calls("chat.postMessage") > 0 && b.Broker.Held(calltest.Queue) == n })
	b.Broker.CutConnections()
	b.Until("taken again", func() bool { return b.Broker.Consumers(calltest.Queue) == 1 && b.Broker.Held(calltest.Queue) == n })
	b.Slack.FailWhen(nil)
	for _, id := range ids {
		b.Result(id)
	}
	inOrder(t, b, n)
}

func inOrder(t *testing.T, b *calltest.Bench, n int) {
	t.Helper()
	list := b.Slack.Messages("soc")
	if len(list) != n {
		t.Fatalf("%d messages, want %d", len(list), n)
	}
	for i, m := range list {
		if want := fmt.Sprintf("Name: %d", i); m.Sent.Text != want {
			t.Errorf("message %d is %q, want %q", i, m.Sent.Text, want)
		}
	}
}

// A call that is not in the journal comes again, after a new start. What waits
// behind others must not overtake it: once the journal has failed, nothing more is
// posted whose turn has not come.
func TestNothingIsPostedAfterTheJournalHasFailed(t *testing.T) {
	b := calltest.New(t, calltest.Options{})
	inputs := func(text string) map[string]any {
		return map[string]any{"slack_channel": "general", "slack_details": calltest.Details(text)}
	}
	b.Slack.Fail("chat.postMessage", slacktest.Fault{Delay: 300 * time.Millisecond})
	first := b.Call(inputs("first"))
	b.Until("the first is being posted", func() bool { return b.Slack.Calls("chat.postMessage") == 1 })
	second := b.Call(inputs("second"))
	b.Until("the second waits for its turn", func() bool { return len(b.Replies(second)) > 0 })
	calltest.Must(t, b.Journal.Close())
	third := b.Call(inputs("third"))
	b.Until("stopped", b.Failed.Load)
	b.End()
	if n := b.Slack.Count(); n != 1 {
		t.Errorf("%d messages, want that of the first call alone", n)
	}
	b.Start(b.Broker.Addr())
	for _, id := range []string{first, second, third} {
		b.Result(id)
	}
	list := b.Slack.Messages("general")
	if len(list) != 3 {
		t.Fatalf("%d messages, want 3", len(list))
	}
	for i, want := range []string{"first", "second", "third"} {
		if got := list[i].Sent.Text; !strings.Contains(got, want) {
			t.Errorf("message %d is %q, want that of the %s call", i, got, want)
		}
	}
}
