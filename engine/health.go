package engine

import (
	"fmt"
	"hash/maphash"
	"sync"
	"time"
)

// A version that had to be stopped over so many different small inputs within
// this time is set aside: every further message would cost a worker and the time
// limit, and then goes out in the classic layout anyway.
//
// What only a large input does says nothing about the script, and the same input
// says it once. Or whoever can write into an incident could take the layout away
// from everybody, with a text on which a regular expression runs for ever.
const (
	maxStops   = 3
	stopWindow = 5 * time.Minute
	smallInput = 64 << 10 // bytes of all that a script is given
)

// A version that is set aside is tried again after a pause that grows: it may
// have been the machine, or the only inputs of that kind.
const (
	firstPause = time.Minute
	lastPause  = time.Hour
)

// health counts how often a version had to be stopped.
type health struct {
	mu    sync.Mutex
	stops map[uint64]time.Time // by input
	aside *ScriptError         // why it is set aside; nil: it is not
	since time.Time            // of aside
	pause time.Duration        // of aside, from the last stop
	until time.Time            // when it is tried again
}

var inputSeed = maphash.MakeSeed()

// stopped notes that the script was stopped at now over an input, and reports
// whether that has just set it aside.
func (s *Script) stopped(now time.Time, input uint64, size int, err *ScriptError) bool {
	h := &s.health
	h.mu.Lock()
	defer h.mu.Unlock()
	if size > smallInput {
		return false
	}
	if h.aside != nil { // the trial after a pause has failed
		h.pause = min(2*h.pause, lastPause)
		h.until = now.Add(h.pause)
		return false
	}
	for in, t := range h.stops {
		if now.Sub(t) >= stopWindow {
			delete(h.stops, in)
		}
	}
	if h.stops == nil {
		h.stops = map[uint64]time.Time{}
	}
	h.stops[input] = now
	if len(h.stops) < maxStops {
		return false
	}
	aside := *err
	aside.Message = fmt.Sprintf("set aside, and tried again after growing pauses: stopped over %d different inputs in %d minutes, the last time: %s",
		maxStops, int(stopWindow/time.Minute), err.Message)
	h.aside, h.since, h.pause, h.until = &aside, now, firstPause, now.Add(firstPause)
	return true
}

// setAside is why the script is not used at now; nil where it is, or where its
// pause is over: then one message tries it.
func (s *Script) setAside(now time.Time) *ScriptError {
	h := &s.health
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.aside != nil && !now.Before(h.until) {
		h.until = now.Add(h.pause) // for the others, until this one knows
		return nil
	}
	return h.aside
}

// aside is why the script is set aside, and since when; nil while it is not.
func (s *Script) aside() (*ScriptError, time.Time) {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	return s.health.aside, s.health.since
}

// answered notes that the script has made a message, and reports whether it was
// set aside until now.
func (s *Script) answered() bool {
	h := &s.health
	h.mu.Lock()
	defer h.mu.Unlock()
	was := h.aside != nil
	if was {
		h.aside, h.stops = nil, nil
	}
	return was
}
