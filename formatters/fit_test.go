package formatters

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/formatters/richtext"
	"github.com/google/go-cmp/cmp"
)

func js(format string, args ...any) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(format, args...))
}

// encoded is JSON without escapes for HTML.
func encoded(x any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(x); err != nil {
		panic(err) // only what JSON has is given
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func quoted(s string) string { return encoded(s) }

// decoded is mrkdwn with its three entities as a reader sees them.
func decoded(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}

// letters are the letters and digits that a message shows, in order: what must
// survive whatever is done to it.
func letters(ms []blockkit.Message) string {
	var b strings.Builder
	add := func(s string, markup bool) {
		if markup {
			s = decoded(s)
		}
		for _, r := range s {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				b.WriteRune(r)
			}
		}
	}
	var walk func(x any)
	walk = func(x any) {
		switch x := x.(type) {
		case []any:
			for _, v := range x {
				walk(v)
			}
		case map[string]any:
			if s, ok := x["text"].(string); ok {
				add(s, x["type"] == "mrkdwn")
			}
			for _, name := range []string{"text", "fields", "accessory", "elements", "rows", "blocks"} {
				if _, ok := x[name].(string); !ok {
					walk(x[name])
				}
			}
		}
	}
	for i, m := range ms {
		if i == 0 || !pageNumber.MatchString(m.Text) {
			add(m.Text, true)
		}
	}
	for _, list := range []func(blockkit.Message) []json.RawMessage{func(m blockkit.Message) []json.RawMessage { return m.Blocks }, func(m blockkit.Message) []json.RawMessage { return m.Attachments }} {
		for _, m := range ms {
			for _, raw := range list(m) {
				var x any
				if err := json.Unmarshal(raw, &x); err != nil {
					return err.Error()
				}
				walk(x)
			}
		}
	}
	return b.String()
}

var pageNumber = regexp.MustCompile(`^\(\d+/\d+\)$`)

// checkFit holds what Fit promises of a message that is only too long.
func checkFit(t *testing.T, m blockkit.Message) ([]blockkit.Message, []string) {
	t.Helper()
	before := letters([]blockkit.Message{m})
	trees := new(blockkit.Trees)
	trees.Validate(m) // so that all is decoded already
	ms, notes := trees.Fit(m)
	for i, one := range ms {
		if diff := cmp.Diff(blockkit.Validate(one), trees.Validate(one)); diff != "" {
			t.Errorf("message %d: what was decoded before is not what it is now (-anew +before):\n%s", i, diff)
		}
		for _, v := range blockkit.Validate(one) {
			if v.Constraint != "no_text" {
				t.Errorf("message %d is against the rules: %v", i, v)
			}
		}
		again, more := blockkit.Fit(one)
		if !reflect.DeepEqual([]blockkit.Message{one}, again) || more != nil {
			t.Errorf("fitting message %d again changes it: %q\n%.500s", i, more, encoded(again))
		}
	}
	if after := letters(ms); after != before {
		at := 0
		for at < len(after) && at < len(before) && after[at] == before[at] {
			at++
		}
		t.Errorf("words are lost or moved, from %q on: got %q", before[at:min(at+40, len(before))], after[at:min(at+40, len(after))])
	}
	if len(ms) > 1 && len(notes) == 0 {
		t.Error("nothing says that there are replies")
	}
	return ms, notes
}

func TestWhatFitsComesBackAsItIs(t *testing.T) {
	m := blockkit.Message{Text: "hello", Blocks: []json.RawMessage{
		js(`{"type":"section","text":{"text":"a < b","type":"mrkdwn"},  "block_id":"x"}`),
		js(`{"type":"header","text":{"type":"plain_text","text":%s}}`, quoted(strings.Repeat("h", 150))),
		js(`{"type":"unknown to us","x":12345678901234567890}`),
	}}
	ms, notes := blockkit.Fit(m)
	if diff := cmp.Diff([]blockkit.Message{m}, ms); diff != "" || notes != nil {
		t.Errorf("notes %q\n%s", notes, diff)
	}
}

func TestTooLongIsFitted(t *testing.T) {
	prose := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 200) // 9,000 characters
	bold := "*" + strings.TrimSpace(strings.Repeat("bold words ", 500)) + "*"
	entities := strings.Repeat("a&amp;b &lt;c&gt; <https://example.com/x|link> ", 150)
	fence := "before\n```\n" + strings.Repeat("  code line\n", 500) + "```\nafter"
	row := `[{"type":"raw_text","text":"host"},{"type":"raw_text","text":""}]`
	blocks := map[string]struct {
		block string
		note  string
	}{
		"a section":            {`{"type":"section","text":{"type":"mrkdwn","text":` + quoted(prose) + `,"verbatim":true}}`, "section with more than 3000"},
		"a section, bold":      {`{"type":"section","text":{"type":"mrkdwn","text":` + quoted(bold) + `}}`, "section"},
		"a section, entities":  {`{"type":"section","text":{"type":"mrkdwn","text":` + quoted(entities) + `}}`, "section"},
		"a section, fence":     {`{"type":"section","text":{"type":"mrkdwn","text":` + quoted(fence) + `}}`, "section"},
		"a section, plain":     {`{"type":"section","text":{"type":"plain_text","text":` + quoted(strings.Repeat("語", 7000)) + `}}`, "section"},
		"a long field":         {`{"type":"section","fields":[{"type":"mrkdwn","text":"one"},{"type":"mrkdwn","text":` + quoted(prose[:2500]) + `},{"type":"mrkdwn","text":"three"}]}`, "field with more than 2000"},
		"many fields":          {`{"type":"section","fields":[` + strings.TrimSuffix(strings.Repeat(`{"type":"mrkdwn","text":"f"},`, 23), ",") + `]}`, "more than 10 fields"},
		"empty fields":         {`{"type":"section","text":{"type":"mrkdwn","text":"x"},"fields":[{"type":"mrkdwn","text":""}]}`, "empty field"},
		"an empty section":     {`{"type":"section","text":{"type":"mrkdwn","text":""}}`, "empty text"},
		"an accessory alone":   {`{"type":"section","text":{"type":"mrkdwn","text":""},"accessory":{"type":"button","text":{"type":"plain_text","text":"Go"}}}`, "empty text"},
		"a header":             {`{"type":"header","text":{"type":"plain_text","text":` + quoted(prose[:400]+"*x* <b>") + `}}`, "header with more than 150"},
		"a very long header":   {`{"type":"header","text":{"type":"plain_text","text":` + quoted(prose) + `}}`, "header"},
		"an empty header":      {`{"type":"header","text":{"type":"plain_text","text":""}}`, "empty header"},
		"a context":            {`{"type":"context","elements":[{"type":"mrkdwn","text":""},` + strings.TrimSuffix(strings.Repeat(`{"type":"mrkdwn","text":"c"},`, 12), ",") + `]}`, "more than 10 elements"},
		"an empty context":     {`{"type":"context","elements":[]}`, "empty context"},
		"actions":              {`{"type":"actions","elements":[` + strings.TrimSuffix(strings.Repeat(`{"type":"button","text":{"type":"plain_text","text":"Go"}},`, 30), ",") + `]}`, "more than 25 elements"},
		"markdown":             {`{"type":"markdown","text":` + quoted(strings.Repeat(prose, 2)) + `}`, "markdown"},
		"rich text":            {`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":` + quoted(strings.Repeat(prose, 3)) + `,"style":{"bold":true}}]}]}`, "rich text"},
		"a rich list":          {`{"type":"rich_text","elements":[{"type":"rich_text_list","style":"ordered","elements":[` + strings.TrimSuffix(strings.Repeat(`{"type":"rich_text_section","elements":[{"type":"text","text":"an item of some length"}]},`, 700), ",") + `]}]}`, "rich text"},
		"a list that is split": {`{"type":"rich_text","elements":[{"type":"rich_text_list","style":"ordered","offset":3,"elements":[` + strings.TrimSuffix(strings.Repeat(`{"type":"rich_text_section","elements":[{"type":"text","text":`+quoted(prose[:800])+`}]},`, 40), ",") + `]}]}`, "rich text"},
		"empty leaves":         {`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":""}]}]}`, "empty"},
		"a long table":         {`{"type":"table","rows":[` + strings.TrimSuffix(strings.Repeat(row+",", 250), ",") + `]}`, "table"},
		"a blank cell":         {`{"type":"table","rows":[[{"type":"raw_text","text":"x"},{"type":"raw_text","text":` + quoted(strings.Repeat(" ", 20_000)) + `}]]}`, "blanks"},
		"a wide cell":          {`{"type":"table","rows":[[{"type":"raw_text","text":"x"},{"type":"raw_text","text":` + quoted(strings.Repeat(prose, 3)) + `}]]}`, "table"},
	}
	for name, c := range blocks {
		t.Run(name, func(t *testing.T) {
			_, notes := checkFit(t, blockkit.Message{Blocks: []json.RawMessage{json.RawMessage(c.block)}})
			if !strings.Contains(strings.Join(notes, "; "), c.note) {
				t.Errorf("notes %q do not say %q", notes, c.note)
			}
			checkFit(t, blockkit.Message{Text: "t", Attachments: []json.RawMessage{js(`{"color":"#ff0000","blocks":[%s,%s]}`, c.block, c.block)}})
		})
	}
	t.Run("a text", func(t *testing.T) {
		ms, _ := checkFit(t, blockkit.Message{Text: strings.Repeat(prose, 10), ThreadTS: "1503435956.000247", ReplyBroadcast: true})
		if len(ms) != 3 || ms[1].ThreadTS != ms[0].ThreadTS || ms[1].ReplyBroadcast {
			t.Errorf("%d messages, the second %v", len(ms), ms[1])
		}
	})
	t.Run("many blocks", func(t *testing.T) {
		m := blockkit.Message{Text: "t", Username: "bot"}
		for i := range 120 {
			m.Blocks = append(m.Blocks, js(`{"type":"section","text":{"type":"mrkdwn","text":"block %d"}}`, i))
		}
		ms, notes := checkFit(t, m)
		if len(ms) != 3 || ms[2].Username != "bot" {
			t.Errorf("%d messages, notes %q", len(ms), notes)
		}
	})
	t.Run("over the budget", func(t *testing.T) {
		m := blockkit.Message{Text: "t", Attachments: []json.RawMessage{js(`{"fallback":"the end"}`)}}
		for range 9 {
			m.Blocks = append(m.Blocks, js(`{"type":"section","text":{"type":"mrkdwn","text":%s}}`, quoted(prose[:2900])))
		}
		ms, _ := checkFit(t, m)
		if len(ms) != 3 || len(ms[2].Attachments) != 1 || len(ms[0].Attachments) != 0 {
			t.Errorf("%d messages: the attachment belongs to the last", len(ms))
		}
	})
}

