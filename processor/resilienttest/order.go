package resilienttest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fn-slack/fn-slack/processor/resilient"
)

// Order asks for a run on an object of the platform. The workflows of 1.0.0 are for
// incidents and notes; those for tasks and artifacts stand for a customer's own,
// and send what the shipped scripts for them say. Rule asks for a menu item instead.
type Order struct {
	Object         string // incident, note, task, artifact, attachment
	ID             int    // of the object; of a note its incident's
	Incident, Task int    // of an attachment; the task of a note, too
	Author, HTML   string // of a note
	// Rule is the name of a menu item that is deployed, and Fields what is filled in
	// when it is started.
	Rule   string
	Fields RuleFields
	// Formatter is the function input slack_formatter, as where a customer has
	// added it. Empty is none.
	Formatter string
}

// RuleFields are the fields of the app's rules. What is empty is not filled in.
type RuleFields struct {
	Channel, ChannelID, Emails, Text string
	Private                          *bool
}

// inputFormatter is the input that asks for a script by name.
const inputFormatter = "slack_formatter"

// Play starts a run. It is under way when Play returns; nil where no rule wants
// a note, because its incident has no thread in Slack.
func (p *Platform) Play(ctx context.Context, o Order) (*Run, error) {
	if o.Rule != "" {
		return p.playRule(ctx, o)
	}
	switch o.Object {
	case "incident":
		return p.playIncident(ctx, o)
	case "note":
		return p.playNote(ctx, o, 0, "")
	case "task":
		tasks := Tasks()
		if at := slices.IndexFunc(tasks, func(t Task) bool { return t.ID == o.ID }); at >= 0 {
			return p.playOwn(ctx, o, tasks[at].Incident, p.taskDetails(tasks[at]))
		}
	case "artifact":
		artifacts := Artifacts()
		if at := slices.IndexFunc(artifacts, func(a Artifact) bool { return a.ID == o.ID }); at >= 0 {
			return p.playOwn(ctx, o, artifacts[at].Incident, p.artifactDetails(artifacts[at]))
		}
	}
	return nil, fmt.Errorf("stand-in platform: there is no %s %d", o.Object, o.ID)
}

// playOwn plays a workflow of a customer's own on an object of an incident.
func (p *Platform) playOwn(ctx context.Context, o Order, incident int, details [][3]string) (*Run, error) {
	i, _ := p.Incident(incident)
	deployed := p.Deployed()
	at := slices.IndexFunc(deployed.Functions, func(f resilient.FunctionDefinition) bool { return f.Name == functionName })
	if at < 0 {
		return nil, fmt.Errorf("stand-in platform: there is no function %s", functionName)
	}
	inputs := object{"slack_channel": deployed.Channels().Message, "slack_details": detailsText(details)}
	if o.Formatter != "" {
		inputs[inputFormatter] = o.Formatter
	}
	js, err := marshal(inputs)
	if err != nil {
		return nil, err
	}
	w := resilient.WorkflowDefinition{
		ID: 900 + objectTypes[o.Object], Name: "Slack message for " + o.Object, ProgrammaticName: "slack_message_for_" + o.Object, ObjectType: o.Object,
	}
	body, err := message(w, deployed.Functions[at], i, js)
	if err != nil {
		return nil, err
	}
	return p.send(ctx, Run{workflow: w.ProgrammaticName, incident: i.ID, body: body, order: o})
}

func (p *Platform) taskDetails(t Task) [][3]string {
	i, _ := p.Incident(t.Incident)
	due, status := "", "Open"
	if !t.Due.IsZero() {
		due = strconv.FormatInt(t.Due.UnixMilli(), 10)
	}
	if t.Closed {
		status = "Closed"
	}
	return [][3]string{
		{"Task", "string", t.Name}, {"Task Link", "incident", taskFragment(t)}, {"Incident", "string", i.Name}, {"Owner", "string", t.Owner},
		{"Due Date", "datetime", due}, {"Status", "string", status}, {"Instructions", "richtext", t.Instructions},
	}
}

func (p *Platform) artifactDetails(a Artifact) [][3]string {
	i, _ := p.Incident(a.Incident)
	return [][3]string{
		{"Artifact", "indicator", a.Value}, {"Kind", "string", a.Kind}, {"Incident", "string", i.Name},
		{"Resilient URL", "incident", strconv.Itoa(a.Incident)}, {"Description", "richtext", a.Description},
	}
}

// detailsText is slack_details in the order of its fields, which a map would lose.
func detailsText(fields [][3]string) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		label, _ := marshal(f[0]) // texts can be written
		field, _ := marshal(object{"type": f[1], "data": f[2]})
		parts[i] = string(label) + ": " + string(field)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// taskFragment is how a link names a task, behind #incidents/.
func taskFragment(t Task) string { return fmt.Sprintf("%d?task_id=%d", t.Incident, t.ID) }
