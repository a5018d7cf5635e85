package message

import (
	"context"
	"log/slog"
	"time"

	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/channel"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// Config holds the parts of a Function. All but Rooms, Shared and Workers are required.
type Config struct {
	Renderer *render.Renderer
	Poster   *slackapi.Poster
	Rooms    *channel.Rooms // of calls with slack_text; nil where none come
	Shared   bool           // other instances work on the same queue, and may show the same cards anew
	Workers  int            // calls whose fields are prepared at once, one at least; the engine bounds how many scripts run
	Log      *slog.Logger
}

// Function carries out calls of slack_post_message.
type Function struct {
	cfg       Config
	rendering chan struct{} // a place for each call whose messages are being made
	storm     storm
	known     lately
}

var _ processor.Function = (*Function)(nil)

// New returns a Function.
func New(cfg Config) *Function {
	return &Function{cfg: cfg, rendering: make(chan struct{}, max(cfg.Workers, 1))}
}

// Name is slack_post_message.
func (f *Function) Name() string { return render.Function }

// Channel is the input slack_channel, or the incident whose channel the call is for.
func (f *Function) Channel(call resilient.Call) string { return render.Lane(call) }

// Run renders the call, and posts its messages or shows one of before anew.
func (f *Function) Run(ctx context.Context, t *processor.Task) (reply processor.Reply, err error) {
	card, ok, err := f.wanted(ctx, t, &reply.Report)
	switch {
	case err != nil:
		return reply, err
	case ok:
		return f.update(ctx, t, card)
	}
	return f.post(ctx, t, "")
}

// rendered renders a call; with Skip it is answered.
func (f *Function) rendered(ctx context.Context, t *processor.Task, req render.Request, reply *processor.Reply) (render.Rendered, error) {
	stop := stopwatch(&reply.Rendering)
	rendered, err := f.render(ctx, req)
	stop()
	if err != nil {
		return rendered, err
	}
	reply.Script, reply.Layout, reply.Notes = rendered.Script, rendered.Failed, rendered.Notes
	rendered.Log(ctx, f.cfg.Log, t.ID)
	if rendered.Skip != "" {
		t.Status(ctx, "Nothing was posted: "+rendered.Script+" says: "+rendered.Skip)
		skip(reply, t.Call, rendered.Skip)
		f.roomResults(ctx, reply, t.Call, nil)
		return rendered, nil
	}
	t.Status(ctx, renderedBy(rendered))
	return rendered, nil
}

// post renders the call and posts its messages. gone is the ts of a card that is not
// there any more, "" for none.
func (f *Function) post(ctx context.Context, t *processor.Task, gone string) (reply processor.Reply, err error) {
	reply.Channel = render.Channel(t.Call)
	rendered, err := f.rendered(ctx, t, render.Request{Call: t.Call, ID: t.ID, Time: t.Sent}, &reply)
	if err != nil || rendered.Skip != "" {
		return reply, err
	}
	stop := stopwatch(&reply.Posting)
	posted, room, err := f.deliver(ctx, t, rendered, &reply.Report)
	if err == nil && gone != "" {
		f.known.replaced(gone, posted.TS)
	}
	t.PassTurn() // the next message of the channel need not wait for this one's answer
	stop()
	reply.Attempts = attempts(posted, err)
	if err != nil {
		return reply, err
	}
	added := "Message added to Slack"
	if posted.ParentGone {
		added += "; the first message of its thread is gone, so it stands in the channel itself"
	}
	t.Status(ctx, added)
	link := f.answer(ctx, &reply, posted)
	if _, update := render.Update(t.Call); update {
		reply.Extra["updated"], reply.Extra["changed"] = false, []string{}
	}
	if room != nil {
		reply.Notes = append(reply.Notes, room.Notes...)
		err = f.link(ctx, t, room, link, gone != "", &reply)
	}
	f.roomResults(ctx, &reply, t.Call, room)
	return reply, err
}

// render makes the messages while a worker is free.
func (f *Function) render(ctx context.Context, req render.Request) (render.Rendered, error) {
	select {
	case f.rendering <- struct{}{}:
		defer func() { <-f.rendering }()
	case <-ctx.Done():
		return render.Rendered{}, ctx.Err()
	}
	return f.cfg.Renderer.Render(ctx, req)
}

// stopwatch adds the time of one stage to where it is kept.
func stopwatch(keep *time.Duration) func() {
	start := time.Now()
	return func() { *keep += time.Since(start) }
}
