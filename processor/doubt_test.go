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
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// begun leaves a journal as a process leaves it that was killed while it worked
// on a call. RabbitMQ's calls go by their correlation id, which is known before.
func begun(b *bench) {
	j, err := journal.Open(journal.Config{Path: filepath.Join(b.state, "journal.db"), Log: slog.New(slog.DiscardHandler)})
	must(b.t, err)
	_, _, err = j.Begin("invid:1")
	must(b.t, err)
	must(b.t, j.Close())
}

// posted puts the message of that call into Slack, as the process did before it
// was killed.
func posted(b *bench) { postedTo(b, "general", "invid:1") }

func postedTo(b *bench, channel, id string) {
	metadata, err := json.Marshal(map[string]any{"event_type": "fn_slack_delivery", "event_payload": map[string]any{"delivery_id": id}})
	must(b.t, err)
	form := url.Values{"token": {slacktest.DefaultToken}, "channel": {channel}, "text": {"Name: x"}, "metadata": {string(metadata)}}
	resp, err := http.PostForm(b.slack.APIURL()+"chat.postMessage", form)
	must(b.t, err)
	must(b.t, resp.Body.Close())
	if b.slack.Count() != 1 {
		b.t.Fatal("not posted")
	}
}

func TestKilledBeforeSlackAnswered(t *testing.T) {
	for name, c := range map[string]struct {
		before func(*bench)
		status string
	}{
		"not posted": {begun, "Message added to Slack"},
		"posted":     {func(b *bench) { begun(b); posted(b) }, "in Slack already"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, options{server: stomptest.LikeRabbitMQ, before: c.before})
			statuses, results := b.result(b.call(map[string]any{"slack_channel": "general", "slack_details": details("x")}))
			messages := b.slack.Messages("general")
			if len(messages) != 1 || results["ts"] != messages[0].TS {
				t.Errorf("%d messages, ts %v", len(messages), results["ts"])
			}
			contains(t, strings.Join(statuses, "; "), c.status)
		})
	}
}

// Without the history scope nobody can tell.
func TestKilledAndSlackCannotTell(t *testing.T) {
	refuse := func(b *bench) {
		begun(b)
		b.slack.Fail("conversations.history", slacktest.Fault{Code: "missing_scope"})
	}
	inputs := map[string]any{"slack_channel": "general", "slack_details": details("x")}
	t.Run("hold", func(t *testing.T) {
		b := newBench(t, options{server: stomptest.LikeRabbitMQ, before: refuse})
		contains(t, b.failure(b.call(inputs)), "missing_scope")
		if b.slack.Count() != 0 {
			t.Error("posted")
		}
	})
	t.Run("resend", func(t *testing.T) {
		b := newBench(t, options{server: stomptest.LikeRabbitMQ, before: refuse, unknown: processor.Resend})
		statuses, _ := b.result(b.call(inputs))
		contains(t, strings.Join(statuses, "; "), "on_unknown = resend")
		if b.slack.Count() != 1 {
			t.Error("not posted")
		}
	})
}

// RabbitMQ can deliver again what it has confirmed, after it was killed.
func TestSettledCallThatComesAgainIsOnlyAcknowledged(t *testing.T) {
	b := newBench(t, options{server: stomptest.LikeRabbitMQ})
	inputs := map[string]any{"slack_channel": "general", "slack_details": details("x")}
	id := b.call(inputs)
	b.result(id)
	header := map[string]string{"reply-to": "/queue/" + answers, "correlation-id": id}
	b.broker.Send(queue, header, []byte(message(t, "slack_post_message", inputs)))
	other := b.call(inputs)
	b.result(other)
	b.until("all acknowledged", func() bool { return b.broker.Len(queue)+b.broker.Held(queue) == 0 })
	if n := len(b.channel(id)); n != 0 || b.slack.Count() != 2 {
		t.Errorf("%d more replies and %d messages, want 0 and 2", n, b.slack.Count())
	}
}