// A member that only resembles blocks is for Validate to report.
func TestBlocksUnderAnotherName(t *testing.T) {
	long := strings.Repeat("a", 40_001)
	ms, _ := blockkit.Fit(blockkit.Message{Text: long, Attachments: []json.RawMessage{js(`{"blocks":[{"type":"divider"},{"type":"divider"}],"Blocks":[{"type":"divider"}]}`)}})
	if bad := blockkit.Validate(ms[0]); len(bad) != 1 || !strings.Contains(bad[0].Message, `no member "Blocks"`) {
		t.Errorf("%v", bad)
	}
}

// A row that is wrong is reported with what is wrong before it.
func TestTableIsNotMendedByHalf(t *testing.T) {
	m := blockkit.Message{Text: "t", Blocks: []json.RawMessage{js(`{"type":"table","rows":[[{"type":"raw_text","text":""}],1]}`)}}
	trees := new(blockkit.Trees)
	ms, _ := trees.Fit(m)
	if diff := cmp.Diff(blockkit.Validate(m), trees.Validate(ms[0])); diff != "" {
		t.Error(diff)
	}
}

func TestLabelsThatAreCutAreRepeated(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("many words ", 300))
	for _, block := range []string{
		`{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":` + quoted(long) + `}}]}`,
		`{"type":"image","image_url":"https://x/y.png","alt_text":` + quoted(long) + `,"title":{"type":"plain_text","text":` + quoted(long) + `}}`,
		`{"type":"image","image_url":"https://x/y.png","alt_text":"","title":{"type":"plain_text","text":""}}`,
	} {
		ms, notes := blockkit.Fit(blockkit.Message{Blocks: []json.RawMessage{json.RawMessage(block)}})
		if bad := blockkit.Validate(ms[0]); bad != nil || len(notes) == 0 {
			t.Errorf("%.60s: %v, notes %q", block, bad, notes)
		}
		if strings.Contains(block, "many") && !strings.Contains(letters(ms), strings.ReplaceAll(long, " ", "")) {
			t.Errorf("%.60s: the whole label is nowhere", block)
		}
	}
}

