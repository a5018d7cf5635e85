package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/term"
)

// watch prints the message now and at every save, until ctx ends.
func (p *program) watch(ctx context.Context, t target, from string, set settings) error {
	if from == "-" {
		return usage("--watch needs a sample in a file")
	}
	b, err := openDesk(t.dir, t.script, set)
	if err != nil {
		return err
	}
	b.load()
	p.redraw(ctx, b, t, from)
	return b.follow(ctx, []string{from}, func() { p.redraw(ctx, b, t, from) })
}

// redraw prints everything anew; an error is a part of the picture.
func (p *program) redraw(ctx context.Context, b *desk, t target, from string) {
	if file, ok := p.stdout.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		fmt.Fprint(p.stdout, "\x1b[H\x1b[2J\x1b[3J") // home, and clear with what has scrolled away
	} else {
		fmt.Fprintln(p.stdout, "----")
	}
	one := *p
	one.stderr = p.stdout // in one order
	in, err := one.read(from)
	if err == nil {
		err = one.one(ctx, b, t, in)
	}
	if err != nil && ctx.Err() == nil && !errors.As(err, new(reportedError)) {
		printError(p.stdout, err)
	}
	fmt.Fprintf(p.stdout, "\nwatching %s and %s; Ctrl-C ends it\n", filepath.Join(t.dir, t.script), from)
}
