package message_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// words are too many for one message.
const words = 20_000

var long = map[string]any{"slack_channel": "general", "slack_details": calltest.Details(strings.Repeat("word ", words))}

// all checks that every word of the long call is in Slack once, in one thread.
func all(t *testing.T, b *calltest.Bench, thread any) {
	t.Helper()
	n := 0
	for i, m := range b.Slack.Messages("general") {
		n += strings.Count(m.Sent.Text, "word")
		if i > 0 && m.ThreadTS != thread {
			t.Errorf("part %d is not in the thread of the first", i)
		}
	}
	if n != words {
		t.Errorf("%d words arrived, want %d", n, words)
	}
}

func TestTooLongContinuesInTheThread(t *testing.T) {
	b := calltest.New(t, calltest.Options{Scripts: map[string]string{"default.js": classic}})
	_, results := b.Result(b.Call(long))
	if n := len(b.Slack.Messages("general")); n < 2 {
		t.Fatalf("%d messages, want several", n)
	}
	all(t, b, results["ts"])
}

func TestRefusedPartDoesNotRepeatTheMessage(t *testing.T) {
	scripts := map[string]string{"default.js": `export default { format: (m) => ({ text: m.text, channel: "soc" }) };`}
	b := calltest.New(t, calltest.Options{Scripts: scripts})
	b.Slack.Fail("chat.postMessage", slacktest.Fault{}, slacktest.Fault{Code: "restricted_action_non_threadable_channel"})
	calltest.Contains(t, b.Failure(b.Call(long)), "part 2")
	if soc, general := len(b.Slack.Messages("soc")), len(b.Slack.Messages("general")); soc != 1 || general != 0 {
		t.Errorf("%d messages in #soc and %d in #general, want 1 and 0", soc, general)
	}
}

// A process was killed after the first part, which the journal has: nobody looks
// for it, and what is posted continues it.
func TestPartThatTheJournalKnowsIsNotPostedAgain(t *testing.T) {
	var ts string
	b := calltest.New(t, calltest.Options{Server: stomptest.LikeRabbitMQ, Before: func(b *calltest.Bench) {
		// Without a delivery id it could not be found.
		form := url.Values{"token": {slacktest.DefaultToken}, "channel": {"general"}, "text": {"the first part"}}
		resp, err := http.PostForm(b.Slack.APIURL()+"chat.postMessage", form)
		calltest.Must(b.T, err)
		defer resp.Body.Close()
		var answer map[string]any
		calltest.Must(b.T, json.NewDecoder(resp.Body).Decode(&answer))
		ts = answer["ts"].(string)
		kept, err := json.Marshal(map[string]any{"channel": answer["channel"], "ts": ts, "response": answer})
		calltest.Must(b.T, err)
		j, err := journal.Open(journal.Config{Path: filepath.Join(b.State, "journal.log"), Log: slog.New(slog.DiscardHandler)})
		calltest.Must(b.T, err)
		_, _, err = j.Begin("invid:1", false)
		calltest.Must(b.T, err)
		calltest.Must(b.T, j.Step("invid:1", "post", kept))
		calltest.Must(b.T, j.Close())
	}})
	_, results := b.Result(b.Call(long))
	messages := b.Slack.Messages("general")
	if len(messages) < 2 || results["ts"] != ts {
		t.Fatalf("%d messages, ts %v; want more than the first one, %s", len(messages), results["ts"], ts)
	}
	for i, m := range messages[1:] {
		if m.ThreadTS != ts {
			t.Errorf("part %d is not in the thread of the first", i+1)
		}
	}
}

// The journal fails between the parts. The call is not answered; with the next
// start it goes on behind what is in Slack.
func TestJournalThatFailsBetweenThePartsOfAMessage(t *testing.T) {
	b := calltest.New(t, calltest.Options{Server: stomptest.LikeRabbitMQ})
	b.Slack.Fail("chat.postMessage", slacktest.Fault{Delay: 300 * time.Millisecond})
	id := b.Call(long)
	b.Until("the first part is being posted", func() bool { return b.Slack.Calls("chat.postMessage") == 1 })
	calltest.Must(t, b.Journal.Close())
	b.End()
	if n := b.Slack.Count(); n != 1 {
		t.Errorf("%d messages, want the first part alone", n)
	}
	b.Start(b.Broker.Addr())
	_, results := b.Result(id)
	all(t, b, results["ts"])
}
