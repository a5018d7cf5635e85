package broker

import (
	"slices"
	"sync/atomic"
	"time"
)

// State is a snapshot of a Consumer for status pages and metrics.
type State struct {
	Connected  bool // logged in
	Subscribed bool // and the broker has confirmed the subscription
	Draining   bool // Run's context has ended
	// Address is of the broker that is connected, or was tried last.
	Address string
	Server  string // how the broker names itself, "ActiveMQ/5.17.2"; "" when not connected
	TLS     string // "TLS 1.3"; "" for plain TCP
	Since   time.Time
	// LastError is what ended the last connection or attempt; "" when there was
	// none. It stays after the next connection is made.
	LastError   string
	LastErrorAt time.Time
	NextAttempt time.Time // zero when connected
	Held        int       // deliveries handed out and not settled
	Counters
}

// Counters count since New.
type Counters struct {
	Connects    uint64 // connections subscribed
	Failures    uint64 // connections lost and attempts failed
	Received    uint64 // messages, redelivered ones included
	Redelivered uint64 // messages that the broker says it handed out before
	Statuses    uint64 // status messages sent
	Settled     uint64 // calls whose answer the broker has confirmed
	Refused     uint64 // answers that the broker refused
}

type counters struct {
	connects, failures, received, redelivered, statuses, settled, refused atomic.Uint64
}

func (c *counters) snapshot() Counters {
	return Counters{
		Connects:    c.connects.Load(),
		Failures:    c.failures.Load(),
		Received:    c.received.Load(),
		Redelivered: c.redelivered.Load(),
		Statuses:    c.statuses.Load(),
		Settled:     c.settled.Load(),
		Refused:     c.refused.Load(),
	}
}

func (c *Counters) add(d Counters) {
	c.Connects += d.Connects
	c.Failures += d.Failures
	c.Received += d.Received
	c.Redelivered += d.Redelivered
	c.Statuses += d.Statuses
	c.Settled += d.Settled
	c.Refused += d.Refused
}

// State returns the present state. It may be called at any time. With several
// destinations it is that of the one that fares worst, with the sums of all that is
// counted.
func (c *Consumer) State() State {
	states := make([]State, len(c.links))
	for i, l := range c.links {
		states[i] = l.now()
	}
	worst := slices.MinFunc(states, func(a, b State) int { return a.rank() - b.rank() })
	worst.Held, worst.Counters = 0, Counters{}
	for _, s := range states {
		worst.Held += s.Held
		worst.Counters.add(s.Counters)
	}
	return worst
}

func (s State) rank() int {
	switch {
	case s.Subscribed:
		return 2
	case s.Connected:
		return 1
	}
	return 0
}

func (l *link) now() State {
	l.mu.Lock()
	st, s := l.state, l.session
	l.mu.Unlock()
	if s != nil {
		s.mu.Lock()
		st.Held = s.held
		s.mu.Unlock()
	}
	st.Counters = l.count.snapshot()
	return st
}

func (l *link) setState(change func(*State)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.state)
}
