package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fn-slack/fn-slack/engine/bundle"
	"github.com/fn-slack/fn-slack/engine/wire"
)

// Engine runs the scripts of one folder. It is safe for concurrent use.
type Engine struct {
	config  Config
	pool    *pool
	turns   chan struct{} // one per render that may run at the same time
	set     atomic.Pointer[Set]
	loader  *loader
	running chan struct{}                  // closed when the first worker is, or will not be
	telling sync.Mutex                     // around Config.OnReload
	held    atomic.Pointer[[]wire.Barrier] // of the worker started last
	silent  atomic.Pointer[string]         // why the folder sends no events, "" if it does
}

// Request is one input for a list of scripts.
type Request struct {
	Scripts []*Script       // tried in this order; the first that does not decline answers
	More    bool            // somebody else answers where none of Scripts does: the last one is not the last resort
	Input   json.RawMessage // JSON
	Texts   []string        // handed over as they are, without a way through JSON: what is long, or seldom looked at
	Time    time.Time       // what the clock of the script shows
	Seed    string          // where its random numbers come from
}

// Result is what the scripts made of a Request.
type Result struct {
	Script  *Script         // that answered; nil: all declined or were passed over
	Output  json.RawMessage // JSON
	Aside   []byte          // what Predeclared.Aside has said of the render of Script; nil is nothing
	Console []wire.Line     // what the scripts wrote, also those that failed; lost with a worker that was killed
	Varies  bool            // Script has asked for the time or for a random number: with another Time or Seed its Output may be another
	Passed  []*ScriptError  // scripts that failed before they accepted the input, or are set aside
}

// New is Open and Load.
func New(config Config) (*Engine, error) {
	e, err := Open(config)
	if err == nil {
		e.Load(context.Background())
	}
	return e, err
}

// Open makes an engine that has no scripts yet, and starts its first worker. Load and
// Run must follow, or Close.
func Open(config Config) (*Engine, error) {
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("script engine: %w", err)
	}
	config = config.withDefaults()
	// The links in the folder are compared with it, and the log should name it
	// for somebody who stands elsewhere.
	dir, err := filepath.Abs(config.Dir)
	if err != nil {
		return nil, fmt.Errorf("script engine: find the scripts folder: %w", err)
	}
	config.Dir = dir
	if config.Command == nil {
		self, err := workerExecutable()
		if err != nil {
			return nil, fmt.Errorf("script engine: find this program: %w", err)
		}
		config.Command = []string{self, WorkerArg}
	}
	e := &Engine{config: config, turns: make(chan struct{}, config.MaxWorkers), running: make(chan struct{})}
	launched := sync.OnceFunc(func() { close(e.running) })
	e.pool = newPool(config.MaxWorkers, config.Log, func(ctx context.Context) (*process, error) {
		defer launched() // or it never will be
		p, err := startProcess(ctx, config.Command, config.Limits, launched)
		if err == nil {
			e.confined(p.held)
		}
		return p, err
	})
	if e.loader, err = newLoader(e); err != nil {
		e.Close()
		return nil, fmt.Errorf("script engine: %w", err)
	}
	e.set.Store(newSet(nil, nil, nil, ""))
	e.pool.warm() // it starts while its owner reads what else there is to read
	return e, nil
}

// Load loads the folder, until ctx ends. A missing folder and broken scripts are no
// errors: Scripts tells of them. It is called once, before Run.
func (e *Engine) Load(ctx context.Context) {
	// The folder would take a processor from a worker that does not run yet: a
	// millisecond, where there are two of them.
	select {
	case <-e.running:
	case <-ctx.Done():
	}
	e.loader.reload(ctx)
}

// Run watches the folder and reloads what changes, until ctx ends. Then it
// ends the workers and returns.
func (e *Engine) Run(ctx context.Context) error {
	defer e.Close()
	if err := unlessHung(ctx, func() { e.loader.watch(ctx) }); err != nil {
		e.config.Log.Warn("the end does not wait for the scripts folder", "folder", e.config.Dir, "err", err)
	}
	return nil
}

// Close ends the workers; calls of Render that still run fail. Only an engine
// whose Run was never called needs it.
func (e *Engine) Close() { e.pool.close() }

// Scripts is what the folder holds now.
func (e *Engine) Scripts() *Set { return e.set.Load() }

// starvedRetries is how often a script that the machine kept from running is
// tried again. A render has no effects, so that is safe; more than one retry
// would keep the message waiting for longer than a second.
const starvedRetries = 1

