package formatters

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxNesting bounds lists and objects inside each other; a workflow needs two.
const maxNesting = 200

// reader is the lenient JSON parser behind ReadDetails. It never looks further
// ahead than from one quote to the next two, which keeps it linear.
type reader struct {
	src     string
	pos     int
	stack   []byte // the open { and [
	details []Detail
	notes   []string
	junk    int // where text follows what would have been the end
}

func (p *reader) open(c byte) {
	p.stack = append(p.stack, c)
	p.pos++
}

func (p *reader) close() {
	p.stack = p.stack[:len(p.stack)-1]
	p.pos++
}

// skipSpace returns the offset of what follows white space at i.
func skipSpace(s string, i int) int {
	for i < len(s) {
		switch c := s[i]; {
		case c <= ' ' || c == 0x7f:
			i++
		case c == '\\' && i+1 < len(s) && (s[i+1] == 'n' || s[i+1] == 'r' || s[i+1] == 't'):
			i += 2
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			if !unicode.IsSpace(r) && !invisible(r) {
				return i
			}
			i += size
		default:
			return i
		}
	}
	return i
}

// at returns the byte at i, 0 at the end. A 0 in the text is white space.
func (p *reader) at(i int) byte {
	if i < len(p.src) {
		return p.src[i]
	}
	return 0
}

// member moves to the next member of an object or list, and past its end if
// there is none.
func (p *reader) member(first bool, end byte) (more bool, err error) {
	p.pos = skipSpace(p.src, p.pos)
	if !first && p.at(p.pos) == ',' {
		p.pos = skipSpace(p.src, p.pos+1)
	} else if !first && p.pos < len(p.src) && p.src[p.pos] != end {
		return false, p.fail(p.pos, "a comma or "+string(end)+" should stand here")
	}
	switch {
	case p.pos == len(p.src):
		return false, p.fail(p.pos, "the text ends before the closing "+string(end))
	case p.src[p.pos] == end:
		p.close()
		return false, nil
	}
	return true, nil
}

// key reads a member's name and the colon.
func (p *reader) key() (string, error) {
	quote := p.quote()
	if quote == 0 {
		return "", p.fail(p.pos, "a name in double quotes should stand here")
	}
	key, err := p.str(quote, true)
	if err != nil {
		return "", err
	}
	p.pos = skipSpace(p.src, p.pos)
	if p.at(p.pos) != ':' {
		return "", p.fail(p.pos, "a colon should stand here")
	}
	p.pos = skipSpace(p.src, p.pos+1)
	return key, nil
}

// quote skips the u of a Python string and returns the quote at the position,
// or 0.
func (p *reader) quote() byte {
	c := p.at(p.pos)
	if next := p.at(p.pos + 1); c == 'u' && (next == '\'' || next == '"') {
		p.pos++
		c = next
	}
	if c == '"' || c == '\'' {
		return c
	}
	return 0
}

// value appends the value at the position to dst, as strict JSON.
func (p *reader) value(dst []byte) ([]byte, error) {
	if quote := p.quote(); quote != 0 {
		s, err := p.str(quote, false)
		return appendQuoted(dst, s), err
	}
	if p.pos == len(p.src) {
		return dst, p.fail(p.pos, "the text ends where a value should stand")
	}
	switch c := p.src[p.pos]; {
	case c == '{':
		return p.object(dst)
	case c == '[':
		return p.list(dst)
	case c == ',' || c == '}' || c == ']':
		p.note("a value is missing and taken for empty")
		return append(dst, "null"...), nil
	case c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.':
		return p.number(dst), nil
	default:
		return p.word(dst)
	}
}

func (p *reader) object(dst []byte) ([]byte, error) {
	if len(p.stack) >= maxNesting {
		return dst, p.fail(p.pos, "lists and objects are nested too deeply")
	}
	p.open('{')
	dst = append(dst, '{')
	for first := true; ; first = false {
		more, err := p.member(first, '}')
		if err != nil || !more {
			return append(dst, '}'), err
		}
		if !first {
			dst = append(dst, ',')
		}
		key, err := p.key()
		if err != nil {
			return dst, err
		}
		dst = append(appendQuoted(dst, key), ':')
		if dst, err = p.value(dst); err != nil {
			return dst, err
		}
	}
}

func (p *reader) list(dst []byte) ([]byte, error) {
	if len(p.stack) >= maxNesting {
		return dst, p.fail(p.pos, "lists and objects are nested too deeply")
	}
	p.open('[')
	dst = append(dst, '[')
	for first := true; ; first = false {
		more, err := p.member(first, ']')
		if err != nil || !more {
			return append(dst, ']'), err
		}
		if !first {
			dst = append(dst, ',')
		}
		if dst, err = p.value(dst); err != nil {
			return dst, err
		}
	}
}

// number appends a number as it is written. What JSON does not take for one
// becomes a string.
func (p *reader) number(dst []byte) []byte {
	start := p.pos
	for c := p.at(p.pos); isAlnum(c) || c == '-' || c == '+' || c == '.'; c = p.at(p.pos) {
		p.pos++
	}
	text := p.src[start:p.pos]
	if json.Valid([]byte(text)) {
		return append(dst, text...)
	}
	return appendQuoted(dst, text)
}

