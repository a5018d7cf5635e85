package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/sample"
)

// target is a script of a folder, or the folder itself.
type target struct {
	dir    string
	script string // file name; "" for the folder
}

func findTarget(name string) (target, error) {
	info, err := os.Stat(name)
	if err != nil {
		return target{}, err
	}
	if info.IsDir() {
		return target{dir: name}, nil
	}
	return target{dir: filepath.Dir(name), script: filepath.Base(name)}, nil
}

// desk renders samples with the scripts of one folder, as the service does.
type desk struct {
	dir      string
	set      settings
	engine   *engine.Engine
	renderer *render.Renderer
	read     atomic.Pointer[engine.Snapshot] // what the engine has read and nobody has used yet
}

// quiet is short: somebody waits for the picture, and half a file that is
// shown for a moment does no harm.
const quiet = 40 * time.Millisecond

// openDesk loads the folder, or only one script of it. Its owner calls close
// or follow.
func openDesk(dir, only string, set settings) (*desk, error) {
	// Base of "." says nothing in an error.
	if abs, err := filepath.Abs(dir); err == nil && filepath.Base(dir) == "." {
		dir = abs
	}
	d := &desk{dir: dir, set: set}
	config := engine.Config{Dir: dir, Quiet: quiet, Check: func(_ context.Context, _ *engine.Engine, _ *engine.Script, folder *engine.Snapshot) error {
		d.read.Store(folder)
		return nil
	}}
	if only != "" {
		config.Only = []string{only}
	}
	var err error
	if d.engine, err = engine.New(config); err != nil {
		return nil, err
	}
	d.renderer = render.New(render.Config{
		Engine:   d.engine,
		Options:  set.Options,
		Username: set.username,

		FailUnreadable: true, // a sample is to be mended, not shown
	})
	return d, nil
}

func (d *desk) close() { d.engine.Close() }

// problem is why the folder as a whole cannot be used.
func (d *desk) problem() error {
	if err := d.engine.Scripts().Problem(); err != nil {
		return fmt.Errorf("%s: %w", d.dir, err)
	}
	return nil
}

// script is the usable script of that file name, or why there is none.
func (d *desk) script(name string) (*engine.Script, error) {
	scripts := d.engine.Scripts()
	if err := scripts.Errors()[name]; err != nil {
		return scripts.Script(name), err
	}
	if s := scripts.Script(name); s != nil {
		return s, nil
	}
	if err := d.problem(); err != nil {
		return nil, err
	}
	return nil, usage("%s is not a formatter script: want a .js, .mjs or .ts file whose name does not start with . _ or #", name)
}

// checker finds the samples of scripts, as they lie in the folder now.
func (d *desk) checker(ctx context.Context) (sample.Checker, error) {
	folder, err := d.read.Swap(nil), error(nil)
	if folder == nil {
		folder, err = engine.ReadFolder(ctx, d.dir, 0)
	}
	return sample.Checker{Renderer: d.renderer, Folder: folder, Dir: d.dir}, err
}

// shot is one sample rendered.
type shot struct {
	sample   sample.Sample
	rendered render.Rendered
	took     time.Duration
}

// render renders a sample with the named script, or, with "", with the script
// that the service would choose. A layout that failed is an error: the classic
// message in its place would hide it.
func (d *desk) render(ctx context.Context, script string, in sample.Sample) (shot, error) {
	s := shot{sample: in}
	if err := d.set.override(&s.sample); err != nil {
		return s, err
	}
	q := render.Request{Call: s.sample.Call, ID: in.Name, Time: d.set.now}
	if script != "" {
		var err error
		if q.Script, err = d.script(script); err != nil {
			return s, err
		}
		q.Asked = true
	} else if err := d.problem(); err != nil {
		return s, err
	}
	start := time.Now()
	var err error
	s.rendered, err = d.renderer.Render(ctx, q)
	s.took = time.Since(start)
	if err == nil {
		err = s.rendered.Failed
	}
	if err != nil {
		return s, fmt.Errorf("sample %s: %w", in.Name, err)
	}
	if used := d.engine.Scripts().Script(s.rendered.Script); used != nil {
		s.rendered.Notes = append(s.rendered.Notes, render.Hints(used)...)
	}
	return s, nil
}

// refusal begins to find out why the service would not take the script live: a
// sample that it cannot render, or a message that is not the one a sample in the
// script wants. It is nil where there is no such script.
func (d *desk) refusal(ctx context.Context, name string) (wait func() error) {
	script, err := d.script(name)
	if err != nil {
		return func() error { return nil } // nothing could be rendered, which has been said
	}
	checker, err := d.checker(ctx)
	why := make(chan error, 1)
	go func() {
		if err == nil {
			err = checker.Check(ctx, script)
		}
		why <- err
	}()
	return func() error { return <-why }
}

// read reads a sample from a file, or from standard input.
func (p *program) read(from string) (sample.Sample, error) {
	if from != "-" {
		return sample.Read(from)
	}
	data, err := sample.ReadBounded(p.stdin, "standard input")
	if err != nil {
		return sample.Sample{}, err
	}
	return sample.Parse("standard input", data)
}
