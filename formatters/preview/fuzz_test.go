package preview_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/preview"
)

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// allowed are the renderer's own tags with their attributes.
var allowed = map[string]string{
	"div": "class dir role aria-level tabindex", "span": "class title aria-hidden", "a": "class href title target rel",
	"b": "", "i": "", "s": "", "u": "", "mark": "", "small": "", "code": "", "br": "", "hr": "",
	"pre": "tabindex", "blockquote": "", "ul": "class", "ol": "class type start", "li": "",
	"table": "", "tr": "", "th": "class", "td": "class",
	"svg": "class width height aria-hidden", "rect": "width height rx fill",
}

// checkHTML parses what was written as a browser would, and looks for anything
// that is not the renderer's own.
func checkHTML(t *testing.T, page string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(page))
	var open []string
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				t.Fatal(z.Err())
			}
			if len(open) > 0 {
				t.Fatalf("not closed: %v in %q", open, page)
			}
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			attributes, ok := allowed[tok.Data]
			if !ok {
				t.Fatalf("tag %q in %q", tok.Data, page)
			}
			for _, a := range tok.Attr {
				if !strings.Contains(" "+attributes+" ", " "+a.Key+" ") {
					t.Fatalf("attribute %q of %q in %q", a.Key, tok.Data, page)
				}
				if a.Key == "href" && !strings.HasPrefix(a.Val, "http://") && !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, "mailto:") {
					t.Fatalf("link to %q in %q", a.Val, page)
				}
			}
			if tok.Data != "br" && tok.Data != "hr" {
				open = append(open, tok.Data)
			}
		case html.EndTagToken:
			tok := z.Token()
			if len(open) == 0 || open[len(open)-1] != tok.Data {
				t.Fatalf("</%s> closes %v in %q", tok.Data, open, page)
			}
			open = open[:len(open)-1]
		case html.CommentToken, html.DoctypeToken:
			t.Fatalf("%s in %q", z.Token(), page)
		}
	}
}

func checkTerminal(t *testing.T, m blockkit.Message) {
	t.Helper()
	for _, o := range []preview.Options{{Width: 24, Color: true}, {Width: 80}} {
		var b bytes.Buffer
		if err := preview.Terminal(&b, m, o); err != nil {
			t.Fatal(err)
		}
		out := b.String()
		if o.Color {
			out = sgr.ReplaceAllString(out, "")
		}
		for _, r := range out {
			if r != '\n' && unicode.IsControl(r) || r == 0x202e {
				t.Fatalf("%U reaches the terminal: %q", r, out)
			}
		}
	}
}

func FuzzNothingOfAMessageBecomesMarkup(f *testing.F) {
	for _, file := range messages(f) {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(`{"text":"<https://x|<b>> *a* <!date^1^{x}^javascript:x|y>"}`)
	f.Fuzz(func(t *testing.T, text string) {
		var m blockkit.Message
		if json.Unmarshal([]byte(text), &m) != nil {
			m = blockkit.Message{Text: text} // every input is some message
		}
		checkHTML(t, preview.HTML(m, options))
		checkTerminal(t, m)
	})
}

// Whatever stands in a data position must come out as that text, in every kind
// of text.
func FuzzPlainTextIsShownAsItIs(f *testing.F) {
	for _, s := range []string{"a & b <!channel> </div>", "*x* _y_ `z`", "&lt;&amp;", "\"'>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip("not a text of JSON")
		}
		leaf, err := json.Marshal(map[string]any{"type": "rich_text", "elements": []any{
			map[string]any{"type": "rich_text_preformatted", "elements": []any{map[string]any{"type": "text", "text": s}}}}})
		if err != nil {
			t.Fatal(err)
		}
		page := preview.HTML(blockkit.Message{Blocks: []json.RawMessage{leaf}}, options)
		doc, err := html.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		var walk func(*html.Node)
		walk = func(n *html.Node) {
			switch {
			case n.Type == html.TextNode:
				got.WriteString(n.Data)
			case n.Data == "br":
				got.WriteByte('\n')
			}
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				walk(c)
			}
		}
		walk(doc)
		want := strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
				return '\uFFFD'
			}
			return r
		}, s)
		if got.String() != want {
			t.Errorf("shown as %q, want %q", got.String(), want)
		}
	})
}
