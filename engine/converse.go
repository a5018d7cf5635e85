package engine

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/fn-slack/fn-slack/engine/wire"
)

// watchdog kills a worker that is later than it may be. The worker itself ends a
// script that takes too long; this is for one that cannot be interrupted from
// within, a regular expression for one.
//
// It waits in two steps: a machine that stood still for a while has used up one of
// them, and the worker has the other to say what it was doing.
type watchdog struct {
	p    *process
	undo func() bool

	mu     sync.Mutex
	timer  *time.Timer
	due    time.Time // of the step
	second bool
	over   bool // it is stopped
	fired  bool
}

func (p *process) guard(ctx context.Context, limit time.Duration) *watchdog {
	d := &watchdog{p: p}
	d.again(limit)
	d.undo = context.AfterFunc(ctx, p.kill)
	return d
}

// again begins anew, for the next script.
func (d *watchdog) again(limit time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.second = false
	d.wait(limit - wire.KillGrace/2)
}

func (d *watchdog) wait(step time.Duration) {
	d.due = time.Now().Add(step)
	if d.timer == nil {
		d.timer = time.AfterFunc(step, d.strike)
		return
	}
	d.timer.Reset(step)
}

func (d *watchdog) strike() {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.over || time.Now().Before(d.due): // it was on its way when that changed
	case !d.second:
		d.second = true
		d.wait(wire.KillGrace / 2)
	default:
		d.fired = true
		d.p.kill()
	}
}

// stop ends the guarding. If it is late, the worker is being killed, although it
// may have answered meanwhile: it must not be used again.
func (d *watchdog) stop() (late bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.over = true
	d.timer.Stop()
	return !d.undo() || d.fired
}

func (d *watchdog) hasFired() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fired
}

// ask sends one request to a worker that is not a render and returns its
// answer. A wireError with died set means that the worker is lost.
func (p *process) ask(ctx context.Context, kind wire.FrameKind, header any, body []byte) (f wire.Frame, r wire.Reply, died bool, err error) {
	limit := p.limits.LoadTime
	dog := p.guard(ctx, limit+wire.KillGrace)
	if err = p.out.Write(kind, header, body); err == nil {
		f, r, err = p.read()
	}
	if late := dog.stop(); late || err != nil {
		p.kill()
		if ctx.Err() != nil {
			return f, r, true, ctx.Err()
		}
		w := p.death(dog.hasFired())
		if w.Kind == wire.KindTimeout {
			w = wire.TimeoutError(limit)
		}
		if w.Kind == wire.KindTimeout || w.Kind == wire.KindMemory {
			// esbuild keeps every prefix of "a" + "b" + …, so 1,500 parts of 40
			// characters take 70 MB; one template literal takes what it is long.
			w.Hint = "it went into bundling or compiling, such as of a constant expression with a huge result: write one long text as a template literal in place of many strings with + between them"
		}
		return f, r, true, w
	}
	if r.Error != nil {
		return f, r, false, r.Error
	}
	return f, r, false, nil
}

// bundle has a script bundled by the worker.
func (p *process) bundle(ctx context.Context, r wire.BundleRequest) (out wire.BundleReply, died bool, err error) {
	body := r.Pack()
	f, _, died, err := p.ask(ctx, wire.FrameBundle, r, body)
	if err != nil {
		return out, died, err
	}
	if err := json.Unmarshal(f.Body, &out); err != nil {
		p.kill()
		return out, true, wire.ErrNonsense
	}
	return out, false, nil
}

// program gives the worker a script that it does not have yet, or with load
// looks whether it is one that can be used.
func (p *process) program(ctx context.Context, s *Script, load bool) (bool, error) {
	if p.loaded[s.key()] && !load {
		return false, nil
	}
	_, r, died, err := p.ask(ctx, wire.FrameProgram, wire.ProgramRequest{Key: s.key(), Name: s.Name, Load: load}, []byte(s.bundle.Code))
	if load {
		s.warn(r.Warnings)
	}
	if err == nil {
		p.loaded[s.key()] = true
	}
	return died, err
}

// attempt is what one worker made of a request.
type attempt struct {
	next    int             // the script from which another worker goes on; all of them: the request is answered
	winner  int             // the script that made output, or failed after accepting; -1: none
	output  json.RawMessage // of the winner
	aside   []byte          // of the winner
	failed  *wire.Error     // of the winner
	passed  []failure       // scripts that failed before accepting
	console []wire.Line
	varies  bool  // winner has asked for the time or for a random number
	lost    bool  // the worker must not be used again
	starved bool  // script next was stopped although it had hardly run
	err     error // no script's doing; the request cannot be answered
}

