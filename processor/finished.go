package processor

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor/kind"
)

// Finished is what became of one call, for metrics and status pages.
type Finished struct {
	Report
	ID, Function, Workflow string
	Kind                   kind.Kind
	At                     time.Time
	Took                   time.Duration // from its beginning to its settlement
	// Settled is false where the connection was lost before the broker had the
	// answer: it will deliver the call again.
	Settled bool
	// Err is why Kind is not OK. Its text, as that of Layout, may hold words of the
	// incident or of what Slack and scripts said; Reason is without.
	Err error
}

// Reason is why the call failed, without anything that stems from an incident;
// "" where it did not.
func (f Finished) Reason() string {
	_, reason := kind.Of(f.Err)
	return reason
}

// finish tells Config.Finished of a call.
func (p *Processor) finish(t *Task, done outcome, unanswered error, took time.Duration) {
	if p.cfg.Finished == nil {
		return
	}
	p.cfg.Finished(Finished{
		Report: done.Report, ID: t.ID, Function: t.Call.Function, Workflow: t.Call.Workflow,
		Kind: done.kind, At: time.Now(), Took: took, Settled: unanswered == nil, Err: done.err,
	})
}

// log writes the one line of a finished call.
func (p *Processor) log(ctx context.Context, t *Task, done outcome, unanswered error, took time.Duration) {
	level, attrs := slog.LevelInfo, []any{
		"id", t.ID, "function", t.Call.Function, "workflow", t.Call.Workflow, "kind", done.kind,
		"script", done.Script, "channel", done.Channel, "attempts", done.Attempts, "duration", took.Round(time.Microsecond),
	}
	if done.Layout != nil {
		level, attrs = slog.LevelWarn, append(attrs, "layout", Sentence(done.Layout))
	}
	if done.err != nil {
		level, attrs = slog.LevelWarn, append(attrs, "error", Sentence(done.err))
	}
	if unanswered != nil { // ErrConnectionLost: the broker will deliver it again
		level, attrs = slog.LevelWarn, append(attrs, "settled", unanswered.Error())
	}
	p.cfg.Log.Log(ctx, level, "call", attrs...)
}

// Sentence is an error for the platform's Action Status: one line, no matter how
// many errors were joined.
func Sentence(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}
