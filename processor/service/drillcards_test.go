package service_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// cards are the channels of a drill with cards, one in each.
var cards = []string{"general", "soc", "incidents"}

// sendCards sends for each card a call with a severity; with a state before it is one
// that brings the card up to date.
func (d *drill) sendCards(severity int) {
	d.Helper()
	sent := time.Now().UnixMilli()
	for _, channel := range cards {
		inputs := map[string]any{
			"slack_channel": channel, "slack_details": fmt.Sprintf(`{"Severity": {"type": "string", "data": "%d"}}`, severity),
		}
		if severity > 0 {
			inputs["slack_update"], inputs["slack_thread_id"] = true, d.slack.Messages(channel)[0].TS
		}
		body, err := json.Marshal(map[string]any{"function": map[string]any{"name": "slack_post_message"}, "inputs": inputs})
		d.must(err)
		c := stomptest.Call{ID: fmt.Sprintf("invid:%s-%d", channel, severity), Body: body}
		d.sent = append(d.sent, c)
		d.platform.Broker().Send(resilienttest.Queue, map[string]string{
			"reply-to": "/queue/" + drillAnswers, "correlation-id": c.ID, "timestamp": strconv.FormatInt(sent+int64(severity), 10),
		}, c.Body)
	}
}

// told are the changes that the threads of all cards have.
func (d *drill) told() (n int) {
	for _, channel := range cards {
		n += max(0, len(d.slack.Messages(channel))-1)
	}
	return n
}

// shown are the cards that were shown anew.
func (d *drill) shown() (n int) {
	for _, channel := range cards {
		n += min(1, d.slack.Messages(channel)[0].Updates)
	}
	return n
}

// acknowledged waits until the broker has nothing left.
func (d *drill) acknowledged() {
	d.Helper()
	b := d.platform.Broker()
	d.until("all acknowledged", func() bool { return b.Len(resilienttest.Queue)+b.Held(resilienttest.Queue) == 0 })
}

// balanceCards checks the books: each card shows the last state, each change is told
// once, one behind the other, and each call is answered.
func (d *drill) balanceCards(last int) {
	d.Helper()
	d.until("all answered", func() bool { return d.answered() == len(d.sent) })
	d.acknowledged()
	for _, channel := range cards {
		messages := d.slack.Messages(channel)
		if want := fmt.Sprintf("Severity: %d", last); messages[0].Sent.Text != want {
			d.Errorf("#%s shows %q, want %q", channel, messages[0].Sent.Text, want)
		}
		from := "0"
		for _, m := range messages[1:] {
			to, ok := strings.CutPrefix(m.Sent.Text, "Severity: "+from+" → ")
			if !ok || m.ThreadTS != messages[0].TS {
				d.Errorf("after %s #%s is told %q", from, channel, m.Sent.Text)
			}
			from = to
		}
		if from != fmt.Sprint(last) {
			d.Errorf("the last that #%s was told is %q", channel, from)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, list := range d.answers {
		if len(list) != 1 || list[0].Type != 0 {
			d.Errorf("answers to %s: %+v", id, list)
		}
	}
}

// A process is killed at each step of bringing a card up to date, and started again
// with its state, or another takes over that has none, or has worked beside it.
func TestKilledWhileACardIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	fault := func(f slacktest.Fault, method string, inThread bool) slacktest.Decide {
		return func(r slacktest.Request) (slacktest.Fault, bool) {
			return f, r.Method == method && r.Form.Has("thread_ts") == inThread
		}
	}
	done, lost := slacktest.Fault{Posted: true, Delay: time.Minute}, slacktest.Fault{Drop: true, Delay: time.Minute}
	for name, moment := range map[string]struct {
		fault   slacktest.Decide
		reached func(*drill) bool
	}{
		"before it is shown":     {fault(lost, "chat.update", false), func(d *drill) bool { return d.slack.Calls("chat.update") >= len(cards) }},
		"shown and not answered": {fault(done, "chat.update", false), func(d *drill) bool { return d.shown() == len(cards) }},
		"before it is told":      {fault(lost, "chat.postMessage", true), func(d *drill) bool { return d.slack.Calls("chat.postMessage") >= 2*len(cards) }},
		"told and not answered":  {fault(done, "chat.postMessage", true), func(d *drill) bool { return d.told() == len(cards) }},
	} {
		for who, next := range map[string]string{"again": "a", "another": "b", "beside": "b"} {
			t.Run(name+"/"+who, func(t *testing.T) {
				t.Parallel()
				d := newDrill(t, stomptest.LikeActiveMQ)
				beside := who == "beside"
				if beside {
					d.config["shared_queue"] = "true"
					d.start(next)
					d.subscribed(1)
				}
				d.start("a")
				d.subscribed(len(d.services))
				d.sendCards(0)
				d.until("posted", func() bool { return d.answered() == len(cards) })
				d.acknowledged() // else another instance answers these again
				d.slack.FailWhen(moment.fault)
				d.sendCards(1)
				d.until("the moment", func() bool { return moment.reached(d) })
				d.sendCards(2)
				d.kill("a")
				d.slack.FailWhen(nil)
				if !beside {
					d.platform.Broker().CutConnections()
					d.start(next)
				}
				d.subscribed(1)
				d.sendCards(3)
				d.balanceCards(3)
				d.end(next)
			})
		}
	}
}
