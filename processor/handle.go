package processor

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/kind"
)

// workOff handles a call, and again while it was delivered again meanwhile.
func (p *Processor) workOff(ctx context.Context, t *Task) error {
	defer func() { t.PassTurn() }() // it may move to another lane
	for {
		err := p.handle(ctx, t)
		if p.held.release(t.ID, t.delivery) {
			return err
		}
		if err != nil {
			if _, again := p.held.resume(t.ID); again != nil {
				again.leave()
			}
			return err
		}
	}
}

// handle is the way of one call; the package comment counts its steps. An error
// is the journal's: then the call is not acknowledged.
func (p *Processor) handle(ctx context.Context, t *Task) error {
	start := time.Now()
	defer t.statuses.take() // of a call that is left to the broker
	t.resume()
	entry, err := t.begin()
	if err != nil {
		p.lanes.stop()
		return err
	}
	done := outcome{kind: kind.Again, reply: entry.Reply}
	if entry.State == journal.Begun {
		switch done, err = p.carryOut(ctx, t); {
		case errors.Is(err, errLeft):
			return nil
		case err != nil:
			return err
		}
		if err := p.cfg.Journal.Decided(t.ID, done.reply); err != nil {
			return err
		}
	}
	t.PassTurn() // where the journal knew the answer
	// Without a connection the call stays decided: the broker delivers it again,
	// and it is answered from the journal.
	t.delivery = p.held.newest(t.ID)
	unanswered, err := p.settle(ctx, t, entry.State, done.reply)
	if err != nil {
		return err
	}
	took := time.Since(start)
	p.log(ctx, t, done, unanswered, took)
	p.finish(t, done, unanswered, took)
	return nil
}

// errLeft says that a call is left to the broker, which delivers it again, here or
// to another instance.
var errLeft = errors.New("left to the broker")

// carryOut has the call's function carry it out while the call is ours. An error
// is the journal's, or errLeft.
func (p *Processor) carryOut(ctx context.Context, t *Task) (outcome, error) {
	working, stop := p.whileHeld(ctx, t.delivery)
	defer stop()
	done := p.answer(working, t)
	t.PassTurn()
	var broken *journalError
	switch {
	case errors.As(done.err, &broken):
		return done, broken.err
	case errors.Is(done.err, errStopped), done.err != nil && working.Err() != nil:
		return done, errLeft
	}
	return done, nil
}

// whileHeld is the context of the work on a call. It ends with ctx, which is when
// the time to finish is over. Where other instances work on the same queue it
// also ends with the connection: from then on the call is theirs. That spares
// work; what keeps a step from being done here too is [Processor.permit]. Alone,
// the work goes on: the call comes back to this process.
func (p *Processor) whileHeld(ctx context.Context, d *broker.Delivery) (working context.Context, stop func()) {
	working, cancel := context.WithCancel(ctx)
	if !p.cfg.Shared {
		return working, cancel
	}
	forget := d.OnLost(cancel)
	return working, func() { forget(); cancel() }
}

// answer finds out what the platform is to be told. A panic is a defect of ours
// that one call has laid bare. It is answered too: the call would lay it bare
// again each time it is delivered, and no other call would get through.
func (p *Processor) answer(ctx context.Context, t *Task) (done outcome) {
	defer func() {
		if r := recover(); r != nil {
			p.cfg.Log.ErrorContext(ctx, "defect in the service", "id", t.ID, "panic", r, "stack", string(debug.Stack()))
			done = p.failure(ctx, t, Report{}, errPanic{fmt.Sprint(r)})
		}
	}()
	if t.refused != nil {
		return p.failure(ctx, t, Report{}, t.refused)
	}
	start := time.Now()
	reply, err := t.function.Run(ctx, t)
	if errors.Is(err, errStopped) || errors.As(err, new(*journalError)) { // the platform is told nothing
		return outcome{Report: reply.Report, kind: kind.Internal, err: err}
	}
	if err != nil {
		return p.failure(ctx, t, reply.Report, err)
	}
	return p.success(ctx, t, reply, time.Since(start))
}

// errPanic is a defect that one call has laid bare.
type errPanic struct{ value string }

func (e errPanic) Error() string { return "defect in the service: " + e.value }
