package formatters

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/formatters/richtext"
)

// hostile are inputs made to be expensive, as patterns to repeat.
var hostile = map[string]struct{ head, body, tail string }{
	"prose":               {"<div class=rte>", "<p>The <b>quick</b> brown <a href=\"https://x.example/y\">fox</a> &amp; dog.</p>", "</div>"},
	"words":               {"", "word ", ""},
	"open div":            {"", "<div>x", ""},
	"open bold":           {"", "<b>x", ""},
	"open with attribute": {"", "<b id=1><i id=2>x<p>", ""},
	"open links":          {"", "<a href=https://x.example>x", ""},
	"bad nesting":         {"", "<b><i>x</b></i>", ""},
	"deep then closing":   {strings.Repeat("<i>", 300), "<b>x</i></b>", ""},
	"unknown tags":        {"", "<x><", ""},
	"tables":              {"", "<table><tr><td>x", ""},
	"empty cells":         {"<table><tr>", "<td>", "</table>"},
	"wide cells":          {"<table>", "<tr><td>xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx<td>", "</table>"},
	"one long cell":       {"<table><tr><td>a<td>", "xxxx", "<tr><td>b<td>c</table>"},
	"links that deceive":  {"", "<a href=https://x.example>y.example</a> ", ""},
	"lists":               {"", "<ul><li>x", ""},
	"items":               {"<ul>", "<li>x", ""},
	"quotes":              {"", "<blockquote>x", ""},
	"comments":            {"", "<!-- <!", ""},
	"ampersands":          {"", "&amp", ""},
	"marks":               {"", "*a ", ""},
	"backticks":           {"", "`", ""},
	"fences":              {"", "```a", ""},
	"styles":              {"", "<span style=\"font-weight:bold\">x</span><i>y</i>", ""},
	"greater than":        {"", ">", ""},
	"less than":           {"", "<", ""},
	"signs":               {"", "@here #x ", ""},
	"urls":                {"", "http://", ""},
	"urls that call":      {"", "https://x/@here/", ""},
	"urls that end":       {"", "https://x&gt;a@b", ":::::::"},
	"one url":             {"http://x/", "_*", ""},
	"backslashes":         {"", `\`, ""},
	"paths":               {"", `C:\n`, ""},
	"one path":            {`C:\a`, `\n`, ""},
	"paths in vain":       {"", `(C:\a`, `\\x`},
	"quotation marks":     {"", `"`, ""},
	"ends":                {"", `"}`, ""},
	"commas":              {"", `","`, ""},
	"almost keys":         {"", `","a`, ""},
	"blanks after quotes": {"", "\" \n ", ""},
	"escaped quotes":      {`\q`, `\"`, ""},
	"escaped ends":        {`\q`, `\"}, `, ""},
	"ends in backslashes": {`\q`, `\", "y": "`, ""},
	"strings in a list":   {`\q", "y": [`, `"\", `, ""},
	"blanks in a list":    {`\q", "y": [`, `"\" `, ""},
	"members twice":       {"", `", "y": "z`, ""},
	"labels":              {"", `"}, "y": {"z": "`, ""},
	"tokens":              {"", "<a|", ""},
	"blank lines":         {"", "\n", ""},
	"attributes":          {"", "<a/x=", ""},
	"quoted attributes":   {"", "<a x=\"<b y='\" z='", ""},
	"long attributes":     {"<a x=\"", "<b y='' ", "\">"},
	"open comments":       {"", "<!--<?<%<![CDATA[", ""},
	"open scripts":        {"", "<script><style>", ""},
	"scripts":             {"", "<script>x", "</script>"},
	"end tags":            {"", "</x></title>", ""},
	"typed elements":      {"", "<x>", "</x>"},
	"words of elements":   {"", "<button>", "</button>"},
	"rows and columns":    {"<table>", "<tr><td rowspan=99 colspan=99>x", "</table>"},
	"no-break blanks":     {"", "&nbsp;<b></b>", ""},
	"reversed lists":      {"", "<ol reversed><li>x", ""},
	"emoji":               {"", ":a:", ""},
	"emoji in halves":     {"", ":a<b>a:</b>", ""},
	"sentences of tags":   {"", "use <script> and </script> ", ""},
	"blanks before tags":  {"", "      <title>. </title>", ""},
	"emoji in words":      {"x", ":a:", ""},
	"hosts":               {"", "a.", ""},
	"hosts beside":        {"", "a.b@", ""},
	"hosts in dashes":     {"", "a-.bb..", ""},
	"scripts in quotes":   {"", "\"<script>", "</script>\""},
	"marks in comments":   {"", "<!--a--!>", ""},
	"dashes in a comment": {"<!--", "-", ""},
	"comments in xml":     {"", "<xml><!--", ""},
	"one style":           {"<p style=\"", "a:b('c;", "\">x"},
	"comments in styles":  {"", "<b style='/*'>", ""},
	"emoji before words":  {"", ":a:<b>x</b>", ""},
	"headings":            {"", "<h1>x</h2>", ""},
	"beside cells":        {"<table hidden>", "x<tr>", ""},
	"almost fields":       {"", "x\nL: y\n", ""},
	"marks in marks":      {"", "*a _b `c ", "`_*"},
}

// work is all that is done with one input.
func work(s string) {
	text := `{"L": {"type": "richtext", "data": "` + s + `"}}`
	list, _, _ := details.Read(text)
	Options{}.Fields(list)
	data, _ := json.Marshal(s)
	f := Options{}.Field(details.Detail{Label: "L", Type: "richtext", Data: data})
	f.Table()
	for _, typ := range []string{"richtext", "string"} {
		fields := []Field{Options{}.Field(details.Detail{Label: "L", Type: typ, Data: data})}
		ClassicBlocks(fields, Classic(fields, true), true)
	}
	mrkdwn.Esc(s)
	mrkdwn.Defang(s)
	mrkdwn.Truncate(f.Text, 3000)
	m := blockkit.Message{Text: f.Text, Blocks: []json.RawMessage{json.RawMessage(`{"type":"section","text":{"type":"mrkdwn","text":` + quoted(f.Text) + `}}`)}}
	blockkit.Gate(&m, &blockkit.Origin{Input: func() []blockkit.Input { return []blockkit.Input{{Text: text}} }, Script: []string{s}})
	ms, _ := blockkit.Fit(m)
	for _, m := range ms {
		blockkit.Validate(m)
	}
}

// TestEverythingTakesLinearTime compares the time for an input with that for
// one eight times as long. Quadratic work would take 64 times as long; the best
// of some tries and a wide margin keep a busy machine from failing it.
func TestEverythingTakesLinearTime(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("takes some seconds, and times count")
	}
	const small, factor = 8 << 10, 8
	took := func(s string) time.Duration {
		start := time.Now()
		work(s)
		return time.Since(start)
	}
	for name, h := range hostile {
		build := func(n int) string { return h.head + strings.Repeat(h.body, n/len(h.body)) + h.tail }
		short, long := build(small), build(small*factor)
		best := 1000.0
		for range 15 {
			a := min(took(short), took(short))
			b := took(long)
			if best = min(best, float64(b)/float64(a)); best < 2*factor {
				break
			}
		}
		if best > 3*factor {
			t.Errorf("%s: %d times the input takes %.0f times as long (%v)", name, factor, best, took(long))
		}
	}
}

func BenchmarkHTML(b *testing.B) {
	for _, size := range []int{1, 16, 128, 1024} {
		h := hostile["prose"]
		source := h.head + strings.Repeat(h.body, size<<10/len(h.body)) + h.tail
		b.Run(fmt.Sprintf("%dkB", size), func(b *testing.B) {
			b.SetBytes(int64(len(source)))
			b.ReportAllocs()
			for b.Loop() {
				richtext.FromHTML(source)
			}
		})
	}
}

// A message as a careful layout makes it of an incident.
func sampleMessage() blockkit.Message {
	m := blockkit.Message{Text: sampleClassic}
	for _, block := range []string{
		`{"type":"header","text":{"type":"plain_text","text":"DoS attack in EMEA"}}`,
		`{"type":"section","fields":[{"type":"mrkdwn","text":"*Severity*\nHigh","verbatim":true},{"type":"mrkdwn","text":"*Confirmed*\nYes","verbatim":true},{"type":"mrkdwn","text":"*Create Date*\n2018-04-27T19:33:36Z","verbatim":true}]}`,
		`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"Severe issue affecting perimeter routers"}]}]}`,
		`{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Open"},"url":"https://localhost:8443/#incidents/2223"}]}`,
		`{"type":"context","elements":[{"type":"mrkdwn","text":"Denial of Service","verbatim":true}]}`,
	} {
		m.Blocks = append(m.Blocks, json.RawMessage(block))
	}
	return m
}

func BenchmarkValidate(b *testing.B) {
	m := sampleMessage()
	for b.Loop() {
		blockkit.Validate(m)
	}
}

func BenchmarkFit(b *testing.B) {
	m := sampleMessage()
	for b.Loop() {
		blockkit.Fit(m)
	}
}

func BenchmarkGate(b *testing.B) {
	for b.Loop() {
		m := sampleMessage()
		blockkit.Gate(&m, &blockkit.Origin{Made: []string{m.Text}, Input: func() []blockkit.Input { return []blockkit.Input{{Text: sampleDetails}} }})
	}
}
