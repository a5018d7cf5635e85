package mrkdwn

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean gives text the one form in which the rest of the package handles it:
// valid UTF-8, line breaks as \n, and nothing that a reader cannot see but that
// changes what he sees. Those are control characters, the bidirectional
// controls with which names and file endings are spoofed, soft hyphens, and the
// fillers and zero-width characters that no script needs. The joiners U+200C and
// U+200D stay: Persian and emoji are written with them.
func Clean(s string) string {
	i := 0
	for i < len(s) && (s[i] >= ' ' && s[i] < 0x7f || s[i] == '\n' || s[i] == '\t') {
		i++
	}
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	b.WriteString(s[:i])
	for i < len(s) {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c == '\r':
				if i < len(s) && s[i] == '\n' {
					i++
				}
				b.WriteByte('\n')
			case c >= ' ' && c != 0x7f || c == '\n' || c == '\t':
				b.WriteByte(c)
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == 0x85 || r == 0x2028 || r == 0x2029:
			b.WriteByte('\n')
		case r == utf8.RuneError:
			b.WriteRune(r)
		case !invisible(r):
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// invisible reports whether Clean drops the rune.
func invisible(r rune) bool {
	switch {
	case r >= 0x80 && r < 0xa0: // C1 controls
		return true
	case r == 0x061c, r == 0x200e, r == 0x200f, // bidirectional marks
		r >= 0x202a && r <= 0x202e, // embeddings and overrides
		r >= 0x2066 && r <= 0x2069: // isolates
		return true
	case r == 0xad, r == 0x34f, // soft hyphen, grapheme joiner
		r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0, // Hangul fillers
		r == 0x17b4, r == 0x17b5, r == 0x180e, r >= 0x206a && r <= 0x206f: // vowels and format characters that are no more
		return true
	case r == 0x200b, r >= 0x2060 && r <= 0x2064, r == 0xfeff, // zero width
		r >= 0xfff9 && r <= 0xfffb,   // interlinear annotation
		r >= 0xe0000 && r <= 0xe007f: // tags, which carry whole hidden sentences
		return true
	}
	return false
}

// Blank reports whether a clean text has nothing to be seen.
func Blank(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return !unicode.IsSpace(r) && r != 0x200c && r != 0x200d && r != 0x2800 && !unicode.Is(unicode.Variation_Selector, r)
	}) < 0
}

// OneLine is Clean for text that has no lines: labels of links and of fields.
func OneLine(s string) string {
	s = Clean(s)
	if strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, '\t') < 0 {
		return strings.TrimSpace(s)
	}
	return strings.Join(strings.Fields(s), " ")
}
