package engine

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fn-slack/fn-slack/engine/bundle"
)

// Script is one version of one file of the folder, with all that it imports.
// It never changes.
type Script struct {
	Name   string   // "incident.js"
	File   string   // "scripts/incident.js": the folder's own name and the file
	SHA256 string   // of the file; of the list of all files where it imports others
	Inputs []string // the files that it is made of, below the folder, itself first

	bundle bundle.Program
	health health
}

// key names the script in a worker. The name is part of it, because the same
// text under another name has other positions.
func (s *Script) key() string { return s.Name + "@" + s.SHA256 }

// A script that was stopped this often within this time is set aside: every
// further message would cost a worker and the time limit.
const (
	maxStops   = 3
	stopWindow = 5 * time.Minute
)

// health counts how often a version had to be stopped.
type health struct {
	mu       sync.Mutex
	stops    []time.Time
	setAside *ScriptError
}

// stopped notes that the script was stopped at now, and reports whether that
// has just set it aside.
func (s *Script) stopped(now time.Time, err *ScriptError) bool {
	h := &s.health
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.setAside != nil {
		return false
	}
	recent := h.stops[:0]
	for _, t := range h.stops {
		if now.Sub(t) < stopWindow {
			recent = append(recent, t)
		}
	}
	h.stops = append(recent, now)
	if len(h.stops) < maxStops {
		return false
	}
	aside := *err
	aside.Message = fmt.Sprintf("set aside until its file changes: stopped %d times in %d minutes, the last time: %s",
		maxStops, int(stopWindow/time.Minute), err.Message)
	h.setAside = &aside
	return true
}

// aside is why the script is not used any more, nil while it is.
func (s *Script) aside() *ScriptError {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	return s.health.setAside
}

// identify sets what follows from the bundle.
func (s *Script) identify() {
	s.Inputs = []string{s.Name}
	for name := range s.bundle.Texts {
		if name != s.Name {
			s.Inputs = append(s.Inputs, name)
		}
	}
	slices.Sort(s.Inputs[1:])
	if len(s.Inputs) == 1 {
		s.SHA256 = sum(s.bundle.Texts[s.Name])
		return
	}
	var list strings.Builder
	for _, name := range s.Inputs {
		fmt.Fprintf(&list, "%s  %s\n", sum(s.bundle.Texts[name]), name)
	}
	s.SHA256 = sum(list.String())
}
