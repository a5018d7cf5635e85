package members

import (
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/formatters/jsontext"
)

// Each calls f for every member of an object. raw is a part of js. The error is
// encoding/json's; before it f may have been called for some.
func Each(js []byte, f func(name []byte, raw json.RawMessage)) error {
	if at := blank(js, 0); is(js, at, '{') && ends(js, object(js, at, 0, f)) {
		return nil
	}
	return refused(js, new(map[string]json.RawMessage))
}

// Elements calls f for every element of a list, as Each does.
func Elements(js []byte, f func(raw json.RawMessage)) error {
	if at := blank(js, 0); is(js, at, '[') && ends(js, list(js, at, 0, f)) {
		return nil
	}
	return refused(js, new([]json.RawMessage))
}

// Text reads a string; null is "".
func Text(raw json.RawMessage) (s string, err error) {
	if s, ok := jsontext.Text(raw); ok {
		return s, nil
	}
	err = json.Unmarshal(raw, &s)
	return s, err
}

// Plain says that a text is the same within a JSON string: nothing in it has to be
// escaped, or is.
func Plain[T ~string | ~[]byte](s T) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// name is a member's, which was gone through.
func name(raw []byte) []byte {
	if inner := raw[1 : len(raw)-1]; Plain(inner) {
		return inner
	}
	s, _ := Text(raw)
	return []byte(s)
}

// ends reports whether what ends at i is all that there is.
func ends(js []byte, i int) bool { return i >= 0 && blank(js, i) == len(js) }

// refused is what encoding/json says of what is no such value. To it null is one.
func refused(js []byte, value any) error {
	if err := json.Unmarshal(js, value); err != nil {
		return err
	}
	return errors.New("it is null")
}
