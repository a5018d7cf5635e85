package formatters

import (
	"html"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

// shards are what Slack's reading of a text turns on: marks, signs of names, the
// edges of words, lines and URLs.
var shards = []string{
	"https://a.example", "http://[", "://", "mailto:", "/", "?", ".", ":", "-", "=", "[", "]", "(", "'", "\"", "|", "\\", "^", "%", "+",
	"@here", "@channel", "@al", "here", "@", "#", "#ch", "*", "_", "~", "`", "```", "＊", "＿", "｀", "＞",
	" ", "\n", "\t", "x", "é", "。", "<", ">", "&", "&gt;", "<!here>", "<https://a.example|x>", "<@U012>", "\u2060", "\u200b", "\u200d", "\x00", "\xff", "0. ", "• ",
}

// tagShards are what rich text has beside them.
var tagShards = []string{
	"<p>", "<b>", "</b>", "<i>", "</i>", "<u>", "<s>", "</s>", "<br>", "<div>", "</div>", "<ul><li>", "</li></ul>", "<ol><li>", "<li>",
	"<blockquote>", "</blockquote>", "<pre>", "</pre>", "<code>", "</code>", "<table><tr><td>", "<td>", "</table>", "<h1>", "<!-- ", "-->",
	"<a href=\"https://a.example/", "<a href=https://b.example>", "\">", "</a>", "<img src=\"https://a.example\" alt=\"", "<script>", "&lt;!here&gt;", "&#64;", "&nbsp;",
}

// TestEveryFewShards looks at all texts of two shards, and at a sample of longer
// ones, the same in every run: FN_SLACK_TEST_SHARDS of them, or 5,000.
func TestEveryFewShards(t *testing.T) {
	look := func(parts ...string) bool {
		text := strings.Join(parts, "")
		half := len(parts) / 2
		head, tail := strings.Join(parts[:half], ""), strings.Join(parts[half:], "")
		checkData(t, text, "x")
		checkData(t, "x", text)
		checkData(t, tail, head)
		checkHTML(t, html.EscapeString(head)+"<b>"+html.EscapeString(tail)+"</b>")
		return !t.Failed()
	}
	for _, a := range shards {
		for _, b := range shards {
			if !look(a, b) {
				return
			}
		}
	}
	n := 5000
	if s := os.Getenv("FN_SLACK_TEST_SHARDS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	some := func(from []string) []string {
		parts := make([]string, 3+random.IntN(8))
		for i := range parts {
			parts[i] = from[random.IntN(len(from))]
		}
		return parts
	}
	mixed := append(append([]string{}, shards...), tagShards...)
	for range n {
		if !look(some(shards)...) {
			return
		}
		if checkHTML(t, strings.Join(some(mixed), "")); t.Failed() {
			return
		}
	}
}
