package worker

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
	"github.com/fn-slack/fn-slack/engine/bundle"
	"github.com/fn-slack/fn-slack/engine/wire"
)

// Main is the whole life of a worker process: it answers the frames on
// its standard input until that ends, and returns the exit status. It changes
// settings of the process (limits, the number of processors, the time zone of
// package time), so nothing else may run in it.
func Main(p Predeclared) int {
	w := &worker{in: bufio.NewReaderSize(standardInput(), 16<<10), out: wire.FrameWriter{W: os.Stdout}}
	if err := w.serve(p); err != nil {
		fmt.Fprintln(os.Stderr, "render worker:", err)
		return 1
	}
	return 0
}

type worker struct {
	in       *bufio.Reader
	out      wire.FrameWriter
	limits   wire.Limits
	compiled *compiled
	programs map[string]*program
	memory   memoryMeter
	lives    int64        // bytes of the heap after the last collection between two requests
	ready    *environment // of the next render, made while nobody waits for it
}

// collectAfter is by how many bytes the heap grows before it is collected between two
// requests, twenty cards or so. With 1 MiB a render costs a tenth more of the processor
// (BenchmarkParallel), with 3 MiB a worker holds as much more.
const collectAfter = 5 << 19

// gcPercent is for a script that needs more than collectAfter for one message: it lets
// the heap, of which little lives, grow to some 6 MiB.
const gcPercent = 150

// usualFrame is more than most requests have, in bytes. Nothing of a request is kept
// when the next one comes.
const usualFrame = 16 << 10

// restAfter is how long nobody has asked for anything when what the start and the
// requests have left behind goes back to the system: some 2 MB of a worker.
const restAfter = time.Second

// regexpGrace is how much longer than the time limit a regular expression may
// run before it gives up. It must be later than the interrupt, because what
// goja makes of a regular expression that gave up is "no match": a wrong
// result, unless the interrupt is already waiting. Its clock is another goroutine,
// which a busy machine keeps from running: a deadline is early by as much.
const (
	regexpGrace = 100 * time.Millisecond
	regexpTick  = 5 * time.Millisecond
)

func (w *worker) serve(p Predeclared) error {
	runtime.GOMAXPROCS(1)
	debug.SetMaxStack(wire.MaxGoStack)
	time.Local = time.UTC
	// A terminal and a service manager signal the whole group, but the parent
	// still needs its workers while it drains. They end with their input.
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	first, err := wire.ReadFrame(w.in, wire.MaxFrame, nil)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	var h wire.Hello
	if err := json.Unmarshal(first.Header, &h); err != nil || first.Kind != wire.FrameHello {
		return fmt.Errorf("the first frame is not a greeting: %c", first.Kind)
	}
	w.limits = h.Limits
	heap, err := limitProcess(w.limits.Memory)
	if err != nil {
		return fmt.Errorf("set the limits of the process: %w", err)
	}
	barriers, err := json.Marshal(confine())
	if err != nil {
		return err
	}
	debug.SetMemoryLimit(heap * 3 / 4)
	debug.SetGCPercent(gcPercent)
	rest := time.AfterFunc(restAfter, debug.FreeOSMemory)
	regexp2.SetTimeoutCheckPeriod(regexpTick)
	regexp2.DefaultMatchTimeout = w.limits.Time + regexpGrace
	w.programs = map[string]*program{}
	w.memory = newMemoryMeter()
	if err := w.answer(wire.FrameReady, wire.Reply{}, barriers); err != nil {
		return err
	}
	// Not before the answer: the parent writes its first request meanwhile.
	if w.compiled, err = p.Compile(); err != nil {
		return err
	}
	room := make([]byte, usualFrame)
	for {
		f, err := wire.ReadFrame(w.in, wire.MaxFrame, room)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		rest.Reset(restAfter)
		if err := w.handle(f); err != nil {
			return err
		}
		w.collect()
		if w.ready == nil {
			if w.ready, err = newEnvironment(w.compiled, w.limits); err != nil {
				return err
			}
		}
	}
}

// collect collects while nobody waits for an answer. Beside a render that takes twice
// the time: the render must tell the collector of the pointers that it writes, and they
// take turns on one processor.
func (w *worker) collect() {
	if w.memory.objects()-w.lives < collectAfter {
		return
	}
	runtime.GC()
	w.memory.held()
	w.lives = w.memory.objects()
}

// environment is a fresh one for a script.
func (w *worker) environment(p *program, now time.Time, seed string) (*environment, error) {
	w.compiled.aside() // of a script that has failed
	env := w.ready
	w.ready = nil
	if env == nil {
		var err error
		if env, err = newEnvironment(w.compiled, w.limits); err != nil {
			return nil, err
		}
	}
	return env, env.begin(p, now, seed)
}

