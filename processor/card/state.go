package card

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor/members"
)

const (
	// MaxBytes bounds a written state. Slack names no number for the size at which
	// it says metadata_too_large; two of these, with the ids beside them, stay below
	// 5 kB.
	MaxBytes = 2000

	// maxValue is how much of a value is worth being told as the old one.
	maxValue = 200

	version = "1"
)

// Value is what a message shows under a label.
type Value struct {
	Label, Text string

	hashed bool // Text is a hash of it
}

// State is what a message shows, and since when it is so.
type State struct {
	At     time.Time // when the platform has sent the call that brought it, to the millisecond
	Values []Value   // in the order of the message; labels may come more than once

	all string // a hash of all values, where not even theirs fit
}

// Change is a value that is not what it was.
type Change struct {
	Label    string
	From, To string
	Known    bool // From is what was shown; else nothing but the change itself is known
}

// Changes are what is different in a later state, in its order, and behind it what is
// not there any more. Where nothing but the hash of all is known, a change is one
// without a label.
func (s State) Changes(now []Value) []Change {
	if s.all != "" {
		if s.all == hashAll(now) {
			return nil
		}
		return []Change{{}}
	}
	left := slices.Clone(s.Values)
	var changes []Change
	for _, v := range now {
		change := Change{Label: v.Label, To: v.Text, Known: true}
		// The same label may come twice: the first of those is meant that is left.
		i := slices.IndexFunc(left, func(old Value) bool { return old.Label == v.Label })
		if i >= 0 {
			old := left[i]
			left = slices.Delete(left, i, i+1)
			if old.is(v.Text) {
				continue
			}
			change.From, change.Known = old.Text, !old.hashed
			if old.hashed {
				change.From = ""
			}
		} else if v.Text == "" {
			continue
		}
		changes = append(changes, change)
	}
	for _, old := range left {
		if old.is("") {
			continue
		}
		change := Change{Label: old.Label, From: old.Text, Known: !old.hashed}
		if old.hashed {
			change.From = ""
		}
		changes = append(changes, change)
	}
	return changes
}

// is reports whether a value was this text.
func (v Value) is(text string) bool {
	if v.hashed {
		return v.Text == hash(text)
	}
	return v.Text == text
}

// written is a state in the metadata. Everything is a text: Slack gives numbers back
// as floats. A value is a text, or a hash in a list of its own.
type written struct {
	Form   string     `json:"v"`
	At     string     `json:"at"`            // milliseconds since 1970
	Values [][]string `json:"f,omitempty"`   // ["label", "value"], ["label", "", "hash"]
	All    string     `json:"all,omitempty"` // instead of them
}

// Write gives the state as the metadata keeps it, in MaxBytes at most: the longest
// values become hashes until it fits.
func (s State) Write() string {
	w := written{Form: version, At: strconv.FormatInt(s.At.UnixMilli(), 10), Values: make([][]string, len(s.Values)), All: s.all}
	for i, v := range s.Values {
		w.Values[i] = v.write(len(v.Text) > maxValue)
	}
	js, _ := json.Marshal(w) // texts alone
	if len(js) <= MaxBytes {
		return string(js)
	}
	sizes, order := make([]int, len(w.Values)), make([]int, len(w.Values))
	for i, parts := range w.Values {
		sizes[i], order[i] = length(parts), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(sizes[b], sizes[a]) })
	size := len(js)
	for _, i := range order {
		if size <= MaxBytes {
			break
		}
		hashed := s.Values[i].write(true)
		if saved := sizes[i] - length(hashed); saved > 0 {
			size -= saved
			w.Values[i] = hashed
		}
	}
	if size > MaxBytes {
		w.Values, w.All = nil, hashAll(s.Values)
	}
	js, _ = json.Marshal(w)
	return string(js)
}

// write is a value as it is written.
func (v Value) write(hashed bool) []string {
	switch {
	case v.hashed:
		return []string{v.Label, "", v.Text}
	case hashed:
		return []string{v.Label, "", hash(v.Text)}
	}
	return []string{v.Label, v.Text}
}

// length is how many bytes a written value takes.
func length(parts []string) int {
	js, _ := json.Marshal(parts)
	return len(js)
}

// Read reads what Write has written. What another version wrote, or another app, is
// an error: the message counts as one that shows an unknown state.
func Read(text string) (State, error) {
	w, err := readWritten([]byte(text))
	if err != nil {
		return State{}, fmt.Errorf("the state of a card: %w", err)
	}
	if w.Form != version {
		return State{}, fmt.Errorf("the state of a card is of form %q", w.Form)
	}
	at, err := strconv.ParseInt(w.At, 10, 64)
	if err != nil {
		return State{}, errors.New("the state of a card has no time")
	}
	s := State{At: time.UnixMilli(at), all: w.All}
	for _, parts := range w.Values {
		if len(parts) < 2 || len(parts) > 3 {
			return State{}, errors.New("the state of a card has a value that is none")
		}
		v := Value{Label: parts[0], Text: parts[1]}
		if len(parts) == 3 {
			v.Text, v.hashed = parts[2], true
		}
		s.Values = append(s.Values, v)
	}
	return s, nil
}

// readWritten is json.Unmarshal, at a quarter of its cost: every update reads a state.
func readWritten(js []byte) (w written, err error) {
	text := func(raw json.RawMessage) string {
		s, wrong := members.Text(raw)
		err = cmp.Or(err, wrong)
		return s
	}
	list := func(raw json.RawMessage, f func(json.RawMessage)) { err = cmp.Or(err, members.Elements(raw, f)) }
	wrong := members.Each(js, func(name []byte, raw json.RawMessage) {
		switch string(name) {
		case "v":
			w.Form = text(raw)
		case "at":
			w.At = text(raw)
		case "f":
			list(raw, func(value json.RawMessage) {
				var parts []string
				list(value, func(part json.RawMessage) { parts = append(parts, text(part)) })
				w.Values = append(w.Values, parts)
			})
		case "all":
			w.All = text(raw)
		}
	})
	return w, cmp.Or(wrong, err)
}

// Since is the At of a written state, which stands at its beginning; false where Read
// would give an error, or another hand has written it.
func Since(text string) (at time.Time, ok bool) {
	text, begins := strings.CutPrefix(text, `{"v":"`+version+`","at":"`)
	ms, _, ends := strings.Cut(text, `"`)
	n, err := strconv.ParseInt(ms, 10, 64)
	return time.UnixMilli(n), begins && ends && err == nil
}

// Known are the values whose text is known, for scripts.
func (s State) Known() []Value {
	return slices.DeleteFunc(slices.Clone(s.Values), func(v Value) bool { return v.hashed })
}

// hash is of 96 bits: enough for no two values of one field in its life to be taken
// for the same.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

func hashAll(values []Value) string {
	var parts []string
	for _, v := range values {
		text := v.Text
		if !v.hashed {
			text = hash(text)
		}
		parts = append(parts, v.Label, text)
	}
	js, _ := json.Marshal(parts)
	return hash(string(js))
}
