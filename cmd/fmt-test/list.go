package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"text/tabwriter"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters/preview"
	"github.com/fn-slack/fn-slack/processor/editor"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/sample"
)

// How the service chooses, see package render.
const (
	inputFormatter = "slack_formatter"
	defaultScript  = "default"
)

// list says which script the service would choose for a sample, and why not
// the others.
func (p *program) list(ctx context.Context, b *desk, in sample.Sample) error {
	chosen, err := b.Render(ctx, "", in)
	if err != nil && chosen.Rendered.Failed == nil {
		return err // no script has seen it
	}
	taker := takerOf(chosen.Rendered)
	named, _ := chosen.Sample.Call.Inputs.Text(inputFormatter) // it was readable a moment ago
	if s := b.engine.Scripts().Script(named); named != "" && s != nil {
		named = s.Name
	} else {
		named = ""
	}
	if len(b.names()) == 0 {
		return fmt.Errorf("%s: there is no formatter script in this folder", b.Dir)
	}
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, name := range b.names() {
		mark := " "
		if name == taker {
			mark = "*"
		}
		why, whyErr := b.why(ctx, name, taker, named, chosen)
		if whyErr != nil {
			return whyErr
		}
		fmt.Fprintf(table, "%s %s\t%s\n", mark, preview.PrintableLine(name), preview.Printable(why))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if taker == render.Classic {
		taker = "the built-in classic layout"
	}
	fmt.Fprintf(p.stdout, "\n%s takes %s\n", preview.PrintableLine(taker), preview.PrintableLine(in.Name))
	hints, refused := b.judge(ctx, b.names()...)
	return errors.Join(err, p.printJudged(chosen.Rendered, hints[chosen.Rendered.Script], refused))
}

// takerOf is the script that was chosen, also when it failed then.
func takerOf(r render.Rendered) string {
	var script *engine.ScriptError
	var invalid *render.InvalidError
	switch {
	case errors.As(r.Failed, &script):
		return script.Script
	case errors.As(r.Failed, &invalid):
		return path.Base(invalid.Script)
	}
	return r.Script
}

// why says what the script does with the sample.
func (d *desk) why(ctx context.Context, name, taker, named string, chosen editor.Shot) (string, error) {
	script, err := d.Script(name)
	if script == nil {
		return "cannot be used: " + err.Error(), nil
	}
	about, err := d.Renderer.Describe(ctx, script)
	switch {
	case chosen.Sample.History != nil && err == nil && !about.Archive:
		return "has no archive(message)", nil
	case named == name:
		return "the input " + inputFormatter + " names it", nil
	case named != "":
		return "is not asked: the input " + inputFormatter + " names " + named, nil
	case script == d.engine.Scripts().Script(defaultScript):
		return "takes what no other script takes", nil
	case err != nil:
		return "cannot be used: " + err.Error(), ctx.Err()
	case !about.Match:
		return "has no match: it is used where the input " + inputFormatter + " names it", nil
	}
	r, err := chosen.Sample.Render(ctx, d.Renderer, render.Request{ID: name, Time: d.Now, Script: script})
	switch {
	case err != nil:
		return "", err
	case r.Failed != nil && name == taker:
		return "its match returns true, and then it fails: " + r.Failed.Error(), nil
	case r.Failed != nil:
		return "fails: " + r.Failed.Error(), nil
	case r.Script != name:
		return "its match does not return true", nil
	case name != taker:
		return sample.LaterThan(taker), nil
	}
	return "its match returns true", nil
}