// Render runs the scripts of a request, each in a fresh runtime, and returns
// what the first one makes that does not decline. A script that fails before it
// accepts the input is passed over; one that fails afterwards ends the request
// with its *ScriptError, and Result still tells of the others. So does the last
// one where its worker had to be killed, whatever it had accepted, unless there is
// More. Any other error is not a script's doing: ctx has ended, or no worker can
// be started.
func (e *Engine) Render(ctx context.Context, q Request) (Result, error) {
	var result Result
	var usable []*Script
	for _, s := range q.Scripts {
		if err := s.setAside(time.Now()); err != nil {
			result.Passed = append(result.Passed, err)
			continue
		}
		usable = append(usable, s)
	}
	select {
	case e.turns <- struct{}{}:
		defer func() { <-e.turns }()
	case <-ctx.Done():
		return result, ctx.Err()
	}
	first, retries := 0, 0
	for first < len(usable) { // mostly one turn: only a lost worker or a starved script makes another
		w, err := e.pool.get(ctx)
		if err != nil {
			return result, fmt.Errorf("get a render worker: %w", err)
		}
		a := w.render(ctx, usable, first, q, retries < starvedRetries)
		e.giveBack(w, a.lost)
		if a.err != nil {
			return result, fmt.Errorf("render: %w", a.err)
		}
		if a.starved {
			retries++
		}
		result.Console = append(result.Console, a.console...)
		for _, f := range a.passed {
			result.Passed = append(result.Passed, e.blame(usable[f.index], f.err, q))
		}
		if a.winner >= 0 {
			s := usable[a.winner]
			if a.failed != nil {
				return result, e.blame(s, a.failed, q)
			}
			if s.answered() {
				e.config.Log.Info("script used again", "script", s.Name, "sha256", s.SHA256[:12])
				e.tell(Event{Kind: EventLive, Script: s.Name, SHA256: s.SHA256})
			}
			result.Script, result.Output, result.Aside, result.Varies = s, a.output, a.aside, a.varies
			return result, nil
		}
		first = a.next
	}
	return result, nil
}

// given stands for what the scripts of a request are given, of so many bytes.
func (q Request) given() (hash uint64, size int) {
	var h maphash.Hash
	h.SetSeed(inputSeed)
	h.Write(q.Input)
	size = len(q.Input)
	for _, text := range q.Texts {
		h.WriteString(text)
		size += len(text)
	}
	return h.Sum64(), size
}

// blame makes the error of a script, and counts it when the script had to be
// stopped.
func (e *Engine) blame(s *Script, w *wire.Error, q Request) *ScriptError {
	err := s.scriptError(w)
	switch w.Kind {
	case wire.KindTimeout, wire.KindMemory, wire.KindCrash, wire.KindStack:
		input, size := q.given()
		if s.stopped(time.Now(), input, size, err) {
			aside, _ := s.aside()
			e.config.Log.Error("script set aside", "script", s.Name, "err", aside)
			e.tell(Event{Kind: EventSetAside, Script: s.Name, SHA256: s.SHA256, Err: aside})
		}
	}
	return err
}

// retireCPU is the processor time after which a worker is replaced, long before
// the kernel would end it in the middle of a render (cpuBackstop).
const retireCPU = 30 * time.Minute

// giveBack returns a worker to the pool. One that has grown is replaced, so
// that the next script finds all of its memory free; so is one that has
// collected the programs of many versions, or is old.
func (e *Engine) giveBack(w *process, lost bool) {
	if lost || w.cpu > retireCPU.Microseconds() || w.memory > e.config.Limits.Memory/2 || len(w.loaded) > 64+2*len(e.Scripts().names) {
		e.pool.drop(w)
		return
	}
	e.pool.put(w)
}

// tell passes an event on. Events of renders and of the loader come from
// different goroutines.
func (e *Engine) tell(ev Event) {
	if e.config.OnReload != nil {
		e.telling.Lock()
		defer e.telling.Unlock()
		e.config.OnReload(ev)
	}
}

// load bundles and compiles a script in a worker and runs its top level there.
// An error that is not a *ScriptError is not the script's doing.
// Without a snapshot the script is one that was bundled before. One that the
// machine kept from running is tried again, and so is one whose worker ran out of
// memory: a used worker has less of it left, and the kernel can refuse what the
// script is not to blame for, but a script that wants too much wants it each time.
func (e *Engine) load(ctx context.Context, s *Script, snap *Snapshot) error {
	why, err := e.loadOnce(ctx, s, snap)
	if why == "" {
		return err
	}
	if _, err = e.loadOnce(ctx, s, snap); err == nil {
		e.config.Log.Info("script loaded at the second try", "script", s.Name, "first", why)
	}
	return err
}

// loadOnce says with its error why it is worth another try, or "".
func (e *Engine) loadOnce(ctx context.Context, s *Script, snap *Snapshot) (why string, err error) {
	w, err := e.pool.get(ctx)
	if err != nil {
		return "", err
	}
	lost, before := false, w.cpu
	defer func() {
		var stopped *ScriptError
		switch {
		case !errors.As(err, &stopped):
		case stopped.Kind == wire.KindTimeout && ranLittle(e.config.Limits.LoadTime, w.used(lost)-before):
			why = stopped.Message
		case stopped.Kind == wire.KindMemory:
			why = w.lastWords()
		}
		e.giveBack(w, lost)
	}()
	if snap != nil {
		var b wire.BundleReply
		s.bundle.Texts = snap.files // for the excerpt of an error
		b, lost, err = w.bundle(ctx, wire.BundleRequest{Entry: s.Name, Files: snap.importable(), Unusable: snap.unusable})
		if err != nil {
			return "", s.loadError(err)
		}
		s.bundle = bundle.Program{Code: b.Code, Mappings: b.Mappings, Sources: b.Sources, Texts: map[string]string{}}
		for _, name := range b.Inputs {
			s.bundle.Texts[name] = snap.files[name]
		}
		s.identify()
		s.Warnings = nil
		s.warn(b.Warnings)
	}
	lost, err = w.program(ctx, s, true)
	if err != nil {
		return "", s.loadError(err)
	}
	return "", nil
}

func (s *Script) loadError(err error) error {
	var w *wire.Error
	if errors.As(err, &w) {
		return s.scriptError(w)
	}
	return err
}