type failure struct {
	index int
	err   *wire.Error
}

// render runs the scripts of a request from first on. With patient a script
// that was kept from running by the machine is not blamed for its timeout.
func (p *process) render(ctx context.Context, scripts []*Script, first int, q Request, patient bool) (a attempt) {
	a = attempt{winner: -1, next: first}
	keys := p.handOver(ctx, scripts, &a)
	if keys == nil {
		return a
	}
	limit := p.limits.Time + wire.KillGrace
	cpu, accepted := p.cpu, false
	dog := p.guard(ctx, limit)
	defer func() {
		if dog.stop() {
			a.lost = true
		}
	}()
	err := p.out.Write(wire.FrameRender, wire.RenderRequest{Keys: keys, Time: q.Time, Seed: q.Seed, More: q.More, Texts: q.Texts}, q.Input)
	for err == nil {
		var f wire.Frame
		var r wire.Reply
		if f, r, err = p.read(); err != nil {
			break
		}
		switch f.Kind {
		case wire.FrameAccepted:
			accepted = true
		case wire.FrameDeclined:
			a.next++
			dog.again(limit)
		case wire.FramePassed:
			if r.Error.Kind == wire.KindInput {
				a.err, a.lost = errors.New(r.Error.Message), true
				return a
			}
			if a.starved = patient && starved(r.Error, p.limits, p.cpu-cpu); a.starved {
				a.lost = true // it is already at the next script
				return a
			}
			a.fail(a.next, r.Error, false, len(scripts))
			cpu = p.cpu
			dog.again(limit)
		case wire.FrameFailed:
			a.console = r.Console
			if a.starved = patient && starved(r.Error, p.limits, p.cpu-cpu); !a.starved {
				a.fail(a.next, r.Error, true, len(scripts))
			}
			return a
		case wire.FrameOutput:
			size := len(f.Body) - r.Aside
			if size < 0 {
				err = wire.ErrNonsense
				break
			}
			if r.Aside > 0 {
				a.aside = f.Body[size:]
			}
			a.winner, a.output, a.console, a.varies, a.next = a.next, f.Body[:size:size], r.Console, r.Varies, len(scripts)
			return a
		case wire.FrameNone:
			a.console, a.next = r.Console, len(scripts)
			return a
		default:
			err = wire.ErrNonsense
		}
	}
	p.kill()
	a.lost = true
	if ctx.Err() != nil {
		a.err = ctx.Err()
		return a
	}
	w := p.death(dog.hasFired())
	if a.starved = patient && starved(w, p.limits, p.lifeCPU()-cpu); !a.starved {
		last := a.next == len(scripts)-1 && !q.More // of which it is not told when it accepts
		a.fail(a.next, w, accepted || last, len(scripts))
	}
	return a
}

// handOver gives the worker the scripts from a.next on that it does not have yet,
// and returns their keys; none where a says why that was not possible.
func (p *process) handOver(ctx context.Context, scripts []*Script, a *attempt) (keys []string) {
	for i := a.next; i < len(scripts); i++ {
		lost, err := p.program(ctx, scripts[i], false)
		a.lost = lost
		if w, ok := err.(*wire.Error); ok {
			// It compiled once, so this is rare: none of the scripts before it
			// has run yet, and they are not tried again after it.
			a.fail(i, w, false, len(scripts))
			return nil
		}
		if err != nil {
			a.err = err
			return nil
		}
		keys = append(keys, scripts[i].key())
	}
	return keys
}

// fail notes the failure of a script: the request's, if it had accepted, else one
// of those that were passed over.
func (a *attempt) fail(index int, w *wire.Error, accepted bool, all int) {
	if accepted {
		a.winner, a.failed, a.next = index, w, all
		return
	}
	a.passed = append(a.passed, failure{index, w})
	a.next = index + 1
}

// starved reports whether a timeout is the machine's doing: the script had
// less than half of its time on a processor.
func starved(w *wire.Error, l wire.Limits, cpu int64) bool {
	return w.Kind == wire.KindTimeout && ranLittle(l.Time, cpu)
}

// ranLittle says that microseconds of processor time are less than half of a
// limit; fewer than none are not known.
func ranLittle(limit time.Duration, cpu int64) bool {
	return cpu >= 0 && time.Duration(cpu)*time.Microsecond < limit/2
}
