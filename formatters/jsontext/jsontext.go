// Package jsontext reads JSON that is as it usually is, in a third of the time that
// encoding/json takes.
//
// It promises to take nothing for JSON that is none, and to give what encoding/json
// would. What is unusual it leaves to its caller, who asks a full reader then: every
// error, what is nested deeply, bytes that are no UTF-8, and pairs of surrogates.
package jsontext

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is more than honest data needs, and nothing for a stack.
const MaxDepth = 64

// Reader goes through one text of JSON. Where a method says that something is not ok,
// the Reader must not be used any more.
type Reader struct {
	text string
	at   int
}

// New is a Reader at the beginning of a text.
func New(text string) (r Reader, ok bool) { return Reader{text: text}, utf8.ValidString(text) }

// Text reads JSON that is one string.
func Text(js []byte) (s string, ok bool) {
	r, ok := New(string(js))
	if !ok || r.Next() != '"' {
		return "", false
	}
	s, ok = r.String()
	return s, ok && r.Ended()
}

// Next skips space and returns the byte that follows, 0 at the end.
func (r *Reader) Next() byte {
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// Ended reports whether nothing but space follows.
func (r *Reader) Ended() bool { return r.Next() == 0 && r.at == len(r.text) }

// Open skips the bracket that is next, and end where nothing stands before it.
func (r *Reader) Open(end byte) (more bool) {
	r.at++
	if r.Next() == end {
		r.at++
		return false
	}
	return true
}

// Comma skips what follows a member: a comma, or end.
func (r *Reader) Comma(end byte) (more, ok bool) {
	c := r.Next()
	r.at++
	return c == ',', c == ',' || c == end
}

// Name reads the name of a member and the colon.
func (r *Reader) Name() (name string, ok bool) {
	if r.Next() != '"' {
		return "", false
	}
	if name, ok = r.String(); !ok || r.Next() != ':' {
		return "", false
	}
	r.at++
	return name, true
}

// String reads the string whose quote is next.
func (r *Reader) String() (s string, ok bool) {
	r.at++
	start, escaped := r.at, false
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c == '"':
			s = r.text[start:r.at]
			r.at++
			if escaped {
				return unescape(s)
			}
			return s, true
		case c == '\\':
			escaped = true
			r.at++
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

// unescape decodes what stands between the quotes of a string. Something stands behind
// every backslash.
func unescape(s string) (text string, ok bool) {
	var b strings.Builder
	b.Grow(len(s))
	for {
		before, rest, found := strings.Cut(s, `\`)
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		if i := strings.IndexByte(`"\/bfnrt`, rest[0]); i >= 0 {
			b.WriteByte("\"\\/\b\f\n\r\t"[i])
			s = rest[1:]
			continue
		}
		if rest[0] != 'u' || len(rest) < 5 {
			return "", false
		}
		n, err := strconv.ParseUint(rest[1:5], 16, 16)
		if err != nil || utf16.IsSurrogate(rune(n)) {
			return "", false
		}
		b.WriteRune(rune(n))
		s = rest[5:]
	}
}

// Word skips a word, such as true.
func (r *Reader) Word(word string) (ok bool) {
	if !strings.HasPrefix(r.text[r.at:], word) {
		return false
	}
	r.at += len(word)
	return true
}

// Number reads a number as it is written; short says that it is a whole one of less
// than 16 digits without a sign.
func (r *Reader) Number() (number string, short, ok bool) {
	start := r.at
	digits := true
	for ; r.at < len(r.text); r.at++ {
		c := r.text[r.at]
		if c >= '0' && c <= '9' {
			continue
		}
		if c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E' {
			break
		}
		digits = false
	}
	number = r.text[start:r.at]
	if digits && len(number) > 0 && len(number) <= 15 && (number[0] != '0' || len(number) == 1) {
		return number, true, true
	}
	return number, false, json.Valid([]byte(number))
}
