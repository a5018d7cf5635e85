package preview

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func linesText(lines []line) string {
	var b strings.Builder
	for _, l := range lines {
		for _, s := range l {
			b.WriteString(s.Text)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestWrapKeepsWordsWhole(t *testing.T) {
	for _, c := range []struct {
		spans []span
		width int
		want  string
	}{
		{words("one two three", 0), 8, "one two\nthree\n"},
		{words("one  two", 0), 20, "one  two\n"},
		{words("abcdefghij", 0), 4, "abcd\nefgh\nij\n"},
		{words("ab abcdefghij", 0), 4, "ab\nabcd\nefgh\nij\n"},
		{words("a\n\nb", 0), 4, "a\n\nb\n"},
		{[]span{{Text: "see "}, {Text: "bo", Style: bold}, {Text: "ld, then"}}, 7, "see\nbold,\nthen\n"}, // a word may have two styles
		{words("路由器路由器", 0), 5, "路由\n器路\n由器\n"},
		{words("👩‍💻🇬🇷👋🏽", 0), 2, "👩‍💻\n🇬🇷\n👋🏽\n"}, // no emoji is cut in two
		{words("", 0), 5, "\n"},
	} {
		if got := linesText(wrap(c.spans, c.width)); got != c.want {
			t.Errorf("%v in %d: %q, want %q", c.spans, c.width, got, c.want)
		}
	}
}

func TestColumns(t *testing.T) {
	for s, want := range map[string]int{
		"abc": 3, "é": 1, "e\u0301": 1, "路": 2, "🚨": 2, "👩‍💻": 2, "⚠️": 2, "⚠": 1, "🇬🇷": 2, "🇬🇷🇬🇧": 4, "─": 1, "✅": 2, "": 0, "👋🏽": 2,
	} {
		if got := (line{{Text: s}}).columns(); got != want {
			t.Errorf("%q takes %d columns, want %d", s, got, want)
		}
	}
}

func FuzzWrapLosesNothing(f *testing.F) {
	f.Add("one two three", "four", 7)
	f.Add("路由器 \t x\n", "\x1b[31m", 3)
	f.Fuzz(func(t *testing.T, a, b string, width int) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			t.Skip("not a text of JSON")
		}
		width = 2 + max(width, 0)%100
		lines := wrap([]span{{Text: a}, {Text: b, Style: bold}}, width)
		bare := func(s string) string {
			return strings.Map(func(r rune) rune {
				if r == ' ' || r == '\n' {
					return -1
				}
				return r
			}, s)
		}
		got := bare(linesText(lines))
		want := bare(visible(strings.ReplaceAll(a, "\t", "")) + visible(strings.ReplaceAll(b, "\t", "")))
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
		for _, l := range lines {
			if l.columns() > width {
				t.Errorf("%q is wider than %d", linesText([]line{l}), width)
			}
			for _, r := range linesText([]line{l}) {
				if r != '\n' && unicode.IsControl(r) {
					t.Errorf("%U in %v", r, l)
				}
			}
		}
	})
}
