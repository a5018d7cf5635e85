package processor

import (
	"context"
	"strings"
	"sync"
)

// lanes keep the messages of one channel in the order in which their calls were
// delivered, although the calls are rendered side by side.
type lanes struct {
	mu   sync.Mutex
	last map[string]chan struct{} // by channel: closed when the newest call has left
}

// place is a call's place in its lane.
type place struct {
	lanes  *lanes
	lane   string
	before <-chan struct{} // closed when it is this one's turn
	left   chan struct{}
	once   sync.Once
}

// closed is before the first of a lane.
var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

// laneOf makes "#soc", "soc" and "SOC" one lane.
func laneOf(channel string) string {
	return strings.ToLower(strings.TrimPrefix(strings.TrimSpace(channel), "#"))
}

// join takes the next place in the lane of a channel. Whoever joins must leave.
func (l *lanes) join(channel string) *place {
	lane := laneOf(channel)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil {
		l.last = map[string]chan struct{}{}
	}
	p := &place{lanes: l, lane: lane, before: l.last[lane], left: make(chan struct{})}
	if p.before == nil {
		p.before = closed
	}
	l.last[lane] = p.left
	return p
}

// wait returns when all that joined before have left, or with the context's
// error.
func (p *place) wait(ctx context.Context) error {
	select {
	case <-p.before:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leave lets the next one go; leaving again does nothing. A place that is left
// out of turn, because its call never came to posting, keeps the order of those
// around it.
func (p *place) leave() { p.once.Do(p.pass) }

func (p *place) pass() {
	p.lanes.mu.Lock()
	defer p.lanes.mu.Unlock()
	if p.lanes.last[p.lane] == p.left {
		delete(p.lanes.last, p.lane)
	}
	select {
	case <-p.before:
		close(p.left)
	default:
		go func() {
			<-p.before
			close(p.left)
		}()
	}
}
