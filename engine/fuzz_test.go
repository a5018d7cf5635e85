package engine

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// The caret stands below the character, whatever the line is.
func FuzzExcerpt(f *testing.F) {
	f.Add("\tconst x = 1;", 8)
	f.Add(strings.Repeat("é", 300), 200)
	f.Add("", 1)
	f.Fuzz(func(t *testing.T, line string, column int) {
		if !utf8.ValidString(line) || strings.ContainsAny(line, "\n\r\u2028\u2029") {
			t.Skip()
		}
		lines := strings.Split(excerpt(line, 1, column), "\n")
		if len(lines) != 2 || !strings.HasSuffix(lines[1], "^") {
			t.Fatalf("got %q, want a line and a caret", lines)
		}
		if n := utf8.RuneCountInString(lines[0]); n > excerptWidth+20 {
			t.Errorf("the line has %d characters", n)
		}
	})
}
