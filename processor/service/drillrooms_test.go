package service_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// roomed are the incidents of a drill in rooms, each with two first calls.
var roomed = map[int]string{resilienttest.IncidentDoS: "inc-dos", resilienttest.IncidentPhishing: "inc-phishing"}

// sendRooms sends the first calls of incidents, which make their channels.
func (d *drill) sendRooms() {
	d.Helper()
	for i := range 2 {
		for incident, channel := range roomed {
			text := fmt.Sprintf(`{"Resilient URL": {"type": "incident", "data": %d}, "Type of data": {"type": "string", "data": "Incident"}, "Name": {"type": "string", "data": "call %d."}}`, incident, i)
			body, err := json.Marshal(map[string]any{
				"function": map[string]any{"name": "slack_post_message"},
				"inputs": map[string]any{
					"incident_id": incident, "slack_text": text, "slack_channel": channel, "slack_is_channel_private": true,
					"slack_participant_emails": "ada@example.com,nobody@example.com",
				},
			})
			d.must(err)
			c := stomptest.Call{ID: fmt.Sprintf("invid:%d-%d", incident, i), Body: body}
			d.sent = append(d.sent, c)
			d.platform.Broker().Send(resilienttest.Queue, map[string]string{"reply-to": "/queue/" + drillAnswers, "correlation-id": c.ID}, c.Body)
		}
	}
}

// doneInRooms counts the channels that have what a method does.
func (d *drill) doneInRooms(method string) (n int) {
	for _, c := range d.slack.Rooms() {
		has := len(d.slack.Messages(c.Name)) > 0
		switch method {
		case "conversations.create":
			has = true
		case "conversations.invite":
			has = len(d.slack.People(c.Name)) > 0
		}
		if c.Creator != "" && has {
			n++
		}
	}
	return n
}

// balanceRooms checks the books: for each incident one channel with its people, and
// one row with its link; for each call one message and one answer.
func (d *drill) balanceRooms() {
	d.Helper()
	d.until("all answered", func() bool { return d.answered() == len(d.sent) })
	d.acknowledged()
	made := map[string]int{}
	for _, c := range d.slack.Rooms() {
		if c.Creator != "" {
			made[c.Name]++
		}
	}
	if diff := cmp.Diff(map[string]int{"inc-dos": 1, "inc-phishing": 1}, made); diff != "" {
		d.Errorf("channels: %s", diff)
	}
	for incident, channel := range roomed {
		if got := d.slack.People(channel); len(got) != 1 {
			d.Errorf("#%s has %v", channel, got)
		}
		rows := d.platform.Rows(incident)
		if len(rows) != 1 || !strings.Contains(fmt.Sprint(rows[0].Cells["slack_db_permalink"]), ">Link</a>") {
			d.Errorf("rows of %d: %v", incident, rows)
		}
		var calls []int
		for _, m := range d.slack.Messages(channel) {
			card := string(m.Sent.Attachments[0])
			calls = append(calls, resilienttest.CallNumber(card))
			if !strings.Contains(card, fmt.Sprintf("/#incidents/%d?orgId=201", incident)) { // the key is for two organisations
				d.Errorf("no link to %d in %s", incident, card)
			}
		}
		if diff := cmp.Diff([]int{0, 1}, calls); diff != "" {
			d.Errorf("messages in #%s: %s", channel, diff)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, list := range d.answers {
		if strings.HasSuffix(id, "-1") {
			// It need not wait at the step of the call before it: its answer may be on its
			// way when the process dies.
			list = slices.CompactFunc(list, func(a, b answered) bool { return cmp.Equal(a, b) })
		}
		if len(list) != 1 || list[0].Type != 0 {
			d.Errorf("answers to %s: %+v", id, list)
		}
	}
}

// A process is killed at each step of the way into a channel that a call makes, and
// of what follows, and started again with its state.
func TestKilledOnTheWayIntoARoom(t *testing.T) {
	t.Parallel()
	type moment struct {
		arrange func(*drill)
		reached func(*drill) bool
	}
	moments := map[string]moment{}
	for _, method := range []string{"conversations.create", "conversations.invite", "chat.postMessage"} {
		for when, fault := range map[string]slacktest.Fault{
			"while": {Delay: time.Minute, Drop: true, Late: 700 * time.Millisecond},
			"after": {Delay: time.Minute, Posted: true},
		} {
			moments[when+" "+method] = moment{
				func(d *drill) {
					d.slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) { return fault, r.Method == method })
				},
				func(d *drill) bool {
					// A request is counted before Slack has done what it asks for.
					return d.slack.Calls(method) >= len(roomed) && (!fault.Posted || d.doneInRooms(method) == len(roomed))
				},
			}
		}
	}
	for what, hold := range map[string]string{"the row": "POST /row_data", "the link": "PUT /row_data/"} {
		for when, done := range map[string]bool{"before": false, "after": true} {
			method, path, _ := strings.Cut(hold, " ")
			moments[when+" "+what] = moment{
				func(d *drill) { d.platform.SetFaults(resilienttest.Faults{Hold: hold, HoldDone: done}) },
				func(d *drill) bool {
					n := 0
					for _, r := range d.platform.Requests() {
						if strings.HasPrefix(r, method) && strings.Contains(r, path) {
							n++
						}
					}
					return n >= len(roomed)
				},
			}
		}
	}
	for name, m := range moments {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDrill(t, stomptest.LikeActiveMQ)
			d.start("a")
			d.subscribed(1)
			m.arrange(d)
			d.sendRooms()
			d.until("the moment", func() bool { return m.reached(d) })
			d.kill("a")
			d.slack.FailWhen(nil)
			d.platform.SetFaults(resilienttest.Faults{})
			d.platform.Broker().CutConnections()
			d.start("a")
			d.subscribed(1)
			d.balanceRooms()
			d.end("a")
		})
	}
}