// The lookup in the channel of a script is refused: that is no refusal of the
// message, which must not go to the call's channel instead.
func TestHoldAlsoWhereTheScriptChoseTheChannel(t *testing.T) {
	scripts := map[string]string{"default.js": `export default { format: (m) => ({ text: m.text, channel: "soc" }) };`}
	b := newBench(t, options{server: stomptest.LikeRabbitMQ, scripts: scripts, before: func(b *bench) {
		begun(b)
		postedTo(b, "soc", "invid:1")
		b.slack.Fail("conversations.history", slacktest.Fault{Code: "not_in_channel"})
	}})
	b.failure(b.call(map[string]any{"slack_channel": "general", "slack_details": details("x")}))
	if n := b.slack.Count(); n != 1 {
		t.Errorf("%d messages, want the one that was there", n)
	}
}

// The journal is damaged, and the broker has forgotten that it delivered before.
func TestLostJournalAndForgetfulBroker(t *testing.T) {
	b := newBench(t, options{server: stomptest.LikeActiveMQ, before: func(b *bench) {
		id := b.broker.Send(queue, map[string]string{
			"reply-to": "/queue/" + answers, "correlation-id": "invid:before",
			"timestamp": fmt.Sprint(time.Now().UnixMilli()),
		}, []byte(message(b.t, "slack_post_message", map[string]any{"slack_channel": "general", "slack_details": details("x")})))
		must(b.t, os.WriteFile(filepath.Join(b.state, "journal.db"), []byte(strings.Repeat("damaged", 10000)), 0o600))
		postedTo(b, "general", id)
	}})
	b.result("invid:before")
	if n := b.slack.Count(); n != 1 {
		t.Errorf("%d messages, want the one that was there", n)
	}
}

// The sender has put the same call into the queue twice: both are acknowledged,
// and the message is posted once.
func TestCopyOfACallInWork(t *testing.T) {
	b := newBench(t, options{server: stomptest.LikeRabbitMQ})
	b.slack.Fail("chat.postMessage", slacktest.Fault{Delay: 200 * time.Millisecond})
	inputs := map[string]any{"slack_channel": "general", "slack_details": details("x")}
	id := b.call(inputs)
	b.broker.Send(queue, map[string]string{"reply-to": "/queue/" + answers, "correlation-id": id}, []byte(message(t, "slack_post_message", inputs)))
	b.result(id)
	b.until("all acknowledged", func() bool { return b.broker.Len(queue)+b.broker.Held(queue) == 0 })
	if n := b.slack.Count(); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
}

// An instance that does not know yet that the broker has given its call away: its
// connection hangs. It must have stopped posting when the other one looks.
func TestInstanceThatLostItsCallUnawares(t *testing.T) {
	for _, like := range []string{stomptest.LikeActiveMQ, stomptest.LikeRabbitMQ} {
		t.Run(like, func(t *testing.T) {
			b := newBench(t, options{server: like, shared: true, request: 300 * time.Millisecond, drain: 300 * time.Millisecond, before: func(b *bench) {
				// Slack is away until the second instance has looked.
				var looked atomic.Bool
				b.slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
					looked.CompareAndSwap(false, r.Method == "conversations.history")
					return slacktest.Fault{Code: "service_unavailable"}, r.Method == "chat.postMessage" && !looked.Load()
				})
			}})
			b.end()
			link, err := stomptest.StartProxy(b.broker.Addr())
			must(t, err)
			defer link.Close()
			b.stop = b.serve(link.Addr(), b.state)
			b.until("subscribed", func() bool { return b.broker.Consumers(queue) == 1 })
			const id = "invid:new"
			b.broker.Send(queue, map[string]string{
				"reply-to": "/queue/" + answers, "correlation-id": id, "timestamp": fmt.Sprint(time.Now().UnixMilli() + 1),
			}, []byte(message(t, "slack_post_message", map[string]any{"slack_channel": "general", "slack_details": details("x")})))
			b.until("tried", func() bool { return b.slack.Calls("chat.postMessage") > 0 })
			must(t, link.SetMode(stomptest.BlackHole))
			b.broker.CutConnections()
			b.until("taken away", func() bool { return b.broker.Len(queue) == 1 })
			second := b.serve(b.broker.Addr(), t.TempDir())
			b.result(id)
			b.end() // the first one goes on trying until its time to finish is over
			second()
			if n := b.slack.Count(); n != 1 {
				t.Errorf("%d messages, want 1", n)
			}
		})
	}
}
