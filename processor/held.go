package processor

import (
	"sync"

	"github.com/fn-slack/fn-slack/processor/broker"
)

// held are the calls in work, each with the delivery on which it can be
// settled. When a connection is lost, the broker delivers again what is still
// in work: that only replaces the delivery, the work goes on.
type held struct {
	mu    sync.Mutex
	calls map[string]*broker.Delivery
	twice map[string][]*broker.Delivery // of a call in work, on the same connection: settled after it
	turns map[string]*place             // of a call in work whose connection was lost: for when it is taken up again
}

// take enters a delivery. It is false when its call was in work already; after a
// loss of the connection the call then gets a new place, where again gives one.
func (h *held) take(d *broker.Delivery, again func() *place) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.calls == nil {
		h.calls = map[string]*broker.Delivery{}
	}
	before, inWork := h.calls[d.Key()]
	if inWork && before.Lost() == nil { // the sender's copy: both have to be acknowledged
		if h.twice == nil {
			h.twice = map[string][]*broker.Delivery{}
		}
		h.twice[d.Key()] = append(h.twice[d.Key()], d)
		return false
	}
	h.calls[d.Key()] = d
	if inWork && again != nil {
		if h.turns == nil {
			h.turns = map[string]*place{}
		}
		if before := h.turns[d.Key()]; before != nil {
			before.leave()
		}
		h.turns[d.Key()] = again()
	}
	return !inWork
}

// resume is newest, and with it the new place of a call whose connection was lost;
// nil where it has none.
func (h *held) resume(id string) (*broker.Delivery, *place) {
	h.mu.Lock()
	defer h.mu.Unlock()
	turn := h.turns[id]
	delete(h.turns, id)
	return h.calls[id], turn
}

// newest is the delivery on which a call in work can be settled now.
func (h *held) newest(id string) *broker.Delivery {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.calls[id]
}

// release ends the work on a call with the delivery d. What was not settled
// stays with the broker, which delivers it again. It is false when the call was
// delivered again already: then there is something left to settle.
func (h *held) release(id string, d *broker.Delivery) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	d.Abandon() // nothing where it is settled
	if h.calls[id] != d {
		return false
	}
	if more := h.twice[id]; len(more) > 0 {
		if h.calls[id] = more[0]; len(more) == 1 {
			delete(h.twice, id)
		} else {
			h.twice[id] = more[1:]
		}
		return false
	}
	delete(h.calls, id)
	if turn := h.turns[id]; turn != nil { // what came again is settled, and needs none
		turn.leave()
		delete(h.turns, id)
	}
	return true
}
