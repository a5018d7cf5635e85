package preview

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable is text that a terminal can be given: control characters, which
// could write over the screen, and controls of the writing direction are shown
// as U+FFFD. Line breaks and tabs stay.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// PrintableLine is Printable for what stands on one line of others, such as the
// name of a file: line breaks and tabs are U+FFFD as well.
func PrintableLine(text string) string {
	return strings.NewReplacer("\n", "\uFFFD", "\t", "\uFFFD").Replace(Printable(text))
}

// visible makes text safe for a terminal: control characters and those that
// turn or hide text become something that can be seen, since a person who tests
// a layout wants to know that they are there.
func visible(s string) string {
	if strings.IndexFunc(s, hidden) < 0 && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case !hidden(r):
			b.WriteRune(r)
		case r < ' ':
			b.WriteRune('\u2400' + r) // the control pictures
		case r == 0x7f:
			b.WriteRune('\u2421')
		default:
			fmt.Fprintf(&b, "<U+%04X>", r)
		}
	}
	return b.String()
}

// hidden tells whether a rune must not reach a terminal. The joiners and
// selectors that emoji are made of may.
func hidden(r rune) bool {
	switch {
	case r == '\n' || r == '\u200d' || r == '\u2060':
		return false
	case r < ' ' || r >= 0x7f && r < 0xa0:
		return true
	case r == '\u2028' || r == '\u2029':
		return true
	}
	return unicode.Is(unicode.Cf, r) && !(r >= 0xE0020 && r <= 0xE007F)
}
