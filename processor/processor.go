package processor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/kind"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// Unknown says what to do with a message of which Slack cannot tell whether it
// was posted.
type Unknown string

const (
	Hold   Unknown = "hold"   // do not post again; the call fails and says why
	Resend Unknown = "resend" // post it, perhaps for the second time
)

// Config holds the parts of a Processor. All are required.
type Config struct {
	Deliveries <-chan *broker.Delivery // closed when there are no more
	Journal    *journal.Journal
	Renderer   *render.Renderer
	Poster     *slackapi.Poster
	Package    string // name and version for the metrics of a result
	Version    string
	Host       string        // name of this machine, for the metrics
	Workers    int           // calls that are decoded and have their fields prepared at once; the engine bounds how many scripts run
	Drain      time.Duration // how long calls in work may go on after the end of Run's context
	OnUnknown  Unknown
	Shared     bool // other instances work on the same queue

	// SlackTimeout is the longest that one request to Slack lasts, here and in
	// other instances.
	SlackTimeout time.Duration
	// SlackGrace is how long Slack may go on working on a request that was cut.
	// 0 is half of SlackTimeout, and 2 s at least.
	SlackGrace time.Duration

	// Finished is told of every call that has ended, by the goroutine that
	// worked on it: it must return soon. nil: nobody is told.
	Finished func(Finished)

	Trap bool // a call that failed is a result with success false, so that its workflow goes on
	Log  *slog.Logger
}

// Validate reports everything that is wrong with the configuration.
func (c Config) Validate() error {
	var errs []error
	if c.Deliveries == nil || c.Journal == nil || c.Renderer == nil || c.Poster == nil || c.Log == nil {
		errs = append(errs, errors.New("processor: a part is missing"))
	}
	if c.Workers < 1 {
		errs = append(errs, fmt.Errorf("processor: %d workers, want at least 1", c.Workers))
	}
	if c.OnUnknown != Hold && c.OnUnknown != Resend {
		errs = append(errs, fmt.Errorf("processor: OnUnknown is %q, want hold or resend", c.OnUnknown))
	}
	return errors.Join(errs...)
}

// Processor works off the calls of one consumer.
type Processor struct {
	cfg       Config
	lanes     lanes
	held      held
	refusals  refusals
	rendering chan struct{} // a place for each call whose messages are being made
	started   time.Time
}

// New returns a Processor that does nothing until Run.
func New(cfg Config) (*Processor, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.SlackGrace == 0 {
		cfg.SlackGrace = max(cfg.SlackTimeout/2, 2*time.Second)
	}
	return &Processor{cfg: cfg, rendering: make(chan struct{}, cfg.Workers)}, nil
}

// Run works until the deliveries end and returns when the last call in work has
// ended. It takes every delivery at once, so the broker's prefetch bounds what is
// in work: a call that waits for the pace of its channel takes no worker from
// the calls of other channels. The end of ctx gives the calls in work the time Config.Drain to finish;
// what is not finished then is left to the broker, which delivers it again. An
// error is the journal's: nothing more is taken, and what is in work is finished.
func (p *Processor) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(p.cfg.Drain, stop) })()

	p.started = time.Now()
	var wg sync.WaitGroup
	defer wg.Wait()
	failed := make(chan error, 1) // the first is enough
	for {
		select {
		case err := <-failed:
			time.AfterFunc(p.cfg.Drain, stop)
			return err
		case d, more := <-p.cfg.Deliveries:
			if !more {
				wg.Wait()
				return firstOf(failed)
			}
			if !p.held.take(d, p.again(d)) {
				continue
			}
			j := p.newJob(d)
			wg.Go(func() {
				if err := p.workOff(work, j); err != nil {
					select {
					case failed <- err:
					default:
					}
				}
			})
		}
	}
}

