package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// link is the subscription to one destination, over one connection after the other.
// Each has its own: a destination that may not be read, or whose connection a broker
// ends for a refusal, keeps nobody from the others.
type link struct {
	cfg         *Config
	destination string
	deliveries  chan<- *Delivery
	gone        func() // called once, when nothing more goes into deliveries
	closing     sync.Once
	first       firsts
	count       counters
	maxTLS      uint16 // 0: as configured; only run uses it
	existing    bool   // subscribe to a queue that exists, whatever it is like; only run uses it

	mu      sync.Mutex
	state   State
	session *session // the present one, nil between two
}

func (l *link) closeDeliveries() { l.closing.Do(l.gone) }

// run connects and stays connected until ctx ends.
func (l *link) run(ctx context.Context) {
	defer l.closeDeliveries()
	retry := backoff{first: l.cfg.RetryMin, last: l.cfg.RetryMax}
	for i := 0; ctx.Err() == nil; i++ {
		addr := l.cfg.Addrs[i%len(l.cfg.Addrs)]
		lived, err := l.once(ctx, addr)
		if ctx.Err() != nil {
			break
		}
		if lived >= l.cfg.SteadyAfter {
			retry.reset()
		}
		wait := retry.next(err)
		if l.fallBack(err) {
			wait = rand.N(l.cfg.RetryMin + 1)
		}
		now := time.Now()
		l.count.failures.Add(1)
		l.setState(func(st *State) {
			st.LastError, st.LastErrorAt, st.NextAttempt = err.Error(), now, now.Add(wait)
		})
		l.cfg.Log.Warn("no connection to the broker", "addr", addr, "err", err, "retry_in", wait.Round(time.Millisecond))
		pause := time.NewTimer(wait)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
		}
	}
	l.setState(func(st *State) { st.Draining = true })
	if l.cfg.Left != nil {
		l.first.left(l.cfg.Left)
	}
}

// once makes one connection and uses it until it ends, or ctx does. It returns
// how long it was subscribed.
func (l *link) once(ctx context.Context, addr string) (lived time.Duration, err error) {
	l.setState(func(st *State) { st.Address, st.NextAttempt = addr, time.Time{} })
	s, err := open(ctx, l.cfg, addr, l.maxTLS, &l.first, &l.count)
	if err != nil {
		return 0, err
	}
	defer s.wait()
	defer s.end(nil)
	l.connected(s)
	defer l.disconnected()
	if err := s.subscribe(ctx, l.destination, l.existing); err != nil {
		return 0, err
	}
	l.setState(func(st *State) { st.Subscribed = true })
	l.count.connects.Add(1)
	l.cfg.Log.Info("subscribed", "addr", addr, "server", s.server, "destination", l.destination, "tls", s.tls)

	subscribed := time.Now()
	l.pump(ctx, s)
	if ctx.Err() != nil {
		l.drain(s)
	}
	return time.Since(subscribed), s.lost()
}

func (l *link) connected(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.session = s
	l.state.Connected, l.state.Server, l.state.TLS, l.state.Since = true, s.server, s.tls, s.since
}

func (l *link) disconnected() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.session = nil
	l.state.Connected, l.state.Subscribed, l.state.Server, l.state.TLS = false, false, "", ""
	l.state.Since = time.Now()
}

// pump hands deliveries out until the session or ctx ends. What was read and not
// handed out is the broker's again then.
func (l *link) pump(ctx context.Context, s *session) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.dead:
			return
		case d := <-s.inbox:
			s.hold() // before anybody can release it
			select {
			case l.deliveries <- d:
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
func (l *link) drain(s *session) {
	l.closeDeliveries()
	l.setState(func(st *State) { st.Draining = true })
	limit := time.NewTimer(l.cfg.DrainTimeout)
	defer limit.Stop()
	select {
	case <-s.drained():
	case <-s.dead:
		l.cfg.Log.Warn("connection lost while finishing", "err", s.lost())
		return
	case <-limit.C:
		l.cfg.Log.Warn("gave up waiting for unfinished deliveries", "after", l.cfg.DrainTimeout)
	}
	ctx, cancel := context.WithTimeout(context.Background(), l.cfg.WriteTimeout)
	defer cancel()
	if err := s.disconnect(ctx); err != nil {
		l.cfg.Log.Warn("disconnect from the broker", "err", err)
	}
}

// fallBack tries something else from now on where the error shows what, and says
// so: TLS 1.2 for an ActiveMQ that cannot do 1.3; and for RabbitMQ, which would
// make the queue as a classic one and refuses when it exists as a quorum queue,
// its name for a queue that exists.
func (l *link) fallBack(err error) bool {
	switch {
	case l.cfg.TLS != nil && l.maxTLS == 0 && needsTLS12(err):
		l.maxTLS = tls.VersionTLS12
		l.cfg.Log.Warn("broker has trouble with TLS 1.3, going on with TLS 1.2", "err", err)
		return true
	case !l.existing && otherType(err):
		l.existing = true
		l.cfg.Log.Info("the queue exists and is of another type; subscribing to it as it is", "err", err)
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

// soon bounds the wait where the broker may be back at any moment: calls and answers
// wait with it, and a try costs little.
const soon = 15 * time.Second

// backoff is full jitter: a random wait below a bound that doubles.
type backoff struct{ first, last, bound time.Duration }

func (b *backoff) reset() { b.bound = 0 }

func (b *backoff) next(err error) time.Duration {
	b.bound = min(b.last, soon, max(b.first, 2*b.bound))
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
