package processor

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// result is the answer to the platform for a call that went well.
func (p *Processor) result(j *job, rendered render.Rendered, r slackResult, took time.Duration) ([]byte, error) {
	payload := resilient.ResultPayload{
		Answer:  r.answer,
		Success: true,
		Inputs:  j.call.Inputs,
		Metrics: p.metrics(took),
		Extra: map[string]any{
			"formatter": rendered.Script,
			"permalink": r.permalink,
			"headers":   r.headers,
			"notes":     rendered.Notes,
		},
	}
	reply, err := resilient.ResultReply("", payload)
	var large *resilient.TooLargeError
	if errors.As(err, &large) {
		// The inputs are what can be large, and the workflow has them.
		payload.Inputs = resilient.Inputs{}
		payload.Extra["notes"] = append(rendered.Notes, "the inputs are left out of the results: they are too large for one reply")
		reply, err = resilient.ResultReply("", payload)
	}
	return reply, err
}

func (p *Processor) metrics(took time.Duration) resilient.Metrics {
	return resilient.Metrics{
		Package: p.cfg.Package, PackageVersion: p.cfg.Version, Host: p.cfg.Host,
		Execution: took, Timestamp: time.Now(),
	}
}

// slackResult is the part of a result that comes from Slack.
type slackResult struct {
	answer    json.RawMessage
	permalink any // text, or nil
	headers   map[string]string
}

func (p *Processor) posted(ctx context.Context, posted slackapi.Posted) slackResult {
	r := slackResult{answer: posted.Response, headers: posted.Headers}
	link, err := p.cfg.Poster.Permalink(ctx, posted)
	if err != nil {
		p.cfg.Log.DebugContext(ctx, "no permalink", "error", err)
	}
	if link != "" {
		r.permalink = link
	}
	return r
}

// skipped stands in for Slack's answer where nothing was posted. ts is the
// thread that the call named, because workflows store results.ts as the thread
// of what follows.
func skipped(j *job, rendered render.Rendered) slackResult {
	thread, _ := j.call.Inputs.Text("slack_thread_id") // it could be read: the call was rendered
	answer := map[string]any{"ok": true, "ts": nil, "channel": render.Channel(j.call), "skipped": rendered.Skip}
	if thread != "" {
		answer["ts"] = thread
	}
	js, err := json.Marshal(answer)
	if err != nil {
		panic(err) // three strings and a boolean
	}
	return slackResult{answer: js}
}
