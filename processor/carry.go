package processor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// outcome is what became of a call.
type outcome struct {
	kind     Kind
	err      error // why it is not OK
	reply    []byte
	script   string
	channel  string
	attempts int

	rendering, posting time.Duration
	layout             error // why the layout that was chosen was not used
}

// failure makes an outcome one that went wrong.
func (p *Processor) failure(ctx context.Context, j *job, done outcome, err error) outcome {
	done.kind, done.err = kindOf(err), err
	done.reply = resilient.ErrorReply(sentence(err))
	if p.cfg.Trap {
		p.status(ctx, j, sentence(err))
		payload := resilient.ResultPayload{Reason: sentence(err), Inputs: j.call.Inputs, Metrics: p.metrics(0)}
		if reply, err := resilient.ResultReply("", payload); err == nil {
			done.reply = reply
		}
	}
	return done
}

// carryOut renders the call and posts its messages.
func (p *Processor) carryOut(ctx context.Context, j *job) (outcome, error) {
	start := time.Now()
	done := outcome{kind: OK, channel: render.Channel(j.call)}
	now := j.delivery.Timestamp
	if now.IsZero() {
		now = j.began
	}
	stop := stopwatch(&done.rendering)
	rendered, err := p.render(ctx, render.Request{Call: j.call, ID: j.id, Time: now})
	stop()
	if err != nil {
		return done, err
	}
	done.script, done.layout = rendered.Script, rendered.Failed
	p.console(ctx, j, rendered)
	for _, note := range rendered.Inputs {
		p.cfg.Log.WarnContext(ctx, "input of the workflow", "note", note, "id", j.id)
	}
	if rendered.Skip != "" {
		p.status(ctx, j, "Nothing was posted: "+rendered.Script+" says: "+rendered.Skip)
		done.reply, err = p.result(j, rendered, skipped(j, rendered), time.Since(start))
		return done, err
	}
	p.status(ctx, j, renderedBy(rendered))

	stop = stopwatch(&done.posting)
	done.channel = rendered.Messages[0].Channel
	posted, err := p.postTo(ctx, j, rendered.Messages)
	var refused *slackapi.RefusedError
	if posted.TS == "" && errors.As(err, &refused) && !refused.AllChannels() && rendered.Home != "" {
		// A wrong channel in a script must not lose the message.
		done.layout = fmt.Errorf("%s names channel %q: %w", rendered.Script, done.channel, refused)
		p.status(ctx, j, sentence(done.layout)+"; the message goes to "+rendered.Home)
		done.channel = rendered.Home
		for i := range rendered.Messages {
			rendered.Messages[i].Channel = rendered.Home
		}
		posted, err = p.postTo(ctx, j, rendered.Messages)
	}
	j.turn.leave() // the next message of the channel need not wait for this one's answer
	stop()
	done.attempts = posted.Attempts
	if err != nil {
		return done, err
	}
	added := "Message added to Slack"
	if posted.ParentGone {
		added += "; the first message of its thread is gone, so it stands in the channel itself"
	}
	p.status(ctx, j, added)
	done.reply, err = p.result(j, rendered, p.posted(ctx, posted), time.Since(start))
	return done, err
}

// render makes the messages while a worker is free.
func (p *Processor) render(ctx context.Context, req render.Request) (render.Rendered, error) {
	select {
	case p.rendering <- struct{}{}:
		defer func() { <-p.rendering }()
	case <-ctx.Done():
		return render.Rendered{}, ctx.Err()
	}
	return p.cfg.Renderer.Render(ctx, req)
}

// awaitTurn waits until it is the call's turn in the channel that its message
// goes to. Where a script has chosen another channel than the call's, the call
// moves to the end of that one's lane when its turn comes in its own, so that
// neither channel holds up the other.
func (p *Processor) awaitTurn(ctx context.Context, j *job, channel string) error {
	if err := j.turn.wait(ctx); err != nil || j.turn.in(channel) {
		return err
	}
	before := j.turn
	j.turn = p.lanes.join(channel)
	before.leave()
	return j.turn.wait(ctx)
}

// postTo posts the messages of one call when it is their turn in their channel.
func (p *Processor) postTo(ctx context.Context, j *job, messages []formatters.Message) (slackapi.Posted, error) {
	if err := p.awaitTurn(ctx, j, messages[0].Channel); err != nil {
		return slackapi.Posted{}, err
	}
	return p.post(ctx, j, messages)
}

// post posts the messages of one call: the first, and what continues it as
// replies in its thread. What it returns is the first.
func (p *Processor) post(ctx context.Context, j *job, messages []formatters.Message) (first slackapi.Posted, err error) {
	for i, m := range messages {
		id := j.id
		if i > 0 {
			id = fmt.Sprintf("%s/%d", j.id, i)
			m.ThreadTS, m.ReplyBroadcast = first.ThreadTS, false
			if m.ThreadTS == "" {
				m.ThreadTS = first.TS
			}
		}
		posted, err := p.postOnce(ctx, j, m, id)
		if i == 0 {
			first = posted
			p.lanes.unite(m.Channel, posted.Channel)
		}
		if err != nil && i > 0 {
			return first, fmt.Errorf("the message was posted, but part %d of %d that continues it was not: %w", i+1, len(messages), err)
		}
		if err != nil {
			return first, err
		}
	}
	return first, nil
}

// postOnce posts a message unless it is in Slack already.
func (p *Processor) postOnce(ctx context.Context, j *job, m formatters.Message, id string) (slackapi.Posted, error) {
	posted, found, err := p.ask(ctx, j, m, id)
	if found || err != nil {
		return posted, err
	}
	permit := p.permit(j.delivery)
	posted, err = p.cfg.Poster.PostSince(ctx, m, id, j.arrived, permit)
	var unknown *slackapi.UnknownError
	if errors.As(err, &unknown) && p.cfg.OnUnknown == Resend && ctx.Err() == nil {
		p.status(ctx, j, sentence(err)+"; it is posted again, as on_unknown = resend says")
		return p.cfg.Poster.PostSince(ctx, m, id, j.arrived, permit)
	}
	return posted, err
}
