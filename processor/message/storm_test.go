package message_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// tier3 is what Slack takes of chat.update and of reading:
// https://docs.slack.dev/apis/web-api/rate-limits, 50 a minute.
var tier3 = slacktest.Limit{Interval: time.Minute / 50, Burst: 1}

// storming is a service as it is set up, whose Slack keeps to its rates, with a card.
func storming(t *testing.T) (b *calltest.Bench, ts any) {
	b = calltest.New(t, calltest.Options{
		Scripts: map[string]string{"default.js": classic}, Deliver: time.Minute, Prefetch: 100,
		Slack: slacktest.Config{Tiers: map[string]slacktest.Limit{"chat.update": tier3, "conversations.history": tier3, "conversations.replies": tier3}},
	})
	_, first := b.Result(b.Call(of("0")))
	return b, first["ts"]
}

// other posts to another channel, which must not notice a storm.
func other(b *calltest.Bench) {
	b.T.Helper()
	sent := time.Now()
	b.Result(b.Call(map[string]any{"slack_channel": "soc", "slack_details": calltest.Details("another channel")}))
	if took := time.Since(sent); took > 5*time.Second { // 36 s where it waits for the storm
		b.T.Errorf("a post to another channel took %v", took)
	}
}

// balance checks the books of a storm with states from 1 to n, sent as u1 to un: all
// calls are answered, Slack was asked for no more updates than it takes, the card shows
// the last state, and its thread was told each change once, one behind the other.
func balance(b *calltest.Bench, ts any, n int, begun time.Time) {
	b.T.Helper()
	updated := 0
	for i := 1; i <= n; i++ {
		_, results := b.Result(fmt.Sprint("u", i))
		if results["ts"] != ts {
			b.T.Errorf("results of %d: %v", i, results)
		}
		if results["updated"] == true {
			updated++
		} else if i == n || fmt.Sprint(results["changed"]) != "[]" || !strings.Contains(fmt.Sprint(results["notes"]), "left to a later call") {
			b.T.Errorf("results of %d: %v", i, results)
		}
	}
	messages := b.Slack.Messages("general")
	most := tier3.Burst + int(time.Since(begun)/tier3.Interval) + 1
	if messages[0].Sent.Text != "Name: DoS\nSeverity: "+strconv.Itoa(n) || messages[0].Updates > most || messages[0].Updates != updated {
		b.T.Errorf("after %d updates, %d results of one, Slack shows %q", messages[0].Updates, updated, messages[0].Sent.Text)
	}
	if asked := b.Slack.Calls("chat.update"); asked > 2*most {
		b.T.Errorf("Slack was asked %d times for %d updates", asked, messages[0].Updates)
	}
	from := "0"
	for _, m := range messages[1:] {
		text, ok := strings.CutPrefix(m.Sent.Text, "Severity: "+from+" → ")
		if !ok {
			b.T.Errorf("after %s the thread is told %q", from, m.Sent.Text)
		}
		from = text
	}
	if from != strconv.Itoa(n) {
		b.T.Errorf("the last that the thread was told is %s", from)
	}
	b.T.Logf("%d calls in %v: %d updates, %d requests for them", n, time.Since(begun), updated, b.Slack.Calls("chat.update"))
}

// 1,000 updates of one card, all at once: more than the broker hands out.
func TestAStormOfUpdatesIsMerged(t *testing.T) {
	b, ts := storming(t)
	const n = 1000
	begun := time.Now()
	for i := 1; i <= n; i++ {
		sendAt(b, begun.Add(time.Duration(i)*time.Millisecond), fmt.Sprint("u", i), anew(ts, strconv.Itoa(i)))
	}
	other(b)
	balance(b, ts, n, begun)
}

// The same over a minute.
func TestAMinuteOfUpdatesKeepsToSlacksRate(t *testing.T) {
	if os.Getenv("FN_SLACK_TEST_LONG") == "" {
		t.Skip("FN_SLACK_TEST_LONG is not set: this takes a minute")
	}
	b, ts := storming(t)
	const n = 1000
	begun := time.Now()
	tick := time.NewTicker(time.Minute / n)
	defer tick.Stop()
	for i := 1; i <= n; i++ {
		sendAt(b, <-tick.C, fmt.Sprint("u", i), anew(ts, strconv.Itoa(i)))
		if i%50 == 0 {
			other(b)
		}
	}
	balance(b, ts, n, begun)
}
