package broker

import (
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

// State returns the present state. It may be called at any time.
func (c *Consumer) State() State {
	c.mu.Lock()
	st, s := c.state, c.session
	c.mu.Unlock()
	if s != nil {
		s.mu.Lock()
		st.Held = s.held
		s.mu.Unlock()
	}
	st.Counters = c.count.snapshot()
	return st
}

func (c *Consumer) setState(change func(*State)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.state)
}
