package broker

import (
	"sync"
	"time"
)

// firsts tells of a message that comes again whether the consumer was the first
// to be handed it. After a lost connection that is so for all that the broker had
// on its way to us, also what we never read.
type firsts struct {
	mu    sync.Mutex
	keys  map[string]bool // of messages that came as new and are not acknowledged
	since time.Time       // when the earliest of all that came as new was sent
}

// maxFirsts bounds what is remembered of messages that never come again, because
// they have expired or were given to another instance. To forget costs a lookup.
const maxFirsts = 8 * maxPrefetch

// came notes a delivery and says whether it is such a one. A message that was sent
// after one that came as new was behind that in the queue, so nobody had it
// before: no two clocks are compared, both times are the sender's.
func (f *firsts) came(d *Delivery) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d.Redelivered {
		return f.keys[d.Key()] || !f.since.IsZero() && d.Timestamp.After(f.since)
	}
	if f.keys == nil || len(f.keys) >= maxFirsts {
		f.keys = map[string]bool{}
	}
	f.keys[d.Key()] = true
	if !d.Timestamp.IsZero() && (f.since.IsZero() || d.Timestamp.Before(f.since)) {
		f.since = d.Timestamp
	}
	return true
}

func (f *firsts) acknowledged(d *Delivery) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.keys, d.Key())
}
