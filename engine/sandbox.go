package engine

import "slices"

// Barrier is one of the things that keep a render worker from everything but its
// pipes. Each of them holds without the others, as far as it reaches.
type Barrier struct {
	Name string `json:"name"`
	Gap  string `json:"gap,omitempty"` // why it does not hold; empty: it does
}

// barrier makes one out of what came of putting it up.
func barrier(name string, err error) Barrier {
	if err != nil {
		return Barrier{Name: name, Gap: err.Error()}
	}
	return Barrier{Name: name}
}

// Confinement is what holds the worker that was started last. It is empty before
// the first one has started.
func (e *Engine) Confinement() []Barrier {
	if b := e.held.Load(); b != nil {
		return slices.Clone(*b)
	}
	return nil
}

// confined remembers what holds a worker, and logs what is missing when that is
// news: once, because all workers of a service run on the same kernel.
func (e *Engine) confined(barriers []Barrier) {
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
