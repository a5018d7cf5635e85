package channel_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// drill is a service with room that is killed.
type drill struct{ *calltest.Drill }

func newDrill(t *testing.T) drill {
	t.Helper()
	return drill{calltest.StartDrill(t, workspace, resilienttest.Faults{Columns: withID})}
}

// asked are the channels that the calls of a drill ask for, by their incidents, and
// what they get: the name of the first is taken by a channel that nobody sees, that
// of the last by an archived one.
var asked = []struct {
	incident  int
	name, got string
}{
	{resilienttest.IncidentDoS, "board", "board-2"},
	{resilienttest.IncidentPhishing, "inc-2224", "inc-2224"},
	{resilienttest.IncidentHostile, "incidents-2017", "incidents-2017-2"},
}

// send makes two first calls for each of the incidents.
func (d drill) send() {
	for i := range 2 {
		for _, a := range asked {
			in := inputs{"incident": a.incident, "name": a.name, "emails": "ada@example.com,leo@example.com,nobody@example.com", "replace": true}
			if a.name != "incidents-2017" {
				in["private"] = true
			}
			d.Send(fmt.Sprintf("invid:%d-%d", a.incident, i), body(d.T, in))
		}
	}
}

// done counts the channels in which Slack has done what a method does.
func (d drill) done(method string) (n int) {
	for _, name := range made(d.Slack) {
		if method == "conversations.create" || method == "conversations.invite" && len(d.Slack.People(name)) > 0 || len(d.Slack.Messages(name)) > 0 {
			n++
		}
	}
	return n
}

// balance checks the books: for each incident one channel with its people, one row
// with its link; for each call one message and one good answer.
func (d drill) balance() {
	d.Helper()
	d.Settled(2 * len(asked))
	if n := len(made(d.Slack)); n != len(asked) {
		d.Errorf("channels %v were made", made(d.Slack))
	}
	for _, a := range asked {
		if diff := cmp.Diff([]string{"U0STANDIN1", "U0STANDIN2"}, d.Slack.People(a.got)); diff != "" {
			d.Errorf("people of #%s: %s", a.got, diff)
		}
		posted := map[string]int{}
		for _, m := range d.Slack.Messages(a.got) {
			posted[m.Sent.Text]++
		}
		if len(posted) != 2 || len(d.Slack.Messages(a.got)) != 2 {
			d.Errorf("messages in #%s: %v", a.got, posted)
		}
		rows := d.Platform.Rows(a.incident)
		if len(rows) != 1 || rows[0].Cells["slack_db_channel"] != a.got || !strings.Contains(fmt.Sprint(rows[0].Cells["slack_db_permalink"]), ">Link</a>") {
			d.Errorf("rows of %d: %v", a.incident, rows)
		}
	}
}

// A process is killed at each step of the way into a channel, before it is taken,
// while Slack is at it, and after it.
func TestKilledAtEachStep(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"conversations.create", "conversations.invite", "chat.postMessage"} {
		for when, fault := range calltest.Moments() {
			t.Run(method+" "+when, func(t *testing.T) {
				t.Parallel()
				d := newDrill(t)
				reached := d.Break(fault, func(r slacktest.Request) bool {
					return r.Method == method && r.Form.Get("name") != "board" // that is refused at once
				})
				d.send()
				d.Until("the moment", func() bool { return reached() >= len(asked) })
				if when == "after" {
					d.Until("done", func() bool { return d.done(method) >= len(asked) })
				}
				d.Kill()
				d.Start()
				d.balance()
			})
		}
	}
	for step, hold := range map[string]string{"row": "POST /row_data", "link": "PUT /row_data/"} {
		for when, done := range map[string]bool{"before": false, "after": true} {
			t.Run(step+" "+when, func(t *testing.T) {
				t.Parallel()
				d := newDrill(t)
				reached := d.Hold(hold, done)
				d.send()
				d.Until("the moment", func() bool { return reached() >= len(asked) })
				d.Kill()
				d.Start()
				d.balance()
			})
		}
	}
}

// Where a kill falls is left to chance: between any two requests.
func TestKilledAgainAndAgain(t *testing.T) {
	t.Parallel()
	d := newDrill(t)
	d.send()
	for kills := range 8 {
		d.Until("some requests", func() bool {
			return len(d.Slack.Requests()) >= 5+6*kills || d.Answered() == 2*len(asked)
		})
		d.Kill()
		d.Start()
	}
	d.balance()
}
