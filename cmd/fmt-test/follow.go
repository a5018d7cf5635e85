package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/sample"
)

// lookEvery is how often samples are looked at. Looking costs a few dozen
// calls of stat and works with every editor and every file system.
const lookEvery = 40 * time.Millisecond

// follow keeps the scripts up to date, and calls changed at every change of the
// scripts, of the samples beside them or of the other files, until ctx ends.
// The desk is closed then.
func (d *desk) follow(ctx context.Context, files []string, changed func()) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return d.engine.Run(ctx) })
	group.Go(func() error {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		seen := d.look(files)
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
			if now := d.look(files); now != seen {
				seen = now
				changed()
			}
		}
	})
	return group.Wait()
}

// look is a value that changes whenever something is different.
func (d *desk) look(files []string) string {
	var out strings.Builder
	fmt.Fprintln(&out, d.Problem())
	for _, s := range d.engine.Scripts().Status() {
		fmt.Fprintln(&out, s.Name, s.State, s.SHA256, detailOf(s.Err))
	}
	stamp := func(name string) {
		if info, err := os.Stat(name); err == nil {
			fmt.Fprintln(&out, name, info.Size(), info.ModTime().UnixNano())
		}
	}
	for _, name := range files {
		stamp(name)
		stamp(sample.WantPath(name))
	}
	// What cannot be read now will be in a moment, or never.
	_ = filepath.WalkDir(filepath.Join(d.Dir, "samples"), func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			stamp(name)
		}
		return nil
	})
	return out.String()
}

func detailOf(err *engine.ScriptError) string {
	if err == nil {
		return ""
	}
	return err.Detail()
}
