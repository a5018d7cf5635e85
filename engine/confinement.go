package engine

import (
	"slices"

	"github.com/fn-slack/fn-slack/engine/wire"
)

// Confinement is what holds the worker that was started last. It is empty before
// the first one has started.
func (e *Engine) Confinement() []wire.Barrier {
	if b := e.held.Load(); b != nil {
		return slices.Clone(*b)
	}
	return nil
}

// confined remembers what holds a worker, and logs what is missing when that is
// news: once, because all workers of a service run on the same kernel.
func (e *Engine) confined(barriers []wire.Barrier) {
	before := e.held.Swap(&barriers)
	if before != nil && slices.Equal(*before, barriers) {
		return
	}
	for _, b := range barriers {
		if b.Gap != "" {
			e.config.Log.Warn("render workers are held by less than they could be", "missing", b.Name, "why", b.Gap)
		}
	}
}
