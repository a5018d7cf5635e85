package processor

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// renderedBy is the first status of a call.
func renderedBy(r render.Rendered) string {
	parts := []string{"Rendered by " + r.Script}
	if r.Failed != nil {
		parts = []string{"Rendered in the classic layout, because " + sentence(r.Failed)}
	}
	return strings.Join(append(parts, r.Notes...), "; ")
}

// status tells the platform how far the call is. A status that does not get
// through is no failure of the call.
func (p *Processor) status(ctx context.Context, j *job, text string) {
	if err := p.held.newest(j.id).Status(ctx, resilient.StatusReply(text)); err != nil {
		p.cfg.Log.DebugContext(ctx, "status not sent", "id", j.id, "status", text, "error", err)
	}
}

// console passes on what scripts wrote to their console.
func (p *Processor) console(ctx context.Context, j *job, r render.Rendered) {
	levels := map[string]slog.Level{"warn": slog.LevelWarn, "error": slog.LevelError}
	for _, line := range r.Console {
		p.cfg.Log.Log(ctx, levels[line.Level], "console", "script", line.Script, "text", line.Text, "id", j.id)
	}
}

// log writes the one line of a finished call.
func (p *Processor) log(ctx context.Context, j *job, done outcome, settled error, took time.Duration) {
	level, attrs := slog.LevelInfo, []any{
		"id", j.id, "function", j.call.Function, "workflow", j.call.Workflow, "kind", done.kind,
		"script", done.script, "channel", done.channel, "attempts", done.attempts, "duration", took.Round(time.Microsecond),
	}
	if done.layout != nil {
		level, attrs = slog.LevelWarn, append(attrs, "layout", sentence(done.layout))
	}
	if done.err != nil {
		level, attrs = slog.LevelWarn, append(attrs, "error", sentence(done.err))
	}
	if settled != nil { // ErrConnectionLost: the broker will deliver it again
		level, attrs = slog.LevelWarn, append(attrs, "settled", settled.Error())
	}
	p.cfg.Log.Log(ctx, level, "call", attrs...)
}
