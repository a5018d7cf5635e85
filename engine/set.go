package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/engine/bundle"
)

// Set is what the folder holds at one moment. It never changes; only a script
// that is set aside shows so at once in every Set that holds it.
type Set struct {
	scripts map[string]*Script
	names   []string
	status  []Status
	problem error
	sum     string // of the folder

	replaced chan struct{}
}

// State says what is used for a file of the folder.
type State string

const (
	StateLive     State = "live"      // the file as it is
	StateStale    State = "stale"     // the last good version, because the file is broken or just gone
	StateSetAside State = "set_aside" // nothing, but for a trial now and then: it was stopped too often
	StateBroken   State = "broken"    // nothing: there was never a good version
)

// Status is the state of one file.
type Status struct {
	Name   string
	State  State
	SHA256 string       // of the version that is used; "" where none is
	Since  time.Time    // when that version went live, or was set aside; zero where there is none
	Err    *ScriptError // why the file is not live; nil while it is
}

// Names lists the scripts that have a usable version, in file name order.
func (s *Set) Names() []string { return slices.Clone(s.names) }

// Script returns the named script, or nil. The ending may be left out:
// "incident" is incident.js, else incident.mjs, else incident.ts.
func (s *Set) Script(name string) *Script {
	if sc := s.scripts[name]; sc != nil {
		return sc
	}
	for _, ext := range bundle.ScriptExtensions {
		if sc := s.scripts[name+ext]; sc != nil {
			return sc
		}
	}
	return nil
}

// Err tells why the file of a name is not live; nil for one that is, and for none.
func (s *Set) Err(name string) *ScriptError {
	i, found := slices.BinarySearchFunc(s.status, name, func(st Status, name string) int { return strings.Compare(st.Name, name) })
	if !found {
		return nil
	}
	return s.now(s.status[i]).Err
}

// Errors tells for every file that is not live why it is not.
func (s *Set) Errors() map[string]*ScriptError {
	errs := map[string]*ScriptError{}
	for _, st := range s.Status() {
		if st.Err != nil {
			errs[st.Name] = st.Err
		}
	}
	return errs
}

// Status tells the state of every file, in file name order.
func (s *Set) Status() []Status {
	out := slices.Clone(s.status)
	for i, st := range out {
		out[i] = s.now(st)
	}
	return out
}

// now is a status with what has become of the script since.
func (s *Set) now(st Status) Status {
	if sc := s.scripts[st.Name]; sc != nil {
		if err, since := sc.aside(); err != nil {
			st.State, st.Err, st.Since = StateSetAside, err, since
		}
	}
	return st
}

// Problem is why the folder as a whole cannot be used: it does not exist, cannot
// be read, or is too large to be a scripts folder. It is nil while the folder can
// be used. While it cannot be read the last good scripts stay; one that does not
// exist loses them after ten seconds, or Config.Grace if that is longer.
func (s *Set) Problem() error { return s.problem }

// same reports whether another Set says nothing else.
func (s *Set) same(other *Set) bool {
	problem := func(s *Set) string { return fmt.Sprint(s.problem) }
	return s.sum == other.sum && problem(s) == problem(other) && slices.Equal(s.status, other.status) && maps.Equal(s.scripts, other.scripts)
}

// Replaced is closed when there is a newer Set: something in the folder has
// changed, if only a sample, or what is known of its scripts.
func (s *Set) Replaced() <-chan struct{} { return s.replaced }

func newSet(scripts map[string]*Script, status []Status, problem error, sum string) *Set {
	s := &Set{scripts: scripts, status: status, problem: problem, sum: sum, replaced: make(chan struct{})}
	for name := range scripts {
		s.names = append(s.names, name)
	}
	slices.Sort(s.names)
	slices.SortFunc(s.status, func(a, b Status) int { return strings.Compare(a.Name, b.Name) })
	return s
}
