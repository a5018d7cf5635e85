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

// settle answers a call that has come as far as the state says, and acknowledges
// it. unanswered is why the broker has no answer, or not the one it should have;
// broken is the journal's error.
//
// The journal knows of the answer before the acknowledgement is sent. So whatever is
// lost then, the call comes again and is only acknowledged.
func (p *Processor) settle(ctx context.Context, t *Task, state journal.State, reply []byte) (unanswered, broken error) {
	if state != journal.Settled {
		unanswered = p.give(ctx, t, reply)
		if !isSettled(unanswered) {
			return unanswered, nil
		}
		p.refusals.forget(t.ID)
		broken = p.cfg.Journal.Settled(t.ID)
	}
	if err := t.delivery.Ack(ctx); err != nil {
		p.cfg.Log.DebugContext(ctx, "not acknowledged, so it comes again", "id", t.ID, "error", err)
	}
	return unanswered, broken
}

// give gives the broker the answer to a call, or what takes its place where the
// broker has refused it too often.
func (p *Processor) give(ctx context.Context, t *Task, reply []byte) error {
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
	switch {
	case refused >= refusalsUntilNone:
		p.cfg.Log.ErrorContext(ctx, "the broker takes no answer to a call: it is acknowledged WITHOUT an answer",
			"id", t.ID, "reply_to", t.delivery.ReplyTo, "refused", refused)
		return nil
	case refused >= refusalsUntilShort:
		p.cfg.Log.ErrorContext(ctx, "the broker refuses the answer to a call: a short error takes its place",
			"id", t.ID, "reply_to", t.delivery.ReplyTo, "refused", refused, "bytes", len(reply))
		reply = resilient.ErrorReply("The call was carried out, but the message broker refused its result. The log of fn-slack has it under " + t.ID + ".")
	}
	err := t.delivery.Answer(ctx, t.statuses.take(), reply)
	var said *broker.ServerError
	if errors.As(err, &said) && errors.Is(err, broker.ErrConnectionLost) {
		p.refusals.count(t.ID)
	}
	return err
}

// isSettled says that nothing more is to be sent to a call. On ActiveMQ a refused
// answer leaves the connection as it is, and trying again would change nothing.
func isSettled(err error) bool {
	return err == nil || errors.As(err, new(*broker.AnswerRefusedError))
}
