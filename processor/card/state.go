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
	var s State
	var form, at string
	var wrong error
	err := members.Each([]byte(text), func(name []byte, raw json.RawMessage) {
		var err error
		switch string(name) {
		case "v":
			form, err = members.Text(raw)
		case "at":
			at, err = members.Text(raw)
		case "f":
			err = members.Elements(raw, func(raw json.RawMessage) {
				v, err := readValue(raw)
				s.Values, wrong = append(s.Values, v), cmp.Or(wrong, err)
			})
		case "all":
			s.all, err = members.Text(raw)
		}
		wrong = cmp.Or(wrong, err)
	})
	if err = cmp.Or(err, wrong); err != nil {
		return State{}, fmt.Errorf("the state of a card: %w", err)
	}
	if form != version {
		return State{}, fmt.Errorf("the state of a card is of form %q", form)
	}
	ms, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return State{}, errors.New("the state of a card has no time")
	}
	s.At = time.UnixMilli(ms)
	return s, nil
}

// readValue reads what Value.write has made.
func readValue(js json.RawMessage) (Value, error) {
	var parts [3]string
	var wrong error
	n := 0
	err := members.Elements(js, func(raw json.RawMessage) {
		text, err := members.Text(raw)
		if n < len(parts) {
			parts[n] = text
		}
		n++
		wrong = cmp.Or(wrong, err)
	})
	switch n {
	case 2:
		return Value{Label: parts[0], Text: parts[1]}, cmp.Or(err, wrong)
	case 3:
		return Value{Label: parts[0], Text: parts[2], hashed: true}, cmp.Or(err, wrong)
	}
	return Value{}, errors.New("it has a value that is none")
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
