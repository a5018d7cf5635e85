package members

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/formatters/jsontext"
)

// Each calls f for every member of an object. raw is a part of js. The error is
// encoding/json's.
func Each(js []byte, f func(name []byte, raw json.RawMessage)) error {
	inner, err := inside(js, '{', new(map[string]json.RawMessage))
	for len(inner) > 0 {
		var called, raw []byte
		called, inner = value(inner)
		raw, inner = value(inner)
		f(name(called), raw)
	}
	return err
}

// Elements calls f for every element of a list, as Each does.
func Elements(js []byte, f func(raw json.RawMessage)) error {
	inner, err := inside(js, '[', new([]json.RawMessage))
	for len(inner) > 0 {
		var raw []byte
		raw, inner = value(inner)
		f(raw)
	}
	return err
}

const (
	blanks  = " \t\r\n"
	between = blanks + ",:" // two values
)

// inside is what stands between the brackets, without blanks around it.
func inside(js []byte, bracket byte, kind any) ([]byte, error) {
	js = bytes.Trim(js, blanks)
	if len(js) > 0 && js[0] == bracket && json.Valid(js) {
		return bytes.Trim(js[1:len(js)-1], blanks), nil
	}
	if err := json.Unmarshal(js, kind); err != nil { // to it null is one
		return nil, err
	}
	return nil, errors.New("it is null")
}

// value cuts off the value that valid JSON begins with.
func value(js []byte) (raw, rest []byte) {
	depth, i := 0, 0
loop:
	for ; i < len(js); i++ {
		switch js[i] {
		case '"':
			for i++; js[i] != '"'; i++ {
				if js[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				i++
				break loop
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				i++
				break loop
			}
		case ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				break loop
			}
		}
	}
	return js[:i:i], bytes.TrimLeft(js[i:], between)
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
