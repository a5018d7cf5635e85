package formatters

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// unescapeJSON decodes the backslashes of a string.
//
// The workflows' scripts escape quotes and nothing else, so a backslash that a
// person typed arrives as it is: C:\Users\bob is no valid JSON, and C:\temp\new
// is, with another meaning. Scripts that do it properly double it. A string is
// therefore read in one of two ways.
//
// It was typed if it holds an escape that JSON does not know (\U, \x, \u
// without four digits) or one that nobody writes on purpose (\b and \f before a
// letter: backspace and form feed). Then every backslash stands for itself,
// except that \" is a quote and \n, \r, \t and \uXXXX mean what they mean in
// JSON where they are not part of a path.
//
// Else it is JSON. But a path in it, a word that begins with C:\ or \\name and
// has no doubled backslash after that, was typed all the same: C:\temp\new and
// \\server\tools stay as they are. Only where all backslashes of such a word are
// \n or \r, a line break somewhere else in the string decides that these are
// line breaks as well: "Plan B:\nfirst step\nsecond step".
func unescapeJSON(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	typed, breaks := survey(s)
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if s[i] != '\\' && !isAlnum(s[i]) {
			b.WriteByte(s[i])
			i++
			continue
		}
		if wordStart(s, i) {
			if n := pathLen(s[i:], typed, breaks); n > 0 {
				b.WriteString(strings.ReplaceAll(s[i:i+n], `\"`, `"`))
				i += n
				continue
			}
		}
		if s[i] != '\\' {
			b.WriteByte(s[i])
			i++
			continue
		}
		i += unescapeOne(&b, s[i:], typed)
	}
	return b.String()
}

// survey looks at all escapes of a string: typed reports one that no JSON
// writer makes, breaks counts the line breaks.
func survey(s string) (typed bool, breaks int) {
	for i := 0; i+1 < len(s); i++ {
		if s[i] != '\\' {
			continue
		}
		i++
		switch c := s[i]; c {
		case 'n':
			breaks++
		case '"', '\'', '\\', '/', 'r', 't':
		case 'b', 'f':
			typed = typed || i+1 < len(s) && isAlnum(s[i+1])
		case 'u':
			_, ok := hex4(s[i+1:])
			typed = typed || !ok
		default:
			typed = true
		}
	}
	return typed, breaks
}

func wordStart(s string, i int) bool {
	if i == 0 {
		return true
	}
	c := s[i-1]
	return c <= ' ' || strings.IndexByte("\"'`(<[{>=,;|", c) >= 0 ||
		i > 1 && s[i-2] == '\\' && (c == 'n' || c == 't' || c == 'r') && !isAlnum(s[i])
}

// maxPath bounds the search for a path's end, which may be in vain and begins
// again at the next word. Windows' own limit is 260 for most programs.
const maxPath = 1024

// pathLen returns the length of the typed Windows path that s begins with, or 0.
func pathLen(s string, typed bool, breaks int) int {
	start := 0
	switch {
	case len(s) > 3 && isLetter(s[0]) && s[1] == ':' && s[2] == '\\' && pathByte(s[3]):
		start = 2
	case len(s) > 3 && s[0] == '\\' && s[1] == '\\' && pathByte(s[2]):
		start = 2
	default:
		return 0
	}
	end, separators, ambiguous := start, 0, 0
	for end < min(len(s), maxPath) && (pathByte(s[end]) || s[end] == '\\') {
		if s[end] == '\\' {
			next := byte(0)
			if end+1 < len(s) {
				next = s[end+1]
			}
			if next == '"' {
				break
			}
			if next == '\\' && !typed {
				return 0 // doubled: written by something that escapes
			}
			if _, ok := hex4(s[min(end+2, len(s)):]); next == 'u' && ok && !typed {
				return 0
			}
			separators++
			if next == 'n' || next == 'r' {
				ambiguous++
			}
		}
		end++
	}
	switch {
	case typed:
	case s[0] == '\\':
		if separators == 0 {
			return 0 // \\name alone is JSON for \name
		}
	case strings.HasPrefix(s[2:], `\r\n`) || separators == ambiguous && breaks > strings.Count(s[:end], `\n`):
		return 0
	}
	return end
}

func isLetter(c byte) bool { return isAlnum(c) && c > '9' }

// pathByte reports whether c may stand in a file name without blanks.
func pathByte(c byte) bool {
	return isAlnum(c) || c >= utf8.RuneSelf || strings.IndexByte("._-$%~#@+!&()[]{}^'=*?", c) >= 0
}

// unescapeOne writes what the escape at the start of s means and returns its
// length.
func unescapeOne(b *strings.Builder, s string, typed bool) int {
	if len(s) == 1 {
		b.WriteByte('\\')
		return 1
	}
	switch c := s[1]; c {
	case '"', '\'':
		b.WriteByte(c)
		return 2
	case 'n':
		b.WriteByte('\n')
		return 2
	case 'u':
		if r, ok := hex4(s[2:]); ok {
			n := 6
			if utf16.IsSurrogate(r) {
				low, ok := rune(0), false
				if strings.HasPrefix(s[6:], `\u`) {
					low, ok = hex4(s[8:])
				}
				if pair := utf16.DecodeRune(r, low); ok && pair != utf8.RuneError {
					r, n = pair, 12
				} else {
					r = utf8.RuneError
				}
			}
			b.WriteRune(r)
			return n
		}
	case 't', 'r':
		if typed && len(s) > 2 && isAlnum(s[2]) {
			break
		}
		b.WriteByte(map[byte]byte{'t': '\t', 'r': '\r'}[c])
		return 2
	case '\\', '/':
		if typed {
			break
		}
		b.WriteByte(c)
		return 2
	case 'b', 'f':
		if typed {
			break
		}
		return 2 // a control character that would be dropped anyway
	}
	b.WriteByte('\\')
	if s[1] == '\\' {
		b.WriteByte('\\')
		return 2
	}
	return 1
}

// hex4 reads four hexadecimal digits.
func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(s[:4], 16, 16)
	return rune(n), err == nil && isAlnum(s[0])
}
