package resilient

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/fn-slack/fn-slack/processor/kind"
	"github.com/fn-slack/fn-slack/processor/members"
)

// Inputs are the inputs of a call, in the order of the message. The zero value
// has none.
type Inputs struct {
	list  []input
	index map[string]int // by name
}

type input struct {
	name string
	raw  json.RawMessage
}

// An InputError tells which input has an impossible value.
type InputError struct {
	Name string // the input
	Got  string // what came, shortened, or "nothing"
	Want string // what is allowed
}

// Error says what came and what is allowed.
func (e *InputError) Error() string {
	return fmt.Sprintf("input %s: got %s, want %s", e.Name, e.Got, e.Want)
}

// Kind names the input, and not what came.
func (e *InputError) Kind() (kind.Kind, string) {
	return kind.Input, fmt.Sprintf("input %s: want %s", e.Name, e.Want)
}

// UnmarshalJSON reads an object and keeps the order of its members. The last
// value of a name that occurs twice counts, at the place of the first.
func (in *Inputs) UnmarshalJSON(js []byte) error {
	return in.read(bytes.Clone(js))
}

// read is UnmarshalJSON for what does not change any more.
func (in *Inputs) read(js []byte) error {
	var list []input
	index := map[string]int{}
	if members.Each(js, func(name []byte, raw json.RawMessage) {
		if i, ok := index[string(name)]; ok {
			list[i].raw = raw
			return
		}
		index[string(name)] = len(list)
		list = append(list, input{string(name), raw})
	}) != nil {
		return errors.New("want an object, got " + excerpt(js))
	}
	in.list, in.index = list, index
	return nil
}

// MarshalJSON writes the inputs as they came, in their order.
func (in Inputs) MarshalJSON() ([]byte, error) { return in.appendTo(nil), nil }

func (in Inputs) appendTo(b []byte) []byte {
	size := 2
	for _, one := range in.list {
		size += len(one.name) + len(one.raw) + 4
	}
	b = append(slices.Grow(b, size), '{')
	for i, one := range in.list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendMember(b, one.name, one.raw)
	}
	return append(b, '}')
}

// Names lists the inputs in their order, those without a value included.
func (in Inputs) Names() []string {
	names := make([]string, 0, len(in.list))
	for _, one := range in.list {
		names = append(names, one.name)
	}
	return names
}

// Raw returns an input as it came; ok is false when the message has no member
// of that name. A null is there, as "null".
func (in Inputs) Raw(name string) (raw json.RawMessage, ok bool) {
	if i, ok := in.index[name]; ok {
		return in.list[i].raw, true
	}
	return nil, false
}

// Has reports whether an input has a value. Missing, null, empty text, and
// text of nothing but white space are no value; a value that is no text at all
// is one, so that [Inputs.Text] can say what is wrong with it.
func (in Inputs) Has(name string) bool {
	if raw, _ := in.Raw(name); len(raw) > 1 && raw[0] == '"' && raw[1] != ' ' && members.Plain(raw[1:2]) {
		return true // and a long text need not be read for that
	}
	text, err := in.Text(name)
	return err != nil || strings.TrimSpace(text) != ""
}

// First returns the first of the names that has a value, for an input that has
// been called differently over the years; the first name when none has one.
func (in Inputs) First(names ...string) string {
	return names[max(0, slices.IndexFunc(names, in.Has))]
}

// Text returns an input as text: a string as it is, a number as written, a
// boolean as true or false, a select value {id, name} by its name, a text area
// {format, content} by its content; empty for null or missing. Anything else
// is an *InputError.
func (in Inputs) Text(name string) (string, error) {
	raw, ok := in.Raw(name)
	if !ok || absent(raw) {
		return "", nil
	}
	text, ok := scalar(raw)
	if !ok {
		return "", &InputError{name, excerpt(raw), "text, a number, a select value with a name, or a text area with content"}
	}
	return text, nil
}

// Required is Text for an input that must have a value.
func (in Inputs) Required(name string) (string, error) {
	text, err := in.Text(name)
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(text) == "" {
		got := "nothing"
		if text != "" {
			got = "only white space"
		}
		return "", &InputError{name, got, "a value (this input is required)"}
	}
	return text, nil
}

// Bool returns an input as a truth value: a boolean, 1 or 0, the words true,
// false, yes and no in any case, or a select value with one of these as its
// name. set is false for an input without a value. Anything else is an
// *InputError.
func (in Inputs) Bool(name string) (value, set bool, err error) {
	if text, err := in.Text(name); err == nil {
		switch strings.ToLower(strings.TrimSpace(text)) {
		case "":
			return false, false, nil
		case "true", "yes", "1":
			return true, true, nil
		case "false", "no", "0":
			return false, true, nil
		}
	}
	raw, _ := in.Raw(name)
	return false, false, &InputError{name, excerpt(raw), "true or false (Yes, No, 1 and 0 are fine too)"}
}

// Number returns an input as a whole number that is not negative, 0 for one without
// a value. A script that computes writes 2095.0, which is one. Anything else is an
// *InputError.
func (in Inputs) Number(name string) (int, error) {
	text, err := in.Text(name)
	if text = strings.TrimSpace(text); err != nil || text == "" {
		return 0, err
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.Trim(text, "+.0123456789eE") != "" || n != math.Trunc(n) || n > 1<<53 {
		return 0, &InputError{name, fmt.Sprintf("%.40q", text), "a number"}
	}
	return int(n), nil
}

// scalar reads the forms in which the platform sends one value.
func scalar(raw json.RawMessage) (string, bool) {
	raw = bytes.TrimSpace(raw)
	switch raw[0] {
	case '"':
		s, err := members.Text(raw)
		return s, err == nil
	case '[':
		return "", false
	case '{':
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) != nil {
			return "", false
		}
		for _, member := range []string{"content", "name"} {
			value, ok := object[member]
			switch {
			case !ok:
			case absent(value):
				return "", true
			case bytes.TrimSpace(value)[0] == '{':
				return "", false // one level of wrapping, not a chain of them
			default:
				return scalar(value)
			}
		}
		return "", false
	default:
		return string(raw), true
	}
}
