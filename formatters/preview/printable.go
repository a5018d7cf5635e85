package preview

import (
	"strings"
	"unicode"
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
