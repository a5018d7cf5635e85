package slackapi

import (
	"context"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// lanes holds one lane per channel. A lane lets one message at a time through,
// first come, first served, so that a channel keeps its order while its head
// waits for Slack, and no other channel notices.
type lanes struct {
	pace  rate.Limit
	burst int

	mu    sync.Mutex
	byKey map[string]*lane
}

type lane struct {
	busy    bool
	waiting []chan struct{}
	pace    *rate.Limiter
	closed  time.Time // Slack asked for quiet until then
}

// laneKey makes "#soc", "soc" and "SOC" one channel. Ids are upper case and
// names lower case, so folding joins nothing that is apart.
func laneKey(channel string) string {
	return strings.ToLower(strings.TrimPrefix(strings.TrimSpace(channel), "#"))
}

// enter waits for the channel's turn, until a moment. The caller must leave the lane.
func (ls *lanes) enter(ctx context.Context, channel string, until time.Time) (*lane, error) {
	key := laneKey(channel)
	ls.mu.Lock()
	l := ls.byKey[key]
	if l == nil {
		if len(ls.byKey) >= 1024 {
			ls.sweep(time.Now())
		}
		l = &lane{pace: rate.NewLimiter(ls.pace, ls.burst)}
		ls.byKey[key] = l
	}
	if !l.busy {
		l.busy = true
		ls.mu.Unlock()
		return l, nil
	}
	turn := make(chan struct{})
	l.waiting = append(l.waiting, turn)
	ls.mu.Unlock()

	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	select {
	case <-turn:
		return l, nil
	case <-ctx.Done():
	}
	ls.mu.Lock()
	for i, w := range l.waiting {
		if w == turn {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			ls.mu.Unlock()
			return nil, ctx.Err()
		}
	}
	ls.mu.Unlock()
	ls.leave(l) // the turn came in the same moment: pass it on
	return nil, ctx.Err()
}

// unite makes the lane of a channel's name that of its id, for all that enter from
// now on. Only where both are in use already do some wait in the former one.
func (ls *lanes) unite(name, id string) {
	name, id = laneKey(name), laneKey(id)
	ls.mu.Lock()
	defer ls.mu.Unlock()
	switch {
	case ls.byKey[id] != nil:
		ls.byKey[name] = ls.byKey[id]
	case ls.byKey[name] != nil:
		ls.byKey[id] = ls.byKey[name]
	}
}

func (ls *lanes) leave(l *lane) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if len(l.waiting) == 0 {
		l.busy = false
		return
	}
	turn := l.waiting[0]
	l.waiting = l.waiting[1:]
	close(turn)
}

// sweep forgets the channels about which there is nothing to remember.
func (ls *lanes) sweep(now time.Time) {
	for key, l := range ls.byKey {
		if !l.busy && l.pace.TokensAt(now) >= float64(ls.burst) && l.closed.Before(now) {
			delete(ls.byKey, key)
		}
	}
}

// open is when the next message may go. Only the one in the lane asks.
func (l *lane) open(now time.Time) time.Time {
	r := l.pace.ReserveN(now, 1)
	at := now.Add(r.DelayFrom(now))
	r.CancelAt(now) // it was only asked for
	if l.closed.After(at) {
		at = l.closed
	}
	return at
}

// took accounts for a message that went out at the given time.
func (l *lane) took(at time.Time) { l.pace.ReserveN(at, 1) }

func (ls *lanes) close(l *lane, until time.Time) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	l.closed = until
}

// gates remembers for how long Slack wants no more calls of a method. Posting
// is not among them: its limit is the channel's, and the lane keeps it.
type gates struct {
	mu    sync.Mutex
	until map[string]time.Time
}

func (g *gates) open(method string) time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.until[method]
}

func (g *gates) close(method string, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.until[method]) {
		g.until[method] = until
	}
}

// sleepers are the calls that ask nothing of Slack before a moment.
type sleepers struct {
	mu    sync.Mutex
	until map[*time.Timer]time.Time
}

// Idle counts the calls that will ask nothing of Slack before a moment, because it
// asked for quiet, or its pace or a pause between two tries takes as long.
func (p *Poster) Idle(before time.Time) (n int) {
	p.sleepers.mu.Lock()
	defer p.sleepers.mu.Unlock()
	for _, at := range p.sleepers.until {
		if at.After(before) {
			n++
		}
	}
	return n
}

// sleepUntil waits, or returns the context's error.
func (s *sleepers) sleepUntil(ctx context.Context, at time.Time) error {
	d := time.Until(at)
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	s.mu.Lock()
	s.until[t] = at
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.until, t)
	}()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