// A section of what Esc, Link and FromHTML returned is still safe, whole and
// within Slack's limits when it had to be split.
func TestLongLinksAndURLs(t *testing.T) {
	long := mrkdwn.Link("https://x.example/"+strings.Repeat("u", 2970), "a label that is long")
	for name, text := range map[string]string{
		"a long label":       mrkdwn.Link("https://x.example/"+strings.Repeat("u", 600), strings.Repeat("label ", 420)),
		"a very long label":  "see " + mrkdwn.Link("https://x.example/", strings.Repeat("label ", 2000)),
		"a long URL":         long,
		"rich text":          richtext.FromHTML(`<p>intro</p><a href="https://x.example/` + strings.Repeat("u", 600) + `">` + strings.Repeat("label ", 800) + `</a>`).Mrkdwn,
		"a mark in a URL":    mrkdwn.Esc("see https://x.example/sites/_layouts/15/a " + strings.Repeat("word ", 598) + "and foo_ bar"),
		"a URL that is torn": mrkdwn.Esc("https://x.example/?" + strings.Repeat("x=*SYSTEM=DOWN*=&@al", 300)),
	} {
		m := blockkit.Message{Blocks: []json.RawMessage{js(`{"type":"section","text":{"type":"mrkdwn","text":%s}}`, quoted(text))}}
		checkFit(t, m)
		fitted, _ := blockkit.Fit(m)
		var shown strings.Builder
		for _, m := range fitted {
			for _, b := range m.Blocks {
				var section struct{ Text struct{ Text string } }
				if err := json.Unmarshal(b, &section); err != nil {
					t.Fatal(err)
				}
				shown.WriteString(section.Text.Text)
				for _, l := range actsIn(section.Text.Text) {
					if !strings.HasPrefix(l, "token <https://x.example/") {
						t.Errorf("%s: %s", name, l)
					}
				}
			}
		}
		bare := strings.NewReplacer(mrkdwn.Joiner, "", " ", "", "<", "", ">", "", "|", "", "\n", "")
		got, want := bare.Replace(shown.String()), bare.Replace(text)
		if got != want {
			t.Errorf("%s: what is shown is not what was given:\n%.200q\n%.200q", name, got, want)
		}
	}
}

