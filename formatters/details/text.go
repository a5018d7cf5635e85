package details

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Where strings begin and end
//
// Whatever a workflow escapes its data with, json.dumps or replace('"', '\"'),
// puts a backslash before each quote in it. A quote without one is the
// document's own. So a string begins at such a quote only, and always ends at
// one. Whether it ends at a quote behind a backslash depends: in JSON on how
// many backslashes there are, in a pasted text on what follows, for "C:\temp\"
// ends there.
//
// Data cannot profit from a wrong decision. After one the reader takes inside
// for outside. There the quotes of the data, all behind backslashes, are errors,
// and what stands between the strings of the document, which it now takes for
// strings, holds no quotes. So nothing sets it right again, and the last quote
// of the document opens a string that never ends. A text that is read to its end
// has been cut where its writer cut it.

// quote returns the quote with which a string begins at i, or 0.
func (p *reader) quote(i int) byte {
	c := p.at(i)
	if p.python && c == 'u' {
		c = p.at(i + 1)
	}
	if c == '"' || p.python && c == '\'' {
		return c
	}
	return 0
}

// text reads the string at the position.
func (p *reader) text(name bool) string {
	opening := p.pos
	quote := p.quote(p.pos)
	start := strings.IndexByte(p.src[p.pos:], quote) + p.pos + 1
	end := p.end(start, quote)
	if p.pasted {
		end = p.pastedEnd(start, quote, name)
	}
	if end < 0 {
		p.fail(opening, "this string has no closing quote")
		return ""
	}
	p.pos = end + 1
	raw := p.src[start:end]
	switch {
	case strings.IndexByte(raw, '\\') < 0:
		return raw
	case p.pasted:
		return strings.ReplaceAll(raw, `\`+string(quote), string(quote))
	}
	return p.unescape(raw, start)
}

// end is where a string ends whose backslashes escape; -1 for nowhere.
func (p *reader) end(start int, quote byte) int {
	for i := start; i < len(p.src); i++ {
		switch p.src[i] {
		case quote:
			return i
		case '\\':
			i++
		}
	}
	return -1
}

// pastedEnd is where a string ends whose backslashes stand for themselves; -1
// for nowhere. That is the first quote without a backslash before it. If the
// document cannot go on there, that quote may be the next string's first, and
// this one ends in a backslash, at the quote before.
func (p *reader) pastedEnd(start int, quote byte, name bool) int {
	last, end := -1, -1
	for i := start; i < len(p.src) && end < 0; i++ {
		switch {
		case p.src[i] != quote:
		case i > start && p.src[i-1] == '\\':
			last = i
		default:
			end = i
		}
	}
	if last < 0 || end >= 0 && p.goesOn(end+1, name) || !p.goesOn(last+1, name) {
		return end
	}
	p.note(last-1, "a text is taken to end in this backslash")
	return last
}

// goesOn reports whether the document can go on at i, behind a string: with a
// colon behind a name, else with brackets that close and the next member, or the
// end.
func (p *reader) goesOn(i int, name bool) bool {
	i = skipSpace(p.src, i)
	if name {
		return p.at(i) == ':'
	}
	for depth := len(p.open); depth > 0; {
		inner := p.open[depth-1]
		switch p.at(i) {
		case inner:
			depth--
			i = skipSpace(p.src, i+1)
		case ',':
			if i = skipSpace(p.src, i+1); p.at(i) != inner {
				return p.quote(i) != 0 || inner == ']' && p.startsValue(i)
			}
		default:
			return false
		}
	}
	return i == len(p.src)
}

// startsValue reports whether something that is no string but a value may stand
// at i.
func (p *reader) startsValue(i int) bool {
	if c := p.at(i); c != 0 && strings.IndexByte("{[+-.0123456789", c) >= 0 {
		return true
	}
	for _, w := range words {
		if strings.HasPrefix(p.src[i:], w.word) {
			return true
		}
	}
	return false
}

// unescape decodes the backslashes of a string that begins at the offset start.
func (p *reader) unescape(raw string, start int) string {
	var b strings.Builder
	b.Grow(len(raw))
	for i := 0; i < len(raw); {
		next := strings.IndexByte(raw[i:], '\\')
		if next < 0 {
			b.WriteString(raw[i:])
			break
		}
		b.WriteString(raw[i : i+next])
		i += next
		r, n := escape(raw[i:], p.python)
		if n == 0 {
			p.fail(start+i, "this backslash escapes nothing that can be escaped; a backslash itself must be doubled")
			return ""
		}
		if !p.python {
			p.doubtful(raw, i, start)
		}
		b.WriteRune(r)
		i += n
	}
	return b.String()
}

// escape decodes the escape at the start of s; n is its length, 0 where the
// notation knows none like it. Half of a surrogate pair is U+FFFD.
func escape(s string, python bool) (r rune, n int) {
	if len(s) < 2 {
		return 0, 0
	}
	digits := 0
	switch c := s[1]; {
	case c == 'n':
		return '\n', 2
	case c == 'r':
		return '\r', 2
	case c == 't':
		return '\t', 2
	case c == '"' || c == '\\' || c == '/' && !python || c == '\'' && python:
		return rune(c), 2
	case c == 'b' && !python:
		return '\b', 2
	case c == 'f' && !python:
		return '\f', 2
	case c == 'u':
		digits = 4
	case c == 'x' && python:
		digits = 2
	case c == 'U' && python:
		digits = 8
	default:
		return 0, 0
	}
	r, ok := hex(s, digits)
	if !ok {
		return 0, 0
	}
	n = 2 + digits
	if utf16.IsSurrogate(r) && strings.HasPrefix(s[n:], `\u`) {
		low, _ := hex(s[n:], 4)
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, n + 6
		}
	}
	return r, n // as UTF-8 half of a pair is U+FFFD
}

// hex reads the digits of the escape at the start of s.
func hex(s string, digits int) (rune, bool) {
	if len(s) < 2+digits {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:2+digits], 16, 32)
	return rune(n), err == nil && n <= utf8.MaxRune
}

// The escapes whose letters are lost when the text was typed, and not written
// by something that escapes.
var eaten = map[byte]string{'b': "a backspace", 'f': "a form feed", 'n': "a line break", 'r': "a carriage return", 't': "a tab"}

// doubtful tells of an escape, at i, that looks like a part of a typed path, and
// of characters that nobody writes on purpose.
func (p *reader) doubtful(raw string, i, start int) {
	c := raw[i+1]
	switch {
	case c == 'b' || c == 'f':
	case eaten[c] != "" && i > 1 && raw[i-1] == ':' && isLetter(raw[i-2]) && (i == 2 || !isLetter(raw[i-3])):
	case c == '\\' && (i == 0 || strings.IndexByte(" \t\n('>", raw[i-1]) >= 0) && len(raw) > i+3 && isLetter(raw[i+2]) && isLetter(raw[i+3]):
		p.note(start+i, `read as JSON: \\ is one backslash; if a share was meant, double its backslashes`)
		return
	default:
		return
	}
	p.note(start+i, `read as JSON: \`+string(c)+` is `+eaten[c]+`; if a path was meant, double its backslashes`)
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
