package processor

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/fn-slack/fn-slack/processor/kind"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// outcome is what became of a call.
type outcome struct {
	Report
	kind  kind.Kind
	err   error  // why it is not OK
	reply []byte // for the platform
}

// success is the outcome of a call that went well.
func (p *Processor) success(ctx context.Context, t *Task, r Reply, took time.Duration) outcome {
	payload := resilient.ResultPayload{
		Answer: r.Answer, Success: true, Inputs: t.Call.Inputs, Metrics: p.metrics(took),
		Extra: map[string]any{"notes": r.Notes},
	}
	maps.Copy(payload.Extra, r.Extra)
	reply, err := resilient.ResultReply("", payload)
	var large *resilient.TooLargeError
	if errors.As(err, &large) {
		// The inputs are what can be large, and the workflow has them.
		payload.Inputs = resilient.Inputs{}
		payload.Extra["notes"] = append(r.Notes, "the inputs are left out of the results: they are too large for one reply")
		reply, err = resilient.ResultReply("", payload)
	}
	if err != nil {
		return p.failure(ctx, t, r.Report, err)
	}
	return outcome{Report: r.Report, kind: kind.OK, reply: reply}
}

// failure is the outcome of a call that went wrong.
func (p *Processor) failure(ctx context.Context, t *Task, r Report, err error) outcome {
	done := outcome{Report: r, err: err, reply: resilient.ErrorReply(Sentence(err))}
	done.kind, _ = kind.Of(err)
	if p.cfg.Trap {
		t.Status(ctx, Sentence(err))
		payload := resilient.ResultPayload{Reason: Sentence(err), Inputs: t.Call.Inputs, Metrics: p.metrics(0)}
		if reply, err := resilient.ResultReply("", payload); err == nil {
			done.reply = reply
		}
	}
	return done
}

func (p *Processor) metrics(took time.Duration) resilient.Metrics {
	return resilient.Metrics{
		Package: p.cfg.Package, PackageVersion: p.cfg.Version, Host: p.cfg.Host,
		Execution: took, Timestamp: time.Now(),
	}
}
