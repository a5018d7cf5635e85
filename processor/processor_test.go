package processor_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

func TestMain(m *testing.M) { calltest.Main(m) }

const classic = `export default { format: (message) => message.text };`

func TestEveryCallIsAnswered(t *testing.T) {
	b := calltest.New(t, calltest.Options{})
	good := map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")}
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"not JSON":         {`hello`, []string{"not a function call", "byte 0"}},
		"not an object":    {`[1]`, []string{"not a function call"}},
		"empty":            {``, []string{"empty"}},
		"an action":        {`{"action_id": 7, "incident": {"id": 1}}`, []string{"rule"}},
		"another function": {calltest.Body(t, "utilities_echo", good), []string{"slack_post_message", "utilities_echo"}},
	} {
		t.Run(name, func(t *testing.T) { calltest.Contains(t, b.Failure(b.Send(c.body)), c.want...) })
	}
	// The original falls silent after as many failures as its prefetch.
	for range 40 {
		b.Failure(b.Call(map[string]any{"slack_channel": "nowhere", "slack_details": calltest.Details("x")}))
	}
	b.Result(b.Call(good))
	b.Acknowledged()
}

func TestTrappedFailureIsAResult(t *testing.T) {
	b := calltest.New(t, calltest.Options{Trap: true})
	_, results := b.Result(b.Call(map[string]any{"slack_channel": "nowhere", "slack_details": calltest.Details("x")}))
	if results["success"] != false {
		t.Errorf("success %v", results["success"])
	}
	calltest.Contains(t, fmt.Sprint(results["reason"]), "channel_not_found")
}

func TestOrderInAChannelIsThatOfDelivery(t *testing.T) {
	// Rendering takes longer for some than for others.
	scripts := map[string]string{"default.js": `export default { format(m) {
		const n = Number(m.title);
		for (let i = 0; i < (n % 3) * 200; i++);
		return "n" + n;
	} };`}
	b := calltest.New(t, calltest.Options{Scripts: scripts})
	const n = 60
	var ids []string
	for i := range n {
		ids = append(ids, b.Call(map[string]any{"slack_channel": []string{"general", "soc"}[i%2], "slack_details": calltest.Details(fmt.Sprint(i))}))
	}
	for _, id := range ids {
		b.Result(id)
	}
	for c, channel := range []string{"general", "soc"} {
		for i, m := range b.Slack.Messages(channel) {
			if want := fmt.Sprintf("n%d", 2*i+c); m.Sent.Text != want {
				t.Fatalf("#%s: message %d is %s, want %s", channel, i, m.Sent.Text, want)
			}
		}
	}
}

func TestLostConnectionNeitherLosesNorRepeats(t *testing.T) {
	b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": classic}})
	const n = 30
	var ids []string
	for i := range n {
		ids = append(ids, b.Call(map[string]any{"slack_channel": "general", "slack_details": calltest.Details(fmt.Sprint(i))}))
	}
	for range 5 {
		before := b.Slack.Count()
		b.Until("some posted", func() bool { return b.Slack.Count() > before || b.Slack.Count() == n })
		b.Broker.CutConnections()
	}
	for _, id := range ids {
		b.Result(id)
	}
	if got := b.Slack.Count(); got != n {
		t.Errorf("%d messages, want %d", got, n)
	}
}

func TestEndFinishesWhatIsInWork(t *testing.T) {
	b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": classic}})
	b.Slack.Fail("chat.postMessage", slacktest.Fault{Delay: 200 * time.Millisecond})
	id := b.Call(map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")})
	b.Until("in work", func() bool { return b.Slack.Calls("chat.postMessage") == 1 })
	b.End()
	b.Result(id)
	if b.Broker.Len(calltest.Queue)+b.Broker.Held(calltest.Queue) != 0 || b.Slack.Count() != 1 {
		t.Errorf("%d calls left, %d messages; want 0 and 1", b.Broker.Len(calltest.Queue), b.Slack.Count())
	}
}

// Slack wants quiet in one channel for longer than the end may take: what can still
// be sent elsewhere is finished, and the rest is left to the broker without waiting.
func TestEndWaitsOnlyForWhatCanStillBeSent(t *testing.T) {
	b := calltest.New(t, calltest.Options{Drain: 20 * time.Second, Deliver: time.Hour})
	b.Slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
		if r.Form.Get("channel") == "soc" {
			return slacktest.RateLimited(time.Minute), true
		}
		return slacktest.Fault{Delay: 900 * time.Millisecond}, r.Method == "chat.postMessage"
	})
	call := func(channel string) string {
		return b.Call(map[string]any{"slack_channel": channel, "slack_details": calltest.Details("x")})
	}
	call("soc")
	call("soc")
	elsewhere := call("general")
	b.Until("all in work", func() bool { return b.Slack.Calls("chat.postMessage") == 2 })
	start := time.Now()
	b.End()
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("the end took %s although nothing could be sent", took)
	}
	b.Result(elsewhere)
	if left := b.Broker.Len(calltest.Queue); left != 2 || b.Slack.Count() != 1 {
		t.Errorf("%d calls left, %d messages; want 2 and 1", left, b.Slack.Count())
	}
}

func TestAnswerThatWasLostIsGivenAfterARestart(t *testing.T) {
	b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": classic}})
	b.Broker.SetFaults(stomptest.Faults{StopReading: true})
	id := b.Call(map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")})
	b.Until("posted", func() bool { return b.Slack.Count() == 1 })
	b.Broker.CutConnections() // neither answer nor acknowledgement has arrived
	b.Broker.SetFaults(stomptest.Faults{})
	b.End()
	b.Start(b.Broker.Addr())
	b.Result(id)
	if got := b.Slack.Count(); got != 1 {
		t.Errorf("%d messages, want 1", got)
	}
}
