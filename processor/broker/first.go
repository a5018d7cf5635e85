package broker

import "sync"

// firsts tells of a message that comes again whether the consumer was the first
// to be handed it, as all that lay unread here when a connection was lost.
type firsts struct {
	mu   sync.Mutex
	keys map[string]bool // of messages that came as new and are not acknowledged
}

// maxFirsts bounds what is remembered of messages that never come again, because
// they have expired or were given to another instance. To forget costs a lookup.
const maxFirsts = 8 * maxPrefetch

// came notes a delivery and says whether it is such a one.
func (f *firsts) came(d *Delivery) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d.Redelivered {
		return f.keys[d.Key()]
	}
	if f.keys == nil || len(f.keys) >= maxFirsts {
		f.keys = map[string]bool{}
	}
	f.keys[d.Key()] = true
	return true
}

// left gives all that are not acknowledged.
func (f *firsts) left(tell func(key string)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for key := range f.keys {
		tell(key)
	}
}

func (f *firsts) acknowledged(d *Delivery) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.keys, d.Key())
}
