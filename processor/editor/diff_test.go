package editor

import "testing"

func TestLineDiff(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"equal", "a\nb", "a\nb", ""},
		{"changed", "a\nb\nc", "a\nx\nc", "  a\n- b\n+ x\n  c\n"},
		{"added", "a\nc", "a\nb\nc", "  a\n+ b\n  c\n"},
		{"taken away", "a\nb\nc", "a\nc", "  a\n- b\n  c\n"},
		{"an empty last line", "a", "a\n", "  a\n+ \n"},
		{"from nothing", "", "a", "- \n+ a\n"},
		{"words", "a b c\nx", "a d c\nx", "- a [-b-] c\n+ a {+d+} c\n  x\n"},
		{"a word more", "a c", "a b c", "- a c\n+ a {+b+} c\n"},
		{"more lines than before", "a b", "a c\na d", "- a b\n+ a c\n+ a d\n"},
		{"far apart", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10", "1x\n2\n3\n4\n5\n6\n7\n8\n9\n10x",
			"- 1\n+ 1x\n  2\n  3\n  4\n  … line 7\n  7\n  8\n  9\n- 10\n+ 10x\n"},
	} {
		if got, err := lineDiff(c.from, c.to); got != c.want || err != nil {
			t.Errorf("%s: got\n%s%v want\n%s", c.name, got, err, c.want)
		}
	}
}

func TestTextLines(t *testing.T) {
	const js = "{\n  \"text\": \"a\\nb\\\\n \\\"\\n\"\n}\n"
	const want = "{\n  \"text\": \"a\\n\n    b\\\\n \\\"\\n\"\n}\n"
	if got := textLines(js); got != want {
		t.Errorf("got\n%s want\n%s", got, want)
	}
}
