package mrkdwn

import (
	"strings"
	"testing"
)

// shown is text with its guards to be seen.
func shown(text string) string { return strings.ReplaceAll(text, Joiner, "|") }

// A guard stands where Slack would act on data, and nowhere else: what has none can
// be copied.
func TestDataIsGuardedWhereItWouldAct(t *testing.T) {
	for _, c := range []struct{ why, text, want string }{
		{"a pair formats", "*a* _b_ ~c~ `d`", "|*|a|*| |_|b|_| |~|c|~| |`|d|`|"},
		{"one without a partner does not", "*.exe and *.dll", "*.exe and *.dll"},
		{"nor inside of words", "snake_case_name 2*3*4 it`s", "snake_case_name 2*3*4 it`s"},
		{"nor beside blanks", "2 * 3 * 4", "2 * 3 * 4"},
		{"nor in two lines", "*a\nb*", "*a\nb*"},
		{"only those that could pair are guarded", "*a* 2*3", "|*|a|*| 2*3"},
		{"wide forms are marks, too", "＊a＊", "|＊|a|＊|"},
		{"backticks pair inside words", "a`b`c", "a|`|b|`|c"},
		{"a fence spans lines", "```\na\n```", "|`|`|`|\na\n|`|`|`|"},
		{"nothing formats in a URL", "https://x.example/_a_*b*", "https://x.example/_a_*b*"},
		{"but in what only looks like one", "xhttps://x.example/_a_", "xhttps://x.example/|_|a|_|"},
		{"a sign calls at the start of a word", "@joe (#general", "@|joe (#|general"},
		{"and not in an address", "joe@example.com https://x.example/#top C#", "joe@example.com https://x.example/#top C#"},
		{"but everybody everywhere", "https://x.example/@here @herein", "https://x.example/@|here @|herein"},
		{"> quotes at the start of a line", "> a\n > b\nc > d", "|&gt; a\n |&gt; b\nc &gt; d"},
		{"entities are data", "&lt;!here&gt; <!here>", "&amp;lt;!here&amp;gt; &lt;!here&gt;"},
		{"what is invisible goes", "a\u200b\u202eb\u00ad\x00c", "abc"},
	} {
		if got := shown(Esc(c.text)); got != c.want {
			t.Errorf("%s: %q: got %q, want %q", c.why, c.text, got, c.want)
		}
	}
}

// Two texts may be harmless each, and act where they meet.
func TestTextsThatMeet(t *testing.T) {
	for _, c := range []struct {
		why   string
		texts []string
		want  string
	}{
		{"a sign and a name", []string{"@", "here"}, "@|here"},
		{"a name in halves", []string{"https://x.example/?@he", "re"}, "https://x.example/?@|here"},
		{"a mark and its partner", []string{"*a", "b*"}, "|*|ab|*|"},
		{"a word and a scheme", []string{"x", "http://_a_"}, "xhttp://|_|a|_|"},
		{"a code in halves", []string{"10:1", "00:3"}, "10:1|00:3"},
		{"a code with a blank in the second", []string{"10:1", "0 0:3"}, "10:10 0:3"},
		{"a code with a mark in it", []string{":a_", "b:"}, ":a_|b:"},
		{"two codes in one another", []string{":a", ":b:"}, ":a|:|b:"},
		{"a code that ends in a scheme", []string{":x", "http://_a_"}, ":x|http://|_|a|_|"},
		{"a word and a code", []string{"x", ":fire:"}, "x:|fire:"},
		{"a code of its own", []string{"x ", ":fire:"}, "x :fire:"},
	} {
		var w Builder
		for _, text := range c.texts {
			w.Text(text)
		}
		if got := shown(w.String()); got != c.want {
			t.Errorf("%s: %q: got %q, want %q", c.why, c.texts, got, c.want)
		}
	}
}

// What is markup on purpose is a partner for the marks of data beside it.
func TestMarkupAndDataInOneLine(t *testing.T) {
	var w Builder
	w.Markup("*")
	w.Text("a* b")
	w.Markup("* `")
	w.Verbatim("*c* @here <d>")
	w.Markup("`")
	if got, want := shown(w.String()), "*a|*| b* `*c* @here &lt;d&gt;`"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLabelsBesideTheirValues(t *testing.T) {
	for label, want := range map[string]string{
		"snake_case": "snake_case", "*a": "|*|a", "a*b": "a*b", "`": "|`|", "Time": "Time",
		":fire": ":fire|", "10:100": "10:100|", ":fire: Fire": ":fire: Fire", "a\nb": "a b",
	} {
		if got := shown(Label(label)); got != want {
			t.Errorf("%q: got %q, want %q", label, got, want)
		}
	}
}

func TestTruncateLeavesWholeThings(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want string
	}{
		{"short", 5, "short"},
		{"one two three", 10, "one two…"},
		{"aaaaa &amp;&amp;", 10, "aaaaa…"},
		{"see <https://x.example|y> z", 8, "see…"},
		{"snake_case", 7, "snak…"},
		{"https://x.example/?@hereafter", 25, "https://x.example/?@her…"},
		{"語語語語語", 3, "語語…"},
		{"x", 0, ""},
		{"*bold words* and more", 8, "*bold*…"},
		{"`a code` *b* and", 5, "`a`…"},
		{"see *_bold_* words", 7, "see…"},
		{"```\nline one\nline two\n```", 16, "```\nline\n```…"},
		{"```\nline one\nline two\n```", 5, "…"},
		{"2 * 3 and 4 * 5", 9, "2 * 3…"},
	} {
		if got := Truncate(c.text, c.n); got != c.want {
			t.Errorf("Truncate(%q, %d) = %q, want %q", c.text, c.n, got, c.want)
		}
	}
}

// A part closes what is open where it ends, and the next one opens it again.
func TestSplitPartsStandByThemselves(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("word ", 9))
	for _, c := range []struct {
		why, text string
		kind      markupKind
		want      []string
	}{
		{"between paragraphs", long + "\n\n" + long, SlackMarkup, []string{long, long}},
		{"between words", long + " " + long, PlainMarkup, []string{long, long}},
		{"in bold", "*" + long + " " + long + "*", SlackMarkup, []string{"*" + long + "*", "*" + long + "*"}},
		{"in a quote", "&gt; " + long + " " + long, SlackMarkup, []string{"&gt; " + long[:39], "> " + long[:39], "> word word"}},
		{"in a fence", "```\n" + long + "\n" + long + "\n```", SlackMarkup, []string{"```\n" + long[:39] + "\n```", "```\nword\n" + long[:34] + "\n```", "```\nword word\n```"}},
		{"not in a token", long + " <https://x.example/a|b> c", SlackMarkup, []string{long, "<https://x.example/a|b> c"}},
	} {
		got := Split(c.text, 50, c.kind)
		if strings.Join(got, "¶") != strings.Join(c.want, "¶") {
			t.Errorf("%s:\ngot  %q\nwant %q", c.why, got, c.want)
		}
	}
}
