package sample

import (
	"context"
	"fmt"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/render"
)

// Overtaken are hints at live scripts of which the match takes a sample that the
// service gives to another: of several that take a call it is the first by its
// file name.
func (c Checker) Overtaken(ctx context.Context) (hints []string) {
	var first []*engine.Script
	renderer := NewRenderer(c.Renderer.Engine())
	takes := func(s *engine.Script, in Sample) bool {
		r, err := in.Render(ctx, renderer, render.Request{ID: in.Name, Time: Now, Script: s})
		return err == nil && r.Script == s.Name
	}
	set := c.Renderer.Engine().Scripts()
	for _, name := range set.Names() {
		s := set.Script(name)
		d, err := c.Renderer.Describe(ctx, s)
		if err != nil || !d.Match || render.IsDefault(name) {
			continue
		}
		if len(first) > 0 {
			if hint := c.overtaken(ctx, s, first, takes); hint != "" {
				hints = append(hints, hint)
			}
		}
		first = append(first, s)
	}
	return hints
}

// LaterThan says why a script that takes a sample does not get it: another does.
func LaterThan(other string) string {
	return "its match returns true, but " + other + " comes first"
}

// overtaken is the hint at the first sample of a script that one of the others
// takes before it.
func (c Checker) overtaken(ctx context.Context, s *engine.Script, others []*engine.Script, takes func(*engine.Script, Sample) bool) string {
	samples, err := c.Samples(ctx, s)
	if err != nil {
		return "" // its check says so
	}
	if len(samples) == 0 {
		samples = Builtins()
	}
	for _, in := range samples {
		if render.Formatter(in.Call) != "" || !takes(s, in) {
			continue
		}
		for _, other := range others {
			if takes(other, in) {
				return fmt.Sprintf("%s: sample %s: %s by its file name", s.Name, in.Name, LaterThan(other.Name))
			}
		}
	}
	return ""
}
