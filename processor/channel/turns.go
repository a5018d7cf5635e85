package channel

import (
	"context"
	"sync"
)

// turns lets one call at a time through for each incident or task.
type turns struct {
	mu   sync.Mutex
	busy map[string]*turn
}

type turn struct {
	free  chan struct{} // holds a token while nobody is in
	calls int           // that are in or wait
}

func (ts *turns) enter(ctx context.Context, key string) (leave func(), err error) {
	ts.mu.Lock()
	one := ts.busy[key]
	if one == nil {
		one = &turn{free: make(chan struct{}, 1)}
		one.free <- struct{}{}
		ts.busy[key] = one
	}
	one.calls++
	ts.mu.Unlock()
	forget := func() {
		ts.mu.Lock()
		defer ts.mu.Unlock()
		if one.calls--; one.calls == 0 {
			delete(ts.busy, key)
		}
	}
	select {
	case <-one.free:
		return func() { one.free <- struct{}{}; forget() }, nil
	case <-ctx.Done():
		forget()
		return nil, ctx.Err()
	}
}
