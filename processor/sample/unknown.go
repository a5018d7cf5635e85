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
	samples, _ := exported(about) // the check tells of an error
	return c.unknown(s, about, append(samples, c.inFolder(s.Name)...))
}

// unknown is given what the script says of itself, and its samples.
func (c Checker) unknown(s *engine.Script, about render.Description, samples []Sample) (hints []string) {
	labels, types := c.Renderer.Seen().Names()
	note(labels, types, samples, Builtins())
	doubtful := slices.DeleteFunc(slices.Concat(about.Named, about.Fields), func(label string) bool { return labels[label] })
	as := slices.DeleteFunc(slices.Clone(about.As), func(name string) bool {
		return formatters.Known(name) || types[name] || slices.Contains(about.Types, name)
	})
	made := slices.DeleteFunc(slices.Clone(about.Types), func(name string) bool {
		return formatters.Known(name) || types[name] || slices.Contains(about.As, name)
	})
	if len(doubtful)+len(as)+len(made) == 0 { // as a rule; the other scripts have many samples
		return nil
	}
	for _, script := range c.Folder.Names(".") {
		note(labels, types, c.inFolder(script))
	}
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
	for _, label := range doubtful {
		hint("with the label", label, labels)
	}
	for _, name := range as {
		hint("of the type", name, union(types, about.Types))
	}
	for _, name := range made {
		if spelling.DidYouMean(name, about.As) == "" { // else it has been said
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

// inFolder are the samples in the folder of a script, as far as they can be read.
func (c Checker) inFolder(script string) (list []Sample) {
	for _, name := range Files(c.Folder, script) {
		if one, err := c.Read(name); err == nil {
			list = append(list, one)
		}
	}
	return list
}

// note adds the labels and the types of the fields of samples.
func note(labels, types map[string]bool, lists ...[]Sample) {
	for _, one := range slices.Concat(lists...) {
		for _, d := range render.Details(one.Call) {
			labels[d.Label], types[d.Type] = true, true
		}
	}
}
