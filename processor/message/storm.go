package message

import (
	"context"
	"slices"
	"sync"

	"github.com/fn-slack/fn-slack/processor"
)

// storm is the calls that wait to show one card anew. A call whose turn comes while a
// later one waits leaves it to that: a card that changes more often than Slack lets it
// be changed shows the last state, and each call is answered.
//
// A call that has left its state to a later one is answered when that is done, so
// after a crash both come again.
type storm struct {
	mu   sync.Mutex
	wait map[string][]*shower // by card
}

// shower is a call that waits, or shows its card just now.
type shower struct {
	task  *processor.Task
	done  chan struct{} // closed when it has an outcome
	reply processor.Reply
	err   error
}

// join enters a call among those of its card; leave says what came of it.
func (s *storm) join(key string, t *processor.Task) (me *shower, leave func(processor.Reply, error)) {
	me = &shower{task: t, done: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wait == nil {
		s.wait = map[string][]*shower{}
	}
	s.wait[key] = append(s.wait[key], me)
	return me, func(reply processor.Reply, err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.wait[key] = slices.DeleteFunc(s.wait[key], func(other *shower) bool { return other == me })
		if len(s.wait[key]) == 0 {
			delete(s.wait, key)
		}
		me.reply, me.err = reply, err
		close(me.done)
	}
}

// later is a call of the card that waits and has a later state than this one, the
// latest of them; nil for none.
func (s *storm) later(key string, me *shower) *shower {
	s.mu.Lock()
	defer s.mu.Unlock()
	latest := me
	for _, other := range s.wait[key] {
		if other.task.Sent.After(latest.task.Sent) {
			latest = other
		}
	}
	if latest == me {
		return nil
	}
	return latest
}

// outcome waits for what comes of a call.
func (s *shower) outcome(ctx context.Context) (processor.Reply, error) {
	select {
	case <-s.done:
		return s.reply, s.err
	case <-ctx.Done():
		return processor.Reply{}, ctx.Err()
	}
}

// lately is the ids of the last calls.
type lately struct {
	mu   sync.Mutex
	ids  []string // the newest at the end
	next int
}

const maxLately = 1000

func (l *lately) add(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ids) < maxLately {
		l.ids = append(l.ids, id)
		return
	}
	l.ids[l.next] = id
	l.next = (l.next + 1) % maxLately
}

func (l *lately) has(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Contains(l.ids, id)
}
