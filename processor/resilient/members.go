package resilient

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/formatters/jsontext"
)

// What encoding/json does not offer: the members of an object in their order.
// Its Decoder can be made to, at several times the cost of all else that is done
// with a call and its results.

var errMember = errors.New("the object ends too early")

// eachMember calls f for every member of an object. js must be valid JSON that
// begins with "{"; the values are passed over and not checked. raw is a part of
// js.
func eachMember(js []byte, f func(name string, raw json.RawMessage)) error {
	js = bytes.TrimLeft(js, blanks)[1:]
	for {
		js = bytes.TrimLeft(js, blanks+",")
		if len(js) == 0 {
			return errMember
		}
		if js[0] == '}' {
			return nil
		}
		n := valueLen(js)
		name, err := unquote(js[:n])
		if err != nil {
			return err
		}
		js = bytes.TrimLeft(js[n:], blanks+":")
		if n = valueLen(js); n == 0 {
			return errMember
		}
		f(name, js[:n:n])
		js = js[n:]
	}
}

// blanks are JSON's white space.
const blanks = " \t\r\n"

// valueLen is the length of the value that valid JSON begins with.
func valueLen(js []byte) int {
	depth := 0
	for i := 0; i < len(js); i++ {
		switch js[i] {
		case '"':
			for i++; i < len(js) && js[i] != '"'; i++ {
				if js[i] == '\\' {
					i++
				}
			}
			if i >= len(js) {
				return len(js)
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(js)
}

// unquote reads a string.
func unquote(js []byte) (s string, err error) {
	if s, ok := jsontext.Text(js); ok {
		return s, nil
	}
	err = json.Unmarshal(js, &s)
	return s, err
}

// appendMember writes one member of an object; raw is valid JSON.
func appendMember(b []byte, name string, raw []byte) []byte {
	b = append(appendString(b, name), ':')
	return append(b, raw...)
}

// appendString writes a string as encode does.
func appendString(b []byte, s string) []byte {
	if !plain(s) {
		return append(b, encode(s)...)
	}
	b = append(append(b, '"'), s...)
	return append(b, '"')
}

// plain says that a text is the same within a JSON string: nothing in it has to
// be escaped, or is.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
