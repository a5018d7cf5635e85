package main

import (
	"strings"
	"testing"
)

func TestLineDiff(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"equal", "a\nb", "a\nb", ""},
		{"changed", "a\nb\nc", "a\nx\nc", "  a\n- b\n+ x\n  c\n"},
		{"added", "a\nc", "a\nb\nc", "  a\n+ b\n  c\n"},
		{"taken away", "a\nb\nc", "a\nc", "  a\n- b\n  c\n"},
		{"from nothing", "", "a", "- \n+ a\n"},
		{"far apart", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10", "1x\n2\n3\n4\n5\n6\n7\n8\n9\n10x",
			"- 1\n+ 1x\n  2\n  3\n  4\n  … line 7\n  7\n  8\n  9\n- 10\n+ 10x\n"},
	} {
		if got := lineDiff(c.from, c.to); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
	}
}

// A diff leads from the one text to the other.
func FuzzDiffLines(f *testing.F) {
	f.Add("a\nb\nc", "a\nc\nd")
	f.Add("", "\n\n")
	f.Fuzz(func(t *testing.T, from, to string) {
		var a, b []string
		for _, l := range diffLines(strings.Split(from, "\n"), strings.Split(to, "\n")) {
			if l.sign != '+' {
				a = append(a, l.text)
			}
			if l.sign != '-' {
				b = append(b, l.text)
			}
		}
		if got := strings.Join(a, "\n"); got != from {
			t.Errorf("without +: got %q, want %q", got, from)
		}
		if got := strings.Join(b, "\n"); got != to {
			t.Errorf("without -: got %q, want %q", got, to)
		}
	})
}