func TestSplitKeepsMarkupWhole(t *testing.T) {
	for _, c := range []struct {
		text string
		max  int
		want []string
	}{
		{"one two three four", 12, []string{"one two", "three four"}},
		{"first paragraph\n\nsecond one", 24, []string{"first paragraph", "second one"}},
		{"a *bold bit that is long* z", 20, []string{"a *bold bit*", "*that is long* z"}},
		{"> quoted text that is long", 18, []string{"> quoted text", "> that is long"}},
		{"```\none\ntwo\nthree\n```", 16, []string{"```\none\ntwo\n```", "```\nthree\n```"}},
		{"aaaa &amp;&amp;&amp;&amp;", 14, []string{"aaaa &amp;", "&amp;&amp;", "&amp;"}},
		{"one two three &gt; four", 20, []string{"one two three", "\u2060&gt; four"}},
		{"one \u2060*\u2060two three\u2060*\u2060", 14, []string{"one \u2060*\u2060two", "three\u2060*\u2060"}},
		{"https://x.example/a?@hereafter@al", 22, []string{"https://x.example/", "a?@\u2060hereafter@al"}},
		{"2 * 3 *.exe snake_case", 16, []string{"2 * 3 *.exe", "snake_case"}},
	} {
		got := mrkdwn.Split(c.text, c.max, mrkdwn.SlackMarkup)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("split(%q, %d) (-want +got):\n%s", c.text, c.max, diff)
		}
		for _, part := range got {
			if !mrkdwn.Fits(part, c.max) {
				t.Errorf("%q is longer than %d", part, c.max)
			}
		}
	}
}

func FuzzFit(f *testing.F) {
	f.Add("word *bold* <https://x|y> &amp; ```\ncode\n``` > q\n", uint16(400), uint16(0xffff))
	f.Add("*", uint16(4000), uint16(3))
	f.Add("`~_*a", uint16(2000), uint16(0xff))
	f.Add("\n\n> x", uint16(3000), uint16(7))
	f.Add("<a|", uint16(3000), uint16(7))
	f.Add("\x00\x01", uint16(2000), uint16(0xff))
	f.Add(" ", uint16(50000), uint16(0xff))
	f.Add("語&lt;", uint16(3000), uint16(0x3f))
	f.Fuzz(func(t *testing.T, text string, times, shape uint16) {
		if len(text)*int(times) > 60_000 {
			return
		}
		long := strings.ToValidUTF8(strings.Repeat(text, int(times)), "?")
		q := quoted(long)
		kinds := []string{
			`{"type":"section","text":{"type":"mrkdwn","text":` + q + `}}`,
			`{"type":"section","text":{"type":"plain_text","text":` + q + `},"fields":[{"type":"mrkdwn","text":` + q + `}]}`,
			`{"type":"header","text":{"type":"plain_text","text":` + quoted(long[:min(len(long), 500)]) + `}}`,
			`{"type":"context","elements":[{"type":"mrkdwn","text":` + q + `}]}`,
			`{"type":"markdown","text":` + q + `}`,
			`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":` + q + `}]},{"type":"rich_text_list","style":"ordered","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":` + q + `}]}]}]}`,
			`{"type":"rich_text","elements":[{"type":"rich_text_preformatted","elements":[{"type":"text","text":` + q + `},{"type":"link","url":"https://x","text":"l"}]}]}`,
			`{"type":"table","rows":[[{"type":"raw_text","text":"x"},{"type":"raw_text","text":` + q + `}]]}`,
		}
		var m blockkit.Message
		if shape&1 != 0 {
			m.Text = long
		}
		for i, block := range kinds {
			if shape&(2<<i) == 0 {
				continue
			}
			if shape&0x8000 != 0 {
				m.Attachments = append(m.Attachments, js(`{"color":"good","blocks":[%s]}`, block))
			} else {
				m.Blocks = append(m.Blocks, json.RawMessage(block))
			}
		}
		checkFit(t, m)
	})
}