func firstOf(failed chan error) error {
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// again makes a new place for a call that is delivered again while it is in work.
// Where other instances work on the same queue that work ends, without the call's
// place of before; alone it goes on, and nil says that none is needed.
func (p *Processor) again(d *broker.Delivery) func() *place {
	if !p.cfg.Shared {
		return nil
	}
	return func() *place {
		call, _ := resilient.DecodeCall(d.Body) // what cannot be read comes to no channel
		return p.lanes.join(render.Channel(call))
	}
}

// newJob reads a delivery and gives it its place in the lane of its channel, so
// it is called in the order of the deliveries.
func (p *Processor) newJob(d *broker.Delivery) *job {
	j := &job{id: d.Key(), delivery: d, arrived: time.Now()}
	if d.Oversize > 0 {
		j.malformed = &resilient.MalformedError{Reason: fmt.Sprintf("the message has %d bytes, more than this service takes", d.Oversize)}
	} else {
		j.call, j.malformed = resilient.DecodeCall(d.Body)
	}
	j.turn = p.lanes.join(render.Channel(j.call))
	return j
}

// job is one call in work.
type job struct {
	id        string
	delivery  *broker.Delivery // the newest that handle has seen
	call      resilient.Call
	malformed error  // why there is no call
	turn      *place // in the lane of its channel
	arrived   time.Time
	began     time.Time
	doubt     doubt
}

// workOff handles a call, and again while it was delivered again meanwhile.
func (p *Processor) workOff(ctx context.Context, j *job) error {
	defer func() { j.turn.leave() }() // it may move to another lane
	for {
		err := p.handle(ctx, j)
		if p.held.release(j.id, j.delivery) {
			return err
		}
		if err != nil {
			if _, again := p.held.resume(j.id); again != nil {
				again.leave()
			}
			return err
		}
	}
}

// handle is the way of one message; the package comment counts its steps. An
// error is the journal's: then the call is not acknowledged.
func (p *Processor) handle(ctx context.Context, j *job) error {
	start := time.Now()
	var again *place
	if j.delivery, again = p.held.resume(j.id); again != nil {
		j.turn.leave()
		j.turn = again
	}
	entry, fresh, err := p.cfg.Journal.Begin(j.id)
	if err != nil {
		p.lanes.stop()
		return err
	}
	done := outcome{kind: kind.Again, reply: entry.Reply}
	if entry.State == journal.Begun {
		j.began, j.doubt = entry.Began, p.inDoubt(j.delivery, entry, fresh)
		working, stop := p.whileHeld(ctx, j.delivery)
		done = p.answer(working, j)
		over := working.Err() != nil || errors.Is(done.err, errStopped)
		stop()
		j.turn.leave()
		if over && done.kind != kind.OK {
			return nil // the broker delivers the call again, here or elsewhere
		}
		if err := p.cfg.Journal.Decided(j.id, done.reply); err != nil {
			return err
		}
	}
	j.turn.leave() // also where the journal knew the answer
	// Without a connection the call stays decided: the broker delivers it again,
	// and it is answered from the journal.
	j.delivery = p.held.newest(j.id)
	settled := p.settle(ctx, j, entry.State, done.reply)
	if isSettled(settled) {
		p.refusals.forget(j.id)
		if err := p.cfg.Journal.Settled(j.id); err != nil {
			return err
		}
	}
	took := time.Since(start)
	p.log(ctx, j, done, settled, took)
	p.finish(j, done, settled, took)
	return nil
}

// whileHeld is the context of the work on a call. It ends with ctx, which is when
// the time to finish is over. Where other instances work on the same queue it
// also ends with the connection: from then on the call is theirs. That spares
// work; what keeps the message from being posted here too is [Processor.permit].
// Alone, the work goes on: the call comes back to this process.
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
func (p *Processor) answer(ctx context.Context, j *job) (done outcome) {
	defer func() {
		if r := recover(); r != nil {
			p.cfg.Log.ErrorContext(ctx, "defect in the service", "id", j.id, "panic", r, "stack", string(debug.Stack()))
			done = p.failure(ctx, j, done, errPanic{fmt.Sprint(r)})
		}
	}()
	switch {
	case j.malformed != nil:
		return p.failure(ctx, j, done, j.malformed)
	case j.call.Function != render.Function:
		return p.failure(ctx, j, done, errFunction{j.call.Function})
	}
	done, err := p.carryOut(ctx, j)
	switch {
	case errors.Is(err, errStopped): // the platform is told nothing: the call comes again
		done.kind, done.err = kind.Internal, err
	case err != nil:
		return p.failure(ctx, j, done, err)
	}
	return done
}
