package processor_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// begun leaves a journal as a process leaves it that was killed while it worked
// on a call. RabbitMQ's calls go by their correlation id, which is known before.
func begun(b *calltest.Bench) {
	withJournal(b, func(j *journal.Journal) error { return j.Asked("invid:1") })
}

// withJournal changes a journal in which that call was taken.
func withJournal(b *calltest.Bench, change func(*journal.Journal) error) {
	j, err := journal.Open(journal.Config{Path: filepath.Join(b.State, "journal.log"), Log: slog.New(slog.DiscardHandler)})
	calltest.Must(b.T, err)
	_, _, err = j.Begin("invid:1", false)
	calltest.Must(b.T, err)
	calltest.Must(b.T, change(j))
	calltest.Must(b.T, j.Close())
}

// The process before had taken the call, and Slack was never asked for it: that is
// done at once. Where others may have it meanwhile, nobody can tell.
func TestStoppedBeforeSlackWasAsked(t *testing.T) {
	taken := func(b *calltest.Bench) { withJournal(b, func(*journal.Journal) error { return nil }) }
	for name, c := range map[string]struct {
		shared bool
		looks  int
	}{
		"alone":  {false, 0},
		"shared": {true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := calltest.New(t, calltest.Options{Server: stomptest.LikeRabbitMQ, Before: taken, Request: 2 * time.Second, Shared: c.shared})
			b.Result(b.Call(map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")}))
			if got := b.Slack.Calls("conversations.history"); got != c.looks || b.Slack.Count() != 1 {
				t.Errorf("%d looks into Slack and %d messages, want %d and 1", got, b.Slack.Count(), c.looks)
			}
		})
	}
}

// posted puts the message of that call into Slack, as the process did before it
// was killed.
func posted(b *calltest.Bench) { postedTo(b, "general", "invid:1") }

func postedTo(b *calltest.Bench, channel, id string) {
	metadata, err := json.Marshal(map[string]any{"event_type": "fn_slack_delivery", "event_payload": map[string]any{"delivery_id": id}})
	calltest.Must(b.T, err)
	form := url.Values{"token": {slacktest.DefaultToken}, "channel": {channel}, "text": {"Name: x"}, "metadata": {string(metadata)}}
	resp, err := http.PostForm(b.Slack.APIURL()+"chat.postMessage", form)
	calltest.Must(b.T, err)
	calltest.Must(b.T, resp.Body.Close())
	if b.Slack.Count() != 1 {
		b.T.Fatal("not posted")
	}
}

func TestKilledBeforeSlackAnswered(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*calltest.Bench)
		status string
	}{
		"not posted": {begun, "Message added to Slack"},
		"posted":     {func(b *calltest.Bench) { begun(b); posted(b) }, "in Slack already"},
	} {
		t.Run(name, func(t *testing.T) {
			b := calltest.New(t, calltest.Options{Server: stomptest.LikeRabbitMQ, Before: c.before})
			statuses, results := b.Result(b.Call(map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")}))
			messages := b.Slack.Messages("general")
			if len(messages) != 1 || results["ts"] != messages[0].TS {
				t.Errorf("%d messages, ts %v", len(messages), results["ts"])
			}
			calltest.Contains(t, strings.Join(statuses, "; "), c.status)
		})
	}
}

// Without the history scope nobody can tell.
func TestKilledAndSlackCannotTell(t *testing.T) {
	refuse := func(b *calltest.Bench) {
		begun(b)
		b.Slack.Fail("conversations.history", slacktest.Fault{Code: "missing_scope"})
	}
	inputs := map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")}
	t.Run("hold", func(t *testing.T) {
		b := calltest.New(t, calltest.Options{Server: stomptest.LikeRabbitMQ, Before: refuse})
		calltest.Contains(t, b.Failure(b.Call(inputs)), "missing_scope")
		if b.Slack.Count() != 0 {
			t.Error("posted")
		}
	})
	t.Run("resend", func(t *testing.T) {
		b := calltest.New(t, calltest.Options{Server: stomptest.LikeRabbitMQ, Before: refuse, Unknown: processor.Resend})
		statuses, _ := b.Result(b.Call(inputs))
		calltest.Contains(t, strings.Join(statuses, "; "), "on_unknown = resend")
		if b.Slack.Count() != 1 {
			t.Error("not posted")
		}
	})
}

// RabbitMQ can deliver again what it has confirmed, after it was killed.
func TestSettledCallThatComesAgainIsOnlyAcknowledged(t *testing.T) {
	b := calltest.New(t, calltest.Options{Server: stomptest.LikeRabbitMQ})
	inputs := map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")}
	id := b.Call(inputs)
	b.Result(id)
	header := map[string]string{"reply-to": "/queue/" + calltest.Answers, "correlation-id": id}
	b.Broker.Send(calltest.Queue, header, []byte(calltest.Body(t, "slack_post_message", inputs)))
	other := b.Call(inputs)
	b.Result(other)
	b.Acknowledged()
	if n := len(b.Replies(id)); n != 0 || b.Slack.Count() != 2 {
		t.Errorf("%d more replies and %d messages, want 0 and 2", n, b.Slack.Count())
	}
}

// The lookup in the channel of a script is refused: that is no refusal of the
// message, which must not go to the call's channel instead.
func TestHoldAlsoWhereTheScriptChoseTheChannel(t *testing.T) {
	scripts := map[string]string{"default.js": `export default { format: (m) => ({ text: m.text, channel: "soc" }) };`}
	b := calltest.New(t, calltest.Options{Server: stomptest.LikeRabbitMQ, Scripts: scripts, Before: func(b *calltest.Bench) {
		begun(b)
		postedTo(b, "soc", "invid:1")
		b.Slack.Fail("conversations.history", slacktest.Fault{Code: "not_in_channel"})
	}})
	b.Failure(b.Call(map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")}))
	if n := b.Slack.Count(); n != 1 {
		t.Errorf("%d messages, want the one that was there", n)
	}
}

// The journal is damaged, and the broker has forgotten that it delivered before.
func TestLostJournalAndForgetfulBroker(t *testing.T) {
	b := calltest.New(t, calltest.Options{Server: stomptest.LikeActiveMQ, Before: func(b *calltest.Bench) {
		id := b.Broker.Send(calltest.Queue, map[string]string{
			"reply-to": "/queue/" + calltest.Answers, "correlation-id": "invid:before",
			"timestamp": fmt.Sprint(time.Now().UnixMilli()),
		}, []byte(calltest.Body(b.T, "slack_post_message", map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")})))
		calltest.Must(b.T, os.WriteFile(filepath.Join(b.State, "journal.log"), []byte(strings.Repeat("damaged", 10000)), 0o600))
		postedTo(b, "general", id)
	}})
	b.Result("invid:before")
	if n := b.Slack.Count(); n != 1 {
		t.Errorf("%d messages, want the one that was there", n)
	}
}

// The sender has put the same call into the queue twice: both are acknowledged,
// and the message is posted once.
func TestCopyOfACallInWork(t *testing.T) {
	b := calltest.New(t, calltest.Options{Server: stomptest.LikeRabbitMQ})
	b.Slack.Fail("chat.postMessage", slacktest.Fault{Delay: 200 * time.Millisecond})
	inputs := map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")}
	id := b.Call(inputs)
	b.Broker.Send(calltest.Queue, map[string]string{"reply-to": "/queue/" + calltest.Answers, "correlation-id": id}, []byte(calltest.Body(t, "slack_post_message", inputs)))
	b.Result(id)
	b.Acknowledged()
	if n := b.Slack.Count(); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
}

// An instance that does not know yet that the broker has given its call away: its
// connection hangs. It must have stopped posting when the other one looks.
func TestInstanceThatLostItsCallUnawares(t *testing.T) {
	for _, like := range []string{stomptest.LikeActiveMQ, stomptest.LikeRabbitMQ} {
		t.Run(like, func(t *testing.T) {
			b := calltest.New(t, calltest.Options{Server: like, Shared: true, Request: 300 * time.Millisecond, Drain: 300 * time.Millisecond, Before: func(b *calltest.Bench) {
				// Slack is away until the second instance has looked.
				var looked atomic.Bool
				b.Slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
					looked.CompareAndSwap(false, r.Method == "conversations.history")
					return slacktest.Fault{Code: "service_unavailable"}, r.Method == "chat.postMessage" && !looked.Load()
				})
			}})
			b.End()
			link, err := stomptest.StartProxy(b.Broker.Addr())
			calltest.Must(t, err)
			defer link.Close()
			b.Start(link.Addr())
			const id = "invid:new"
			b.Broker.Send(calltest.Queue, map[string]string{
				"reply-to": "/queue/" + calltest.Answers, "correlation-id": id, "timestamp": fmt.Sprint(time.Now().UnixMilli() + 1),
			}, []byte(calltest.Body(t, "slack_post_message", map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")})))
			b.Until("tried", func() bool { return b.Slack.Calls("chat.postMessage") > 0 })
			calltest.Must(t, link.SetMode(stomptest.BlackHole))
			b.Broker.CutConnections()
			b.Until("taken away", func() bool { return b.Broker.Len(calltest.Queue) == 1 })
			second := b.Serve(b.Broker.Addr(), t.TempDir())
			b.Result(id)
			b.End() // the first one goes on trying until its time to finish is over
			second()
			if n := b.Slack.Count(); n != 1 {
				t.Errorf("%d messages, want 1", n)
			}
		})
	}
}
