package processor

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
)

// lanes keep the messages of one channel in the order in which their calls were
// delivered, although the calls are rendered side by side.
type lanes struct {
	stopped atomic.Bool

	mu   sync.Mutex
	last map[string]chan struct{} // by lane: closed when the newest call has left
	ids  map[string]string        // the lane of a channel's id by that of its name
}

// errStopped is for a call whose turn comes when nothing more is to be posted.
var errStopped = errors.New("the service stops, because its journal cannot be written")

// stop lets nobody post any more whose turn has not come yet. It is called by one
// that will not post, before it leaves: those behind it must not overtake it, since
// it comes again.
func (l *lanes) stop() { l.stopped.Store(true) }

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

// lane is laneOf, and that of the channel's id where it is known. mu is held.
func (l *lanes) lane(channel string) string {
	lane := laneOf(channel)
	if id, known := l.ids[lane]; known {
		return id
	}
	return lane
}

// maxIDs bounds the names that are remembered. Forgetting them costs no more than
// that a name and an id are two lanes until the next message.
const maxIDs = 10_000

// unite makes the lane of a name and the lane of its id one. Who is in either keeps
// its place, and who comes later waits for both.
func (l *lanes) unite(name, id string) {
	name, id = laneOf(name), laneOf(id)
	l.mu.Lock()
	defer l.mu.Unlock()
	if id == "" || name == id || l.ids[name] == id {
		return
	}
	if l.ids == nil || len(l.ids) >= maxIDs {
		l.ids = map[string]string{}
	}
	l.ids[name] = id
	one, other := l.last[name], l.last[id]
	delete(l.last, name)
	switch {
	case one == nil:
	case other == nil:
		l.last[id] = one
	default:
		both := make(chan struct{})
		l.last[id] = both
		go func() {
			<-one
			<-other
			l.mu.Lock()
			defer l.mu.Unlock()
			if l.last[id] == both {
				delete(l.last, id)
			}
			close(both)
		}()
	}
}

// join takes the next place in the lane of a channel. Whoever joins must leave.
func (l *lanes) join(channel string) *place {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil {
		l.last = map[string]chan struct{}{}
	}
	lane := l.lane(channel)
	p := &place{lanes: l, lane: lane, before: l.last[lane], left: make(chan struct{})}
	if p.before == nil {
		p.before = closed
	}
	l.last[lane] = p.left
	return p
}

// wait returns when all that joined before have left, or with the context's
// error or errStopped.
func (p *place) wait(ctx context.Context) error {
	select {
	case <-p.before:
		if p.lanes.stopped.Load() {
			return errStopped
		}
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// in says whether the place is in the lane of a channel.
func (p *place) in(channel string) bool {
	p.lanes.mu.Lock()
	defer p.lanes.mu.Unlock()
	return p.lanes.lane(channel) == p.lanes.lane(p.lane)
}

// leave lets the next one go; leaving again does nothing. A place that is left
// out of turn, because its call never came to posting, keeps the order of those
// around it.
func (p *place) leave() { p.once.Do(p.pass) }

func (p *place) pass() {
	select {
	case <-p.before:
		p.end()
	default: // it stays the last of its lane: who joins now waits for those before it, too
		go func() {
			<-p.before
			p.end()
		}()
	}
}

func (p *place) end() {
	p.lanes.mu.Lock()
	defer p.lanes.mu.Unlock()
	if lane := p.lanes.lane(p.lane); p.lanes.last[lane] == p.left {
		delete(p.lanes.last, lane)
	}
	close(p.left)
}
