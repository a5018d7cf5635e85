package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/formatters/preview"
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
	Step     string   `json:"step"` // post, reply, result; room, file, task, archive; card, update
	Workflow string   `json:"workflow"`
	Rule     string   `json:"rule,omitempty"`
	Channel  string   `json:"channel"`
	TS       string   `json:"ts,omitempty"`
	ThreadTS string   `json:"thread_ts,omitempty"`
	Author   string   `json:"author,omitempty"`
	Text     string   `json:"text,omitempty"`
	Files    []file   `json:"files,omitempty"`
	Changed  []string `json:"changed,omitempty"` // labels
	Script   string   `json:"script,omitempty"`
	Link     string   `json:"permalink,omitempty"`
	Statuses []string `json:"statuses,omitempty"`
	Duration float64  `json:"duration_ms"` // from the platform's call to the platform's answer

	last string // of the statuses
}

// file is one in Slack, or one that was attached to an object of the platform.
type file struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// await waits for the end of a run and reports its message, as the workspace
// has it, and its result, as the platform has it.
func (d *demo) await(ctx context.Context, run *resilienttest.Run, step string, out output) (slacktest.Message, error) {
	line, message, err := d.outcome(ctx, run)
	if err != nil {
		return message, err
	}
	result := line
	line.Step, line.Link, line.Statuses = step, "", nil
	if err := out.tell(line); err != nil {
		return message, err
	}
	result.Step, result.Author, result.Text = "result", "", line.last
	return message, out.tell(result)
}

// outcome waits for the end of a run, and tells what has become of it: its message is
// what the workspace has, all else what the platform has.
func (d *demo) outcome(ctx context.Context, run *resilienttest.Run) (line played, message slacktest.Message, err error) {
	status, err := run.Wait(ctx)
	if err != nil {
		return line, message, err
	}
	if status.State != resilienttest.Completed {
		return line, message, errors.New(status.Text())
	}
	results := resultsOf(status)
	if results.Skipped != "" {
		return line, message, fmt.Errorf("nothing was posted: %s says: %s", results.Formatter, results.Skipped)
	}
	line = played{
		Workflow: status.Workflow, Rule: status.Order.Rule, Channel: results.Channel, Script: results.Formatter, Link: results.Permalink, Changed: results.Changed,
		Duration: float64(status.Steps[len(status.Steps)-1].Time.Sub(status.Started).Microseconds()) / 1000, last: status.Text(),
	}
	for _, s := range status.Steps {
		line.Statuses = append(line.Statuses, s.Text)
	}
	if results.TS == "" {
		return line, message, nil
	}
	for _, m := range d.workspace.Messages(results.Channel) {
		if m.TS == results.TS {
			message = m
		}
	}
	if message.TS == "" {
		return line, message, fmt.Errorf("the workspace has no message %s in %s", results.TS, results.Channel)
	}
	line.Channel, line.TS, line.ThreadTS, line.Author, line.Text = message.ChannelName, message.TS, message.ThreadTS, message.Sent.Username, message.Sent.Text
	if line.Text == "" { // all of it is in blocks
		var text strings.Builder
		if err := preview.Terminal(&text, message.Sent, preview.Options{}); err != nil {
			return line, message, err
		}
		_, line.Text, _ = strings.Cut(strings.TrimSpace(text.String()), "\n") // behind the author
	}
	if f := message.File; f != nil {
		line.Files = []file{{f.Name, f.Size}}
	}
	return line, message, nil
}
