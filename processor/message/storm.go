package message

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// storm is the calls that wait to show one card anew. One that waits while a later one
// comes leaves its state to that and is answered: a card that changes more often than
// Slack lets it be changed shows the last state, and the broker, which hands out only
// so many calls at once, gets on to those of other channels.
//
// The later call is not answered before its state is shown, so after a crash it comes
// again: no state is lost with those that were left to it.
type storm struct {
	mu   sync.Mutex
	wait map[string][]*waiter // by card
}

// waiter is a call that waits for its turn.
type waiter struct {
	sent   time.Time // what the call knows is of then
	cancel context.CancelCauseFunc
}

// errLater ends the wait of a call whose state is left to a later one.
var errLater = errors.New("a later state of the message waits to be shown")

// join enters a call among those that wait for a card, until leave. The context ends
// with errLater as its cause where it is left to a later one.
func (s *storm) join(ctx context.Context, card string, sent time.Time) (wait context.Context, leave func()) {
	wait, cancel := context.WithCancelCause(ctx)
	me := &waiter{sent, cancel}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wait == nil {
		s.wait = map[string][]*waiter{}
	}
	for _, other := range s.wait[card] {
		switch c := sent.Compare(other.sent); {
		case c > 0:
			other.cancel(errLater)
		case c < 0:
			cancel(errLater)
		}
	}
	s.wait[card] = append(s.wait[card], me)
	return wait, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.wait[card] = slices.DeleteFunc(s.wait[card], func(w *waiter) bool { return w == me })
		if len(s.wait[card]) == 0 {
			delete(s.wait, card)
		}
		cancel(nil)
	}
}
