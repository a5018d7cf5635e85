package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// play plays the two workflows and reports each message and each result.
func (d *demo) play(ctx context.Context, out output) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	run, err := d.platform.CreateSlackMessage(ctx, resilienttest.IncidentDoS)
	if err != nil {
		return err
	}
	first, err := d.await(ctx, run, "post", out)
	if err != nil {
		return fmt.Errorf("workflow Create Slack Message: %w", err)
	}
	run, err = d.platform.AddNote(ctx, resilienttest.IncidentDoS, author, "<div>"+note+"</div>")
	switch {
	case err != nil:
		return err
	case run == nil:
		return errors.New("workflow Create Slack Reply: the platform did not run it, because the incident has no slack_id")
	}
	reply, err := d.await(ctx, run, "reply", out)
	if err != nil {
		return fmt.Errorf("workflow Create Slack Reply: %w", err)
	}
	if reply.ThreadTS != first.TS {
		return fmt.Errorf("the note is in thread %q, not in that of the message, %q", reply.ThreadTS, first.TS)
	}
	return nil
}

// played is one line of --once.
type played struct {
	Step     string   `json:"step"` // post, reply, result
	Workflow string   `json:"workflow"`
	Channel  string   `json:"channel"`
	TS       string   `json:"ts"`
	ThreadTS string   `json:"thread_ts,omitempty"`
	Author   string   `json:"author,omitempty"`
	Text     string   `json:"text"`
	Script   string   `json:"script"`
	Link     string   `json:"permalink,omitempty"`
	Statuses []string `json:"statuses,omitempty"`
	Duration float64  `json:"duration_ms"` // from the platform's call to the platform's answer
}

// playCard sends the incident once more, as a card with colour and columns, for
// those who look at the page. Not every scripts folder has it.
func (d *demo) playCard(ctx context.Context) error {
	if d.engine.Scripts().Script(card) == nil {
		return nil
	}
	run, err := d.panel.play(ctx, resilienttest.Order{Object: "incident", ID: resilienttest.IncidentDoS, Formatter: card})
	if err == nil {
		_, err = run.Wait(ctx)
	}
	return err
}

// await waits for the end of a run and reports its message, as the workspace
// has it, and its result, as the platform has it.
func (d *demo) await(ctx context.Context, run *resilienttest.Run, step string, out output) (slacktest.Message, error) {
	status, err := run.Wait(ctx)
	if err != nil {
		return slacktest.Message{}, err
	}
	if status.State != resilienttest.Completed {
		return slacktest.Message{}, errors.New(status.Text())
	}
	results := resultsOf(status)
	if results.Skipped != "" {
		return slacktest.Message{}, fmt.Errorf("nothing was posted: %s says: %s", results.Formatter, results.Skipped)
	}
	var message slacktest.Message
	for _, m := range d.workspace.Messages(results.Channel) {
		if m.TS == results.TS {
			message = m
		}
	}
	if message.TS == "" {
		return message, fmt.Errorf("the workspace has no message %s in %s", results.TS, results.Channel)
	}
	var statuses []string
	for _, s := range status.Steps {
		statuses = append(statuses, s.Text)
	}
	took := status.Steps[len(status.Steps)-1].Time.Sub(status.Started)
	line := played{
		Step: step, Workflow: status.Workflow, Channel: message.ChannelName, TS: message.TS, ThreadTS: message.ThreadTS,
		Author: message.Sent.Username, Text: message.Sent.Text, Script: results.Formatter,
		Duration: float64(took.Microseconds()) / 1000,
	}
	if err := out.tell(line); err != nil {
		return message, err
	}
	line.Step, line.Author, line.Link, line.Statuses = "result", "", results.Permalink, statuses
	line.Text = statuses[len(statuses)-1]
	return message, out.tell(line)
}
