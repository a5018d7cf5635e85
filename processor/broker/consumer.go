package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Consumer takes messages from one destination.
type Consumer struct {
	cfg        Config
	deliveries chan *Delivery // unbuffered: what lies in it would be held by nobody
	closing    sync.Once
	started    atomic.Bool
	first      firsts
	count      counters
	maxTLS     uint16 // 0: as configured; only Run uses it
	existing   bool   // subscribe to a queue that exists, whatever it is like; only Run uses it

	mu      sync.Mutex
	state   State
	session *session // the present one, nil between two
}

// New checks the configuration; Run connects.
func New(cfg Config) (*Consumer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("broker configuration: %w", err)
	}
	c := &Consumer{cfg: cfg.filled(), deliveries: make(chan *Delivery)}
	c.state.Since = time.Now()
	return c, nil
}

// Deliveries gives the messages. It is closed as soon as Run's context ends; who
// waits for one at that moment may still get it. What has been received can be
// settled while Run drains.
func (c *Consumer) Deliveries() <-chan *Delivery { return c.deliveries }

func (c *Consumer) closeDeliveries() {
	c.closing.Do(func() { close(c.deliveries) })
}

// Run connects and stays connected until ctx ends. Then it takes no further
// message, waits up to Config.DrainTimeout for the deliveries that are held,
// disconnects, and returns nil when all its goroutines have ended. What nobody
// settled is handed out again by the broker.
//
// Nothing but the end of ctx ends it: passwords, permissions and certificates
// get mended while a service runs. Run can be called once.
func (c *Consumer) Run(ctx context.Context) error {
	if !c.started.CompareAndSwap(false, true) {
		return errors.New("broker: Run was called before")
	}
	defer c.closeDeliveries()
	retry := backoff{first: c.cfg.RetryMin, last: c.cfg.RetryMax}
	for i := 0; ctx.Err() == nil; i++ {
		addr := c.cfg.Addrs[i%len(c.cfg.Addrs)]
		lived, err := c.once(ctx, addr)
		if ctx.Err() != nil {
			break
		}
		if lived >= c.cfg.SteadyAfter {
			retry.reset()
		}
		wait := retry.next(err)
		if c.fallBack(err) {
			wait = rand.N(c.cfg.RetryMin + 1)
		}
		now := time.Now()
		c.count.failures.Add(1)
		c.setState(func(st *State) {
			st.LastError, st.LastErrorAt, st.NextAttempt = err.Error(), now, now.Add(wait)
		})
		c.cfg.Log.Warn("no connection to the broker", "addr", addr, "err", err, "retry_in", wait.Round(time.Millisecond))
		pause := time.NewTimer(wait)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
		}
	}
	c.setState(func(st *State) { st.Draining = true })
	if c.cfg.Left != nil {
		c.first.left(c.cfg.Left)
	}
	return nil
}

// once makes one connection and uses it until it ends, or ctx does. It returns
// how long it was subscribed.
func (c *Consumer) once(ctx context.Context, addr string) (lived time.Duration, err error) {
	c.setState(func(st *State) { st.Address, st.NextAttempt = addr, time.Time{} })
	s, err := open(ctx, &c.cfg, addr, c.maxTLS, &c.first, &c.count)
	if err != nil {
		return 0, err
	}
	defer s.wait()
	defer s.end(nil)
	c.connected(s)
	defer c.disconnected()
	if err := s.subscribe(ctx, c.existing); err != nil {
		return 0, err
	}
	c.setState(func(st *State) { st.Subscribed = true })
	c.count.connects.Add(1)
	c.cfg.Log.Info("subscribed", "addr", addr, "server", s.server, "destination", c.cfg.Destination, "tls", s.tls)

	subscribed := time.Now()
	c.pump(ctx, s)
	if ctx.Err() != nil {
		c.drain(s)
	}
	return time.Since(subscribed), s.lost()
}

func (c *Consumer) connected(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session = s
	c.state.Connected, c.state.Server, c.state.TLS, c.state.Since = true, s.server, s.tls, s.since
}

func (c *Consumer) disconnected() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session = nil
	c.state.Connected, c.state.Subscribed, c.state.Server, c.state.TLS = false, false, "", ""
	c.state.Since = time.Now()
}

// pump hands deliveries out until the session or ctx ends. What was read and not
// handed out is the broker's again then.
func (c *Consumer) pump(ctx context.Context, s *session) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.dead:
			return
		case d := <-s.inbox:
			s.hold() // before anybody can release it
			select {
			case c.deliveries <- d:
			case <-ctx.Done():
				s.release()
				return
			case <-s.dead:
				return
			}
		}
	}
}

// drain waits for what is held and disconnects. It stays subscribed meanwhile:
// ActiveMQ ignores acknowledgements after UNSUBSCRIBE without a word.
func (c *Consumer) drain(s *session) {
	c.closeDeliveries()
	c.setState(func(st *State) { st.Draining = true })
	limit := time.NewTimer(c.cfg.DrainTimeout)
	defer limit.Stop()
	select {
	case <-s.drained():
	case <-s.dead:
		c.cfg.Log.Warn("connection lost while finishing", "err", s.lost())
		return
	case <-limit.C:
		c.cfg.Log.Warn("gave up waiting for unfinished deliveries", "after", c.cfg.DrainTimeout)
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.cfg.WriteTimeout)
	defer cancel()
	if err := s.disconnect(ctx); err != nil {
		c.cfg.Log.Warn("disconnect from the broker", "err", err)
	}
}

// fallBack tries something else from now on where the error shows what, and says
// so: TLS 1.2 for an ActiveMQ that cannot do 1.3; and for RabbitMQ, which would
// make the queue as a classic one and refuses when it exists as a quorum queue,
// its name for a queue that exists.
func (c *Consumer) fallBack(err error) bool {
	switch {
	case c.cfg.TLS != nil && c.maxTLS == 0 && needsTLS12(err):
		c.maxTLS = tls.VersionTLS12
		c.cfg.Log.Warn("broker has trouble with TLS 1.3, going on with TLS 1.2", "err", err)
		return true
	case !c.existing && otherType(err):
		c.existing = true
		c.cfg.Log.Info("the queue exists and is of another type; subscribing to it as it is", "err", err)
		return true
	}
	return false
}

// otherType recognises RabbitMQ's answer where the queue is not of the type that
// the subscription would make.
func otherType(err error) bool {
	var refused *SubscribeError
	return errors.As(err, &refused) && strings.Contains(refused.Message, "precondition_failed")
}

// backoff is full jitter: a random wait below a bound that doubles.
type backoff struct{ first, last, bound time.Duration }

func (b *backoff) reset() { b.bound = 0 }

func (b *backoff) next(err error) time.Duration {
	b.bound = min(b.last, max(b.first, 2*b.bound))
	if lasting(err) {
		// It takes a person to mend this; asking more often locks accounts.
		b.bound = b.last
		return b.last/2 + rand.N(b.last/2+1)
	}
	return rand.N(b.bound + 1)
}

// lasting says that trying again soon is of no use.
func lasting(err error) bool {
	var login *LoginError
	var subscribe *SubscribeError
	return errors.As(err, &login) && !login.Temporary() || errors.As(err, &subscribe)
}
