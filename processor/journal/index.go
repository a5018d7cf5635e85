package journal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

// State says how far a call has come.
type State string

const (
	Begun   State = "begun"   // taken from the broker; where Asked, the message may have been posted
	Decided State = "decided" // the answer is known
	Settled State = "settled" // the broker has the answer
)

// Entry is what the journal knows of one call.
type Entry struct {
	ID      string    `json:"id"`
	State   State     `json:"state"`
	Began   time.Time `json:"began"` // zero when Settled, as all that follows
	Changed time.Time `json:"changed"`
	Asked   bool      `json:"-"`               // something may have been done for it
	Trusted time.Time `json:"-"`               // until then, if it was taken by a former process and not Asked, nobody else can have done anything
	Reply   []byte    `json:"reply,omitempty"` // the answer, while Decided

	// Steps are the results of the steps that are done, by their names, while Begun.
	Steps map[string]json.RawMessage `json:"steps,omitempty"`
}

// index is what the records of a file come to. It stays in memory: open entries are
// few, and a settled one is a key.
type index struct {
	open    map[key]Entry
	settled map[key]struct{}
	order   []key // of the settled ones, the oldest first
	keep    int   // of them
}

func (x *index) find(k key) (e Entry, found bool) {
	if e, found = x.open[k]; !found {
		if _, found = x.settled[k]; found {
			e.State = Settled
		}
	}
	return e, found
}

// apply takes over a change. An error says what the call is instead of what the
// change needs; nothing is changed then.
func (x *index) apply(r record) error {
	e, found := x.find(r.key)
	switch {
	case (r.kind == taken || r.kind == began) && (!found || e.State == Settled): // it was forgotten where fewer are kept
		e = Entry{ID: r.name, State: Begun, Began: moment(r.at), Asked: r.kind == began}
	case r.kind == began && e.State == Begun:
		e.Asked = true
	case r.kind == stepped && e.State == Begun:
		e.Steps = maps.Clone(e.Steps) // callers have the old one
		if e.Steps == nil {
			e.Steps = map[string]json.RawMessage{}
		}
		e.Steps[r.name] = r.data
	case r.kind == decided && e.State == Begun:
		e.State, e.Reply, e.Steps = Decided, r.data, nil
	case r.kind == settled && e.State != Begun:
		delete(x.open, r.key)
		x.settle(r.key)
		return nil
	default:
		return fmt.Errorf("is %s", cmp.Or(e.State, "unknown"))
	}
	e.Changed = moment(r.at)
	x.open[r.key] = e
	return nil
}

func moment(at int64) time.Time { return time.Unix(0, at).UTC() }

// settle remembers a settled call, and forgets the oldest beyond keep.
func (x *index) settle(k key) {
	if _, again := x.settled[k]; again {
		return
	}
	x.settled[k] = struct{}{}
	if x.order = append(x.order, k); len(x.order) > x.keep {
		delete(x.settled, x.order[0])
		x.order = x.order[1:]
	}
}

// appendTo appends records that come to this index.
func (x *index) appendTo(b []byte) []byte {
	for _, k := range x.order {
		b = record{kind: settled, key: k}.appendTo(b)
	}
	for k, e := range x.open {
		first := record{kind: taken, key: k, at: e.Began.UnixNano(), name: e.ID}
		if e.Asked {
			first.kind = began
		}
		b = first.appendTo(b)
		changed := e.Changed.UnixNano()
		for name, result := range e.Steps {
			b = record{kind: stepped, key: k, at: changed, name: name, data: result}.appendTo(b)
		}
		if e.State == Decided {
			b = record{kind: decided, key: k, at: changed, data: e.Reply}.appendTo(b)
		}
	}
	return b
}
