package demo

import (
	"context"
	"errors"
	"fmt"
	"html"
	"strings"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// panel lets the page of the workspace press the platform's buttons.
type panel struct {
	platform *resilienttest.Platform
}

// Samples are the incidents of the platform.
func (p *panel) Samples() []string {
	var names []string
	for _, i := range p.platform.Incidents() {
		names = append(names, sampleName(i))
	}
	return names
}

func sampleName(i resilienttest.Incident) string {
	const limit = 60
	name := []rune(strings.Join(strings.Fields(i.Name), " "))
	if len(name) > limit {
		name = append(name[:limit], '…')
	}
	return fmt.Sprintf("%d %s", i.ID, string(name))
}

// SendIncident runs Create Slack Message on the incident of that name. It
// begins a new thread: in the platform the incident would still know the old
// one, and the message would go there.
func (p *panel) SendIncident(ctx context.Context, sample string) error {
	for _, i := range p.platform.Incidents() {
		if sampleName(i) == sample {
			i.Properties = nil
			p.platform.PutIncident(i)
			_, err := p.platform.CreateSlackMessage(ctx, i.ID)
			return err
		}
	}
	return fmt.Errorf("there is no incident %q", sample)
}

// AddNote adds a note to the incident that was sent last.
func (p *panel) AddNote(ctx context.Context, text string) error {
	incident := 0
	for _, run := range p.platform.Runs() {
		if run.Workflow == resilienttest.WorkflowMessage && run.State == resilienttest.Completed {
			incident = run.Incident
		}
	}
	if incident == 0 {
		return errors.New("send an incident first")
	}
	body := "<div>" + strings.ReplaceAll(html.EscapeString(text), "\n", "<br>") + "</div>"
	run, err := p.platform.AddNote(ctx, incident, author, body)
	if err == nil && run == nil {
		err = errors.New("the incident has no thread in Slack yet")
	}
	return err
}

// Actions are the runs of the platform.
func (p *panel) Actions() ([]slacktest.Action, <-chan struct{}) {
	changed := p.platform.Changed() // before looking, so that nothing is missed
	subjects := map[int]string{}
	for _, i := range p.platform.Incidents() {
		subjects[i.ID] = sampleName(i)
	}
	titles := map[string]string{
		resilienttest.WorkflowMessage: "Create Slack Message",
		resilienttest.WorkflowReply:   "Create Slack Reply",
	}
	states := map[resilienttest.State]slacktest.ActionState{
		resilienttest.Running:   slacktest.ActionRunning,
		resilienttest.Completed: slacktest.ActionDone,
		resilienttest.Failed:    slacktest.ActionFailed,
	}
	var list []slacktest.Action
	for _, run := range p.platform.Runs() {
		a := slacktest.Action{
			ID: fmt.Sprint(run.ID), Title: titles[run.Workflow], Subject: subjects[run.Incident],
			Begun: run.Started, State: states[run.State],
		}
		for i, step := range run.Steps {
			entry := slacktest.ActionEntry{Time: step.Time, Text: step.Text}
			if i == len(run.Steps)-1 {
				entry.Detail = run.Results
			}
			a.Entries = append(a.Entries, entry)
		}
		list = append(list, a)
	}
	return list, changed
}
