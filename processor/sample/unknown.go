package sample

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/formatters/spelling"
	"github.com/fn-slack/fn-slack/processor/render"
)

// Unknown are hints at labels and types of a script that no sample in the folder
// and no recent call has: one that is misspelt changes nothing, in silence.
func (c Checker) Unknown(ctx context.Context, s *engine.Script) (hints []string) {
	about, err := c.Renderer.Describe(ctx, s)
	if err != nil {
		return nil // the check says so
	}
	labels, types := c.inSamples(ctx, s)
	recentLabels, recentTypes := c.Renderer.Seen().Names()
	maps.Copy(labels, recentLabels)
	maps.Copy(types, recentTypes)
	hint := func(what, name string, known map[string]bool) {
		if known[name] {
			return
		}
		near := spelling.DidYouMean(name, slices.Sorted(maps.Keys(known)))
		text := fmt.Sprintf("no sample has a field %s %q%s", what, name, near)
		at := s.Mention(name)
		if at == nil {
			at = &engine.ScriptError{File: s.File}
		}
		at.Message = text
		if text = at.Detail(); !slices.Contains(hints, text) {
			hints = append(hints, text)
		}
	}
	for _, label := range slices.Concat(about.Named, about.Fields) {
		hint("with the label", label, labels)
	}
	for _, name := range about.As {
		if !formatters.Known(name) && !slices.Contains(about.Types, name) {
			hint("of the type", name, union(types, about.Types))
		}
	}
	for _, name := range about.Types {
		if !formatters.Known(name) && spelling.DidYouMean(name, about.As) == "" { // else it has been said
			hint("of the type", name, union(types, about.As))
		}
	}
	return hints
}

func union(known map[string]bool, more []string) map[string]bool {
	all := maps.Clone(known)
	for _, name := range more {
		all[name] = true
	}
	return all
}

// inSamples are the labels and the types of the fields of all samples in the
// folder, of those of the script, and of the built-in ones.
func (c Checker) inSamples(ctx context.Context, s *engine.Script) (labels, types map[string]bool) {
	labels, types = map[string]bool{}, map[string]bool{}
	samples, _ := c.Exported(ctx, s) // the check tells of an error
	samples = append(samples, Builtins()...)
	for _, script := range c.Folder.Names(".") {
		for _, name := range Files(c.Folder, script) {
			if one, err := c.Read(name); err == nil {
				samples = append(samples, one)
			}
		}
	}
	for _, one := range samples {
		for _, d := range render.Details(one.Call) {
			labels[d.Label], types[d.Type] = true, true
		}
	}
	return labels, types
}
