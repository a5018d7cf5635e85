package render

import (
	"maps"
	"sync"

	"github.com/fn-slack/fn-slack/formatters/details"
)

// Seen are the labels and types of the fields of recent calls, so that a script
// that names one of them is not suspected of a slip. Nothing else of a call is
// kept. It is safe for use by many goroutines at once; nil keeps nothing.
type Seen struct {
	mu          sync.Mutex
	now, before seenNames
}

type seenNames struct{ labels, types map[string]bool }

// maxSeen bounds the names of each half, and longestSeen the bytes of one: a label
// that no person would write is none.
const (
	maxSeen     = 500
	longestSeen = 100
)

// Note keeps the names of a call. The half that is full becomes the older one, in
// the place of what was not seen for longer.
func (s *Seen) Note(list []details.Detail) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now.labels == nil || len(s.now.labels)+len(s.now.types) > maxSeen {
		s.before, s.now = s.now, seenNames{map[string]bool{}, map[string]bool{}}
	}
	for _, d := range list[:min(len(list), maxFields)] {
		if len(d.Label) <= longestSeen && len(d.Type) <= longestSeen {
			s.now.labels[d.Label], s.now.types[d.Type] = true, true
		}
	}
}

// Names are the labels and the types that were seen.
func (s *Seen) Names() (labels, types map[string]bool) {
	labels, types = map[string]bool{}, map[string]bool{}
	if s == nil {
		return labels, types
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, half := range []seenNames{s.before, s.now} {
		maps.Copy(labels, half.labels)
		maps.Copy(types, half.types)
	}
	return labels, types
}
