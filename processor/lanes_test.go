package processor_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// The bench's prefetch is 30, its workers are 10: a flood of 25 in one channel
// waits for that channel's pace and leaves the workers to the others.
func TestFloodInOneChannelDoesNotHoldUpAnother(t *testing.T) {
	flood := map[string]any{"slack_channel": "general", "slack_details": details("flood")}
	other := map[string]any{"slack_channel": "soc", "slack_details": details("x")}
	t.Run("channels of the calls", func(t *testing.T) {
		floodAndOther(t, newBench(t, options{}), flood, other)
	})
	t.Run("channels that a script chooses", func(t *testing.T) {
		// The calls name one channel; the script sends the flood elsewhere.
		b := newBench(t, options{scripts: map[string]string{"default.js": `export default {
			format: (m) => ({ text: m.text, channel: m.title === "flood" ? "general" : "soc" }) };`}})
		flood := map[string]any{"slack_channel": "soc", "slack_details": details("flood")}
		floodAndOther(t, b, flood, other)
	})
}

func floodAndOther(t *testing.T, b *bench, flood, other map[string]any) {
	general := b.slack.Messages("general")
	b.slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
		return slacktest.RateLimited(2 * time.Second), r.Method == "chat.postMessage" && r.Form.Get("channel") == "general"
	})
	var ids []string
	for range 25 {
		ids = append(ids, b.call(flood))
	}
	b.until("rate limited", func() bool { return b.slack.Calls("chat.postMessage") > 0 })
	b.result(b.call(other))
	if n := len(b.slack.Messages("general")); n != len(general) {
		t.Errorf("%d messages in the channel that is closed", n)
	}
	b.slack.FailWhen(nil)
	for _, id := range ids {
		b.result(id)
	}
	if n := len(b.slack.Messages("general")); n != 25 {
		t.Errorf("%d messages of the flood, want 25", n)
	}
}

// "#soc" and "soc" are one channel.
func TestOneChannelUnderTwoNamesKeepsItsOrder(t *testing.T) {
	b := newBench(t, options{scripts: map[string]string{"default.js": `export default { format(m) {
		for (let i = 0; i < (Number(m.title) % 3) * 20000; i++);
		return "n" + m.title;
	} };`}})
	var ids []string
	for i := range 20 {
		ids = append(ids, b.call(map[string]any{"slack_channel": []string{"#soc", "soc"}[i%2], "slack_details": details(fmt.Sprint(i))}))
	}
	for _, id := range ids {
		b.result(id)
	}
	for i, m := range b.slack.Messages("soc") {
		if want := fmt.Sprintf("n%d", i); m.Sent.Text != want {
			t.Fatalf("message %d is %s, want %s", i, m.Sent.Text, want)
		}
	}
}