// word appends a value that is written without quotes.
func (p *reader) word(dst []byte) ([]byte, error) {
	start := p.pos
	for isAlnum(p.at(p.pos)) {
		p.pos++
	}
	switch word := p.src[start:p.pos]; word {
	case "null", "None", "undefined":
		return append(dst, "null"...), nil
	case "true", "True":
		return append(dst, "true"...), nil
	case "false", "False":
		return append(dst, "false"...), nil
	case "NaN", "nan", "Infinity", "inf":
		return appendQuoted(dst, word), nil
	}
	return dst, p.fail(start, "a value should stand here: text needs double quotes")
}

// str reads the string whose opening quote is at the position.
func (p *reader) str(quote byte, key bool) (string, error) {
	start := p.pos
	p.pos++
	doubt := -1 // the first quote that was taken for text
	escaped := false
	for {
		i := p.pos
		for i < len(p.src) && p.src[i] != quote && p.src[i] != '\\' {
			i++
		}
		if i == len(p.src) {
			break
		}
		if p.src[i] == '\\' {
			escaped = true
			p.pos = min(i+2, len(p.src))
			if p.at(i+1) == quote && !key && p.ends(i+2) == certain {
				return unescapeJSON(p.src[start+1 : i+1]), nil
			}
			continue
		}
		p.pos = i + 1
		if key && p.endsKey(p.pos) || !key && p.ends(p.pos) != no {
			s := p.src[start+1 : i]
			if escaped {
				s = unescapeJSON(s)
			}
			return s, nil
		}
		if doubt < 0 {
			doubt = i
		}
	}
	switch {
	case key && doubt >= 0:
		return "", p.fail(doubt, "a colon should stand after this name")
	case p.junk > 0:
		return "", p.fail(p.junk, "there is more text after the closing }")
	case doubt >= 0:
		return "", p.fail(doubt, "what follows this quote does not fit: a comma, a closing bracket or an escaped quote is missing")
	}
	return "", p.fail(start, "this string has no closing quote")
}

// How sure it is that a string ends.
type verdict int

const (
	no      verdict = iota
	likely          // there is nothing better, and an error will follow
	certain         // the object goes on, or ends, as it should
)

// endsKey reports whether a name ends before i: a colon follows, or something
// that is no text and makes a clear error.
func (p *reader) endsKey(i int) bool {
	i = skipSpace(p.src, i)
	return i == len(p.src) || strings.IndexByte(":,{}[]", p.src[i]) >= 0
}

// ends judges whether a string value ends before i by what follows: any number
// of closing brackets that fit, then the next member or the end of the text.
func (p *reader) ends(i int) verdict {
	i = skipSpace(p.src, i)
	if p.at(i) == '"' && p.startsMember(i) { // the comma before is missing
		return likely
	}
	for depth := len(p.stack); ; {
		if i == len(p.src) {
			if depth == 0 {
				return certain
			}
			return likely
		}
		if depth == 0 {
			if p.junk == 0 {
				p.junk = i
			}
			return no
		}
		in := p.stack[depth-1]
		switch c := p.src[i]; {
		case c == '}' && in == '{' || c == ']' && in == '[':
			depth--
			i = skipSpace(p.src, i+1)
		case c == ',':
			if i = skipSpace(p.src, i+1); i == len(p.src) {
				return likely
			}
			if p.src[i] == '}' || p.src[i] == ']' {
				continue // a comma after the last member
			}
			if in == '[' && p.startsValue(i) || in == '{' && p.startsName(i) {
				return certain
			}
			return no
		default:
			return no
		}
	}
}

// startsValue reports whether something that is a value in a list stands at i.
func (p *reader) startsValue(i int) bool {
	if strings.IndexByte("\"'[{-0123456789", p.src[i]) >= 0 {
		return true
	}
	end := i
	for isAlnum(p.at(end)) && end < i+len("undefined") {
		end++
	}
	switch p.src[i:end] {
	case "null", "None", "true", "True", "false", "False", "NaN", "Infinity":
		return true
	case "u":
		return p.at(end) == '"' || p.at(end) == '\''
	}
	return false
}

// startsName reports whether a quoted name and a colon stand at i.
func (p *reader) startsName(i int) bool {
	quote := p.at(i)
	if quote == 'u' {
		i++
		quote = p.at(i)
	}
	if quote != '"' && quote != '\'' {
		return false
	}
	for i++; i < len(p.src) && p.src[i] != quote; i++ {
		if p.src[i] == '\\' {
			i++
		}
	}
	return p.at(skipSpace(p.src, i+1)) == ':'
}

// startsMember reports whether one of the members that we know stands at i, or
// one that is an object: a comma is missing before it.
func (p *reader) startsMember(i int) bool {
	if !p.startsName(i) {
		return false
	}
	if strings.HasPrefix(p.src[i:], `"type"`) || strings.HasPrefix(p.src[i:], `"data"`) {
		return true
	}
	for i++; p.src[i] != '"'; i++ {
		if p.src[i] == '\\' {
			i++
		}
	}
	i = skipSpace(p.src, i+1)
	return p.at(skipSpace(p.src, i+1)) == '{'
}

// appendQuoted appends s as a JSON string.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}
