package main

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/editor"
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

// desk is an editor's with an engine of its own.
type desk struct {
	editor.Desk
	engine *engine.Engine
	read   atomic.Pointer[engine.Snapshot] // what the engine has read and nobody has used yet
}

// quiet is short: somebody waits for the picture, and half a file that is
// shown for a moment does no harm.
const quiet = 40 * time.Millisecond

// openDesk is for the folder, or for only one script of it. Its owner calls load, and
// then close or follow.
func openDesk(dir, only string, set settings) (*desk, error) {
	// Base of "." says nothing in an error.
	if abs, err := filepath.Abs(dir); err == nil && filepath.Base(dir) == "." {
		dir = abs
	}
	d := &desk{}
	config := engine.Config{Dir: dir, Quiet: quiet, Check: func(_ context.Context, _ *engine.Engine, _ *engine.Script, folder *engine.Snapshot) error {
		d.read.Store(folder)
		return nil
	}}
	if only != "" {
		config.Only = []string{only}
	}
	var err error
	if d.engine, err = engine.Open(config); err != nil {
		return nil, err
	}
	renderer := render.New(render.Config{
		Engine:   d.engine,
		Options:  set.Options,
		Username: set.username,

		FailUnreadable: true, // a sample is to be mended, not shown
	})
	d.Desk = editor.Desk{
		Dir: dir, Renderer: renderer, Now: set.now, Location: set.Location, Override: set.override,
		Read: func() *engine.Snapshot { return d.read.Swap(nil) },
	}
	return d, nil
}

// load loads the scripts.
func (d *desk) load() { d.engine.Load(context.Background()) }

func (d *desk) close() { d.engine.Close() }

// judge finds out what the service would say of scripts: why it would not take them
// live, such as for a sample that one cannot render, and its hints, by script.
func (d *desk) judge(ctx context.Context, names ...string) (hints map[string][]string, refused []error) {
	checker, err := d.Checker(ctx)
	if err != nil {
		return nil, []error{err}
	}
	hints = map[string][]string{}
	for _, name := range names {
		script, err := d.Script(name)
		if err == nil {
			hints[name], err = checker.Check(ctx, script)
		}
		if err != nil {
			refused = append(refused, err)
		}
	}
	return hints, refused
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