func (w *worker) handle(f wire.Frame) error {
	switch f.Kind {
	case wire.FrameBundle:
		var r wire.BundleRequest
		if err := json.Unmarshal(f.Header, &r); err != nil {
			return err
		}
		if err := r.Unpack(f.Body); err != nil {
			return err
		}
		defer lastResort(w.limits.LoadTime)()
		b, failed := bundle.Make(r, w.limits)
		if failed != nil {
			return w.answer(wire.FrameFailed, wire.Reply{Error: failed}, nil)
		}
		body, err := json.Marshal(b)
		if err != nil {
			return err
		}
		return w.answer(wire.FrameBundled, wire.Reply{}, body)
	case wire.FrameProgram:
		var r wire.ProgramRequest
		if err := json.Unmarshal(f.Header, &r); err != nil {
			return err
		}
		defer lastResort(w.limits.LoadTime)()
		out, failed := w.load(r, string(f.Body))
		if out.Error = failed; failed != nil {
			return w.answer(wire.FrameFailed, out, nil)
		}
		return w.answer(wire.FrameReady, out, nil)
	case wire.FrameRender:
		r, err := wire.ReadRenderRequest(f.Header)
		if err != nil {
			return err
		}
		return w.render(r, f.Body)
	}
	return fmt.Errorf("unknown frame %c", f.Kind)
}

// answer ends a request; it tells what the worker has cost so far.
func (w *worker) answer(kind wire.FrameKind, r wire.Reply, body []byte) error {
	r.CPU = cpuUsed()
	r.Memory = w.memory.held()
	return w.out.Write(kind, r, body)
}

func (w *worker) load(r wire.ProgramRequest, code string) (out wire.Reply, failed *wire.Error) {
	tree, err := parser.ParseFile(nil, r.Name, code, 0, parser.WithDisableSourceMaps)
	if err != nil {
		return out, explainCompile(err)
	}
	found := inspect(tree)
	if r.Load && found.found != nil {
		return out, found.found
	}
	compiled, err := goja.CompileAST(tree, true)
	if err != nil {
		return out, explainCompile(err)
	}
	p := &program{name: r.Name, code: compiled, special: found.special, json: strings.Contains(code, "JSON")}
	w.programs[r.Key] = p
	if !r.Load {
		return out, nil
	}
	env, err := w.environment(p, time.Unix(0, 0), r.Key)
	if err != nil {
		return out, &wire.Error{Kind: wire.KindCrash, Message: err.Error()}
	}
	failed = env.guarded(p, func() error {
		_, err := env.exports(p)
		out.Warnings = env.checkNames(tree) // also of a script that has failed over one
		return err
	})
	out.Console = env.console.lines
	return out, failed
}

func (w *worker) render(r wire.RenderRequest, input []byte) error {
	var console []wire.Line
	for i, key := range r.Keys {
		p := w.programs[key]
		if p == nil {
			return fmt.Errorf("script %s was never sent", key)
		}
		env, err := w.environment(p, r.Time, r.Seed)
		if err != nil {
			return err
		}
		last := i == len(r.Keys)-1 && !r.More
		accept := func() {}
		if !last { // after the last one nobody is there to be tried
			accept = func() { _ = w.out.Write(wire.FrameAccepted, nil, nil) }
		}
		var out []byte
		declined := false
		failed := env.guarded(p, func() error {
			var err error
			out, err = env.run(p, input, r.Texts, accept)
			if err == errDeclined {
				declined, err = true, nil
			}
			return err
		})
		for _, l := range env.console.lines {
			l.Script = p.name
			console = append(console, l)
		}
		switch {
		case failed != nil && env.accepted:
			return w.answer(wire.FrameFailed, wire.Reply{Error: failed, Console: console}, nil)
		case failed != nil:
			if err := w.out.Write(wire.FramePassed, wire.Reply{Error: failed, CPU: cpuUsed()}, nil); err != nil {
				return err
			}
		case !declined:
			return w.answer(wire.FrameOutput, wire.Reply{Console: console, Varies: env.varies, Aside: len(env.aside)}, append(out, env.aside...))
		case !last:
			if err := w.out.Write(wire.FrameDeclined, nil, nil); err != nil {
				return err
			}
		}
	}
	return w.answer(wire.FrameNone, wire.Reply{Console: console}, nil)
}

// lastResort ends a worker that hangs and that nobody kills, because its parent
// is gone.
func lastResort(limit time.Duration) (stop func()) {
	timer := time.AfterFunc(limit+5*wire.KillGrace, func() { os.Exit(1) })
	return func() { timer.Stop() }
}

// guarded runs f within the limits and explains what went wrong.
func (env *environment) guarded(p *program, f func() error) (failed *wire.Error) {
	defer watchMemory(env.limits.Memory)()
	defer lastResort(env.limits.Time)()
	began := time.Now()
	timer := time.AfterFunc(env.limits.Time, func() { env.rt.Interrupt(timedOut{}) })
	defer timer.Stop()
	defer func() {
		// goja recovers from its own panics; this is an error in it or here.
		if x := recover(); x != nil {
			if err, ok := x.(error); ok {
				failed = env.explain(err, p)
			} else {
				failed = &wire.Error{Kind: wire.KindCrash, Message: wire.Cut(fmt.Sprint(x), maxMessage)}
			}
		}
	}()
	err := f()
	var interrupted *goja.InterruptedError
	if time.Since(began) >= env.limits.Time && !errors.As(err, &interrupted) {
		// The interrupt still waits for the processor. What came of the script may
		// be that of a regular expression that gave up.
		return wire.TimeoutError(env.limits.Time)
	}
	if err != nil {
		return env.explain(err, p)
	}
	return nil
}
