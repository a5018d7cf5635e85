package processor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/journal"
)

// Unknown says what to do with a step of which nobody can tell whether it is done.
type Unknown string

const (
	Hold   Unknown = "hold"   // do not do it again; the call fails and says why
	Resend Unknown = "resend" // do it, perhaps for the second time
)

// Config holds the parts of a Processor. All are required.
type Config struct {
	Deliveries <-chan *broker.Delivery // closed when there are no more
	Journal    *journal.Journal
	Functions  []Function // what calls may ask for
	Package    string     // name and version for the metrics of a result
	Version    string
	Host       string        // name of this machine, for the metrics
	Drain      time.Duration // how long calls in work may go on after the end of Run's context
	OnUnknown  Unknown
	Shared     bool // other instances work on the same queue

	// SlackTimeout is the longest that one request to Slack lasts, here and in
	// other instances.
	SlackTimeout time.Duration
	// SlackGrace is how long Slack may go on working on a request that was cut.
	// 0 is half of SlackTimeout, and 2 s at least.
	SlackGrace time.Duration

	// Idle counts the calls that will ask nothing of Slack before a moment. Where
	// that are all in work, their end does not wait for Drain. nil: Drain it is.
	Idle func(before time.Time) int

	// Finished is told of every call that has ended, by the goroutine that
	// worked on it: it must return soon. nil: nobody is told.
	Finished func(Finished)

	Trap bool // a call that failed is a result with success false, so that its workflow goes on
	Log  *slog.Logger
}

// Validate reports everything that is wrong with the configuration.
func (c Config) Validate() error {
	var errs []error
	if c.Deliveries == nil || c.Journal == nil || len(c.Functions) == 0 || c.Log == nil {
		errs = append(errs, errors.New("processor: a part is missing"))
	}
	if c.OnUnknown != Hold && c.OnUnknown != Resend {
		errs = append(errs, fmt.Errorf("processor: OnUnknown is %q, want hold or resend", c.OnUnknown))
	}
	return errors.Join(errs...)
}

// Processor works off the calls of one consumer.
type Processor struct {
	cfg      Config
	lanes    lanes
	held     held
	refusals refusals
	started  time.Time
	behind   atomic.Int64 // calls that wait for those before them
}

// New returns a Processor that does nothing until Run.
func New(cfg Config) (*Processor, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.SlackGrace == 0 {
		cfg.SlackGrace = max(cfg.SlackTimeout/2, 2*time.Second)
	}
	return &Processor{cfg: cfg}, nil
}

// Run works until the deliveries end and returns when the last call in work has
// ended. It takes every delivery at once, so the broker's prefetch bounds what is
// in work: a call that waits for the pace of its channel takes no worker from
// the calls of other channels. The end of ctx gives the calls in work the time
// Config.Drain to finish, as long as any of them can; what is not finished then is
// left to the broker, which delivers it again. An error is the journal's: nothing more is taken, and what is
// in work is finished.
func (p *Processor) Run(ctx context.Context) error {
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	defer context.AfterFunc(ctx, func() {
		defer stop()
		p.drain(work)
	})()

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
			t := p.newTask(d)
			wg.Go(func() {
				makeRoom()
				if err := p.workOff(work, t); err != nil {
					select {
					case failed <- err:
					default:
					}
				}
			})
		}
	}
}

// The work must have stood still for as many looks, or a call that goes on just now
// would be taken for one that waits.
const lookInterval, looks = 100 * time.Millisecond, 5

// drain returns when the time to finish is over, or work is, and earlier where
// nothing can be sent any more in that time: each call waits until Slack wants to
// hear of it, or behind one that does.
func (p *Processor) drain(work context.Context) {
	over := time.Now().Add(p.cfg.Drain)
	look := time.NewTicker(min(lookInterval, max(p.cfg.Drain, 1)))
	defer look.Stop()
	for still := 0; still < looks && time.Now().Before(over); {
		select {
		case <-look.C:
		case <-work.Done():
			return
		}
		if p.cfg.Idle != nil && p.cfg.Idle(over)+int(p.behind.Load()) >= p.InWork() {
			still++
		} else {
			still = 0
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

// InWork is the number of calls that are taken and not finished.
func (p *Processor) InWork() int {
	p.held.mu.Lock()
	defer p.held.mu.Unlock()
	return len(p.held.calls)
}

// makeRoom lets the stack of a goroutine grow at once to the size that a call needs
// in the end, 32 KiB. Otherwise it grows four times, each time by a copy in which every
// frame is looked at: a twentieth of the processor's time of a call.
//
//go:noinline
func makeRoom() {
	var room [20 << 10]byte
	runtime.KeepAlive(&room)
}
