package demo

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
)

// What the room is of, and who is in it. Nobody in the workspace has the last address.
const (
	roomName   = "inc-2223"
	taskRoom   = "inc-2223-privacy"
	invited    = "ada@example.com, leo@example.com, guest@partner.example"
	evidenceID = 27
	evidence   = "netflow.csv"
)

// putEvidence attaches a file to the incident.
func putEvidence(p *resilienttest.Platform) {
	var b strings.Builder
	b.WriteString("minute,source,destination,packets\n")
	for minute := range 60 {
		fmt.Fprintf(&b, "2018-04-27T12:%02d,198.51.100.%d,203.0.113.1,%d\n", minute, 20+minute%7, 90_000+minute*1500)
	}
	text := b.String()
	p.PutFile(resilienttest.File{
		ID: evidenceID, Incident: resilienttest.IncidentDoS, Name: evidence, Type: "text/csv", Size: int64(len(text)),
		Contents: func() io.Reader { return strings.NewReader(text) },
	})
}

// playRoom plays the room of an incident from its first message to its archive.
func (d *demo) playRoom(ctx context.Context, out output) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	public, private := false, true
	incident := resilienttest.Order{
		Object: "incident", ID: resilienttest.IncidentDoS, Rule: "Example: Post Incident to Slack",
		Fields: resilienttest.RuleFields{Channel: roomName, Private: &public, Emails: invited, Text: "All about this incident goes here."},
	}
	if d.engine.Scripts().Script(card) != nil { // not every scripts folder has it
		incident.Formatter = card
	}
	netflow := resilienttest.Order{
		Object: "attachment", ID: evidenceID, Incident: resilienttest.IncidentDoS, Rule: "Example: Post Incident / Task Attachment to Slack",
		Fields: resilienttest.RuleFields{Text: "Packets at the perimeter, by minute"},
	}
	task := resilienttest.Order{
		Object: "task", ID: resilienttest.Tasks()[0].ID, Rule: "Example: Post Task to Slack",
		Fields: resilienttest.RuleFields{Channel: taskRoom, Private: &private, Emails: "leo@example.com"},
	}
	archive := resilienttest.Order{Object: "incident", ID: resilienttest.IncidentDoS, Rule: "Example: Archive Incident Slack Channel"}
	for _, play := range []struct {
		step  string
		order resilienttest.Order
	}{{"room", incident}, {"file", netflow}, {"task", task}, {"archive", archive}} {
		if play.step == "archive" {
			d.talk()
		}
		run, err := d.platform.Play(ctx, play.order)
		if err == nil {
			err = d.report(ctx, run, play.step, out)
		}
		if err != nil {
			return fmt.Errorf("rule %s: %w", play.order.Rule, err)
		}
	}
	return nil
}

// talk has the people in the room say something.
func (d *demo) talk() {
	people, messages := d.workspace.People(roomName), d.workspace.Messages(roomName)
	if len(people) < 2 || len(messages) == 0 {
		return
	}
	d.workspace.Put(roomName, map[string]any{"user": people[0], "text": "The sources are blocked at the perimeter."})
	d.workspace.Put(roomName, map[string]any{"user": people[1], "text": "Customers are back. Thanks!", "thread_ts": messages[0].TS})
}

// report waits for the end of a run and reports on one line what has become of it.
func (d *demo) report(ctx context.Context, run *resilienttest.Run, step string, out output) error {
	line, _, err := d.outcome(ctx, run)
	if err != nil {
		return err
	}
	line.Step = step
	switch step {
	case "archive":
		for _, u := range d.platform.Uploads() {
			line.Files = append(line.Files, file{u.Name, int64(len(u.Content))})
		}
	case "update":
		for _, m := range d.workspace.Messages(line.Channel) {
			if m.ThreadTS == line.TS {
				line.Text = m.Sent.Text
			}
		}
	}
	return out.tell(line)
}
