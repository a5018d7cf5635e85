package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/fn-slack/fn-slack/formatters/preview"
	"github.com/fn-slack/fn-slack/processor/editor"
	"github.com/fn-slack/fn-slack/processor/sample"
)

// all renders every sample of a script, or of all scripts of the folder, and
// prints a table. What went wrong follows it.
func (p *program) all(ctx context.Context, b *desk, t target) error {
	names := []string{t.script}
	if t.script == "" {
		names = b.names()
	}
	if err := b.Problem(); err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("%s: there is no formatter script in this folder", t.dir)
	}
	r := round{program: p, desk: b, table: tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)}
	for _, name := range names {
		if err := r.script(ctx, name); err != nil {
			return err
		}
	}
	if err := r.table.Flush(); err != nil {
		return err
	}
	checker, err := b.Checker(ctx)
	if err != nil {
		return err
	}
	p.printHints(append(r.hints, checker.Overtaken(ctx)...))
	said := map[string]bool{}
	for _, err := range r.failures {
		if title, _ := editor.Explain(err); !said[title] { // several samples may show the same
			said[title] = true
			fmt.Fprintln(p.stderr)
			printError(p.stderr, err)
		}
	}
	if len(r.failures) > 0 {
		fmt.Fprintln(p.stderr)
		return fmt.Errorf("%d of %s went wrong", len(r.failures), count(r.runs, "run"))
	}
	return nil
}

// round is one look at all samples.
type round struct {
	*program
	desk     *desk
	table    *tabwriter.Writer
	runs     int // rows of the table
	failures []error
	hints    []string
}

// script renders the samples of one. An error ends the round.
func (r *round) script(ctx context.Context, name string) error {
	samples, err := r.desk.samples(ctx, name)
	if errors.As(err, new(*editor.NoScriptError)) {
		return err
	}
	if err != nil {
		r.failures = append(r.failures, err)
		r.row(name, "-", "BROKEN", editor.Shot{})
		return nil
	}
	if len(samples) == 0 { // nor does the service try it
		r.row(name, "-", "not tried: it has no samples, and its match takes none of the built-in ones", editor.Shot{})
	}
	before := len(r.failures)
	for _, in := range samples {
		s, err := r.desk.Render(ctx, name, in)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		result := "FAILED"
		if err != nil {
			s = editor.Shot{} // the numbers would be those of the classic layout
		} else if result, err = r.verdict(s); err != nil && result == "" {
			return err
		}
		if err != nil {
			r.failures = append(r.failures, err)
		}
		r.row(name, in.Name, result, s)
	}
	judged, refused := r.desk.judge(ctx, name)
	r.hints = append(r.hints, judged[name]...)
	if len(refused) > 0 && len(r.failures) == before { // else it has been said
		r.failures = append(r.failures, fmt.Errorf("the service would not take this version live: %w", refused[0]))
		r.row(name, "-", "REFUSED", editor.Shot{})
	}
	return nil
}

func (r *round) row(script, name, result string, s editor.Shot) {
	r.runs++
	f := s.Facts()
	if f.Lines > 0 {
		fmt.Fprintf(r.table, "%s\t%s\t%s\t%s\n", preview.PrintableLine(script), preview.PrintableLine(name), result, count(f.Lines, "line"))
		return
	}
	if f.Messages == 0 {
		fmt.Fprintf(r.table, "%s\t%s\t%s\n", preview.PrintableLine(script), preview.PrintableLine(name), result)
		return
	}
	fmt.Fprintf(r.table, "%s\t%s\t%s\t%s\t%d of %d characters\t%.1f ms\n",
		preview.PrintableLine(script), preview.PrintableLine(name), result, count(f.Blocks, "block"), f.Characters, f.Limit, f.Millis)
}

// verdict compares a message of the table with its expectation, or stores it.
// An error without a word for the table ends everything.
func (p *program) verdict(s editor.Shot) (string, error) {
	stored := len(s.Sample.Want) > 0
	switch {
	case p.o.update && s.Sample.File != "":
		if stored && sample.Compare(s.Sample.Want, s.Rendered) == nil {
			return "as expected", nil
		}
		silent := *p
		silent.stdout = io.Discard
		if err := silent.update(s); err != nil {
			return "", err
		}
		return "written", nil
	case p.o.check && !stored && s.Sample.File != "":
		return "NOTHING STORED", noExpectation(s.Sample)
	case !stored:
		return "ok", nil
	}
	if err := editor.Compare(s); err != nil {
		return "DIFFERS", err
	}
	return "as expected", nil
}

// names are the scripts of the folder, usable or not.
func (d *desk) names() (names []string) {
	for _, s := range d.engine.Scripts().Status() {
		names = append(names, s.Name)
	}
	return names
}

// samples are those of a script. For one that has none they are the built-in ones
// that come to it in any case.
func (d *desk) samples(ctx context.Context, script string) ([]sample.Sample, error) {
	s, err := d.Script(script)
	if err != nil {
		return nil, err
	}
	checker, err := d.Checker(ctx)
	if err != nil {
		return nil, err
	}
	list, err := checker.Samples(ctx, s)
	if err == nil && len(list) == 0 {
		list, err = checker.BuiltinsFor(ctx, s)
	}
	return list, err
}
