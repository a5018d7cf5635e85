package processor

import (
	"context"
	"errors"
	"sync"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// So often must the broker have ended the connection over the answer to a call
// before something else is tried. It has no limit of its own: the call would
// come back for ever, and each time break the connection for all others.
const (
	refusalsUntilShort = 3 // then the answer is a short error
	refusalsUntilNone  = 6 // then the call is acknowledged without an answer
)

// refusals counts by call how often the broker has said ERROR and ended the
// connection while the answer was on its way. A connection that merely breaks
// counts for nothing: a network that flaps must not cost an answer.
//
// RabbitMQ does not say which frame it means, so the first ERROR only makes
// suspects of all that were being settled. A suspect is settled while nobody
// else is: what goes wrong then is its own doing.
type refusals struct {
	alone sync.RWMutex // held by a suspect that is being settled, shared by all others
	mu    sync.Mutex
	calls map[string]int
}

func (r *refusals) of(id string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[id]
}

func (r *refusals) count(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls == nil {
		r.calls = map[string]int{}
	}
	r.calls[id]++
}

func (r *refusals) forget(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.calls, id)
}

// settle answers and acknowledges a call that has come as far as the state says.
func (p *Processor) settle(ctx context.Context, t *Task, state journal.State, reply []byte) error {
	if state == journal.Settled { // the broker has the answer, and has forgotten the acknowledgement
		return t.delivery.Ack(ctx)
	}
	refused := p.refusals.of(t.ID)
	if refused > 0 {
		p.refusals.alone.Lock()
		defer p.refusals.alone.Unlock()
	} else {
		p.refusals.alone.RLock()
		defer p.refusals.alone.RUnlock()
	}
	if err := t.delivery.Lost(); err != nil {
		return err // before anything was sent: it says nothing about this answer
	}
	var err error
	switch {
	case refused >= refusalsUntilNone:
		p.cfg.Log.ErrorContext(ctx, "the broker takes no answer to a call: it is acknowledged WITHOUT an answer",
			"id", t.ID, "reply_to", t.delivery.ReplyTo, "refused", refused)
		err = t.delivery.Ack(ctx)
	case refused >= refusalsUntilShort:
		p.cfg.Log.ErrorContext(ctx, "the broker refuses the answer to a call: a short error takes its place",
			"id", t.ID, "reply_to", t.delivery.ReplyTo, "refused", refused, "bytes", len(reply))
		err = t.delivery.Settle(ctx, resilient.ErrorReply("The call was carried out, but the message broker refused its result. The log of fn-slack has it under "+t.ID+"."))
	default:
		err = t.delivery.Settle(ctx, reply)
	}
	var said *broker.ServerError
	if errors.As(err, &said) && errors.Is(err, broker.ErrConnectionLost) {
		p.refusals.count(t.ID)
	}
	return err
}

// isSettled says that the call does not come back: a refused answer may have
// been acknowledged all the same.
func isSettled(err error) bool {
	var refused *broker.AnswerRefusedError
	return err == nil || errors.As(err, &refused) && refused.Acked
}
