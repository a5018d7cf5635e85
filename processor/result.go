package processor

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor/kind"
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
	if link := p.permalink(ctx, posted); link != "" {
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

// permalink is the address of a message for people, "" where Slack does not say.
// It follows from the workspace's address, and costs no request once that is
// known.
func (p *Processor) permalink(ctx context.Context, posted slackapi.Posted) string {
	if workspace := p.workspace.Load(); workspace != nil {
		link := strings.TrimSuffix(*workspace, "/") + "/archives/" + posted.Channel + "/p" + strings.ReplaceAll(posted.TS, ".", "")
		if posted.ThreadTS != "" {
			link += "?thread_ts=" + posted.ThreadTS + "&cid=" + posted.Channel
		}
		return link
	}
	link, err := p.cfg.Poster.Permalink(ctx, posted.Channel, posted.TS)
	if err != nil {
		p.cfg.Log.DebugContext(ctx, "no permalink", "error", err)
	}
	return link
}

// identify learns whose token it is, so that a refused token is in the log
// before the first message needs it.
//
// It asks again while Slack is away.
func (p *Processor) identify(ctx context.Context) {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		who, err := p.cfg.Poster.AuthTest(ctx)
		why, _ := kind.Of(err)
		switch {
		case err == nil:
			p.workspace.Store(&who.URL)
			p.cfg.Log.InfoContext(ctx, "Slack knows us", "team", who.Team, "user", who.User, "url", who.URL)
			return
		case ctx.Err() != nil:
			return
		case why == kind.Refused:
			p.cfg.Log.ErrorContext(ctx, "Slack refuses the token; calls are answered with this error", "error", err)
			return
		}
		p.cfg.Log.WarnContext(ctx, "Slack does not answer; messages are tried as they come", "error", err, "wait", wait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}
