package richtext_test

import (
	"bytes"
	"encoding/json"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/richtext"
	"github.com/google/go-cmp/cmp"
)

func TestRichTextInThreeForms(t *testing.T) {
	const section = `{"type":"rich_text_section","elements":[`
	for _, c := range []struct{ name, html, mrkdwn, plain, elements string }{
		{"the editor's lines", `<div class="rte"><div>one</div><div><br></div><div>two</div></div>`, "one\n\ntwo", "one\n\ntwo",
			section + `{"type":"text","text":"one"},{"type":"text","text":"\n\n"},{"type":"text","text":"two"}]}`},
		{"styles", `<b>b</b> <i>i</i> <u>u</u> <s>s</s> <code>c</code>`, "*b* _i_ u ~s~ `c`", "b i u s c",
			section + `{"type":"text","text":"b","style":{"bold":true}},{"type":"text","text":" "},{"type":"text","text":"i","style":{"italic":true}},{"type":"text","text":" "},{"type":"text","text":"u","style":{"underline":true}},{"type":"text","text":" "},{"type":"text","text":"s","style":{"strike":true}},{"type":"text","text":" "},{"type":"text","text":"c","style":{"code":true}}]}`},
		{"styles in styles", `<b>bold <i>both</i></b> <i>it</i>`, "*bold _both_* _it_", "bold both it", ""},
		{"a style that ends in the wrong place", `<b>x <i>y</b> z</i> w`, "*x _y_* _z_ w", "x y z w", ""},
		{"half a word", `un<b>believ</b>able`, "unbelievable", "unbelievable",
			section + `{"type":"text","text":"un"},{"type":"text","text":"believ","style":{"bold":true}},{"type":"text","text":"able"}]}`},
		{"style attributes", `<span style="font-weight:700;text-decoration: underline line-through">x</span><b>a<span style="font-weight: normal"> b</span></b>`, "*xa* b", "xa b", ""},
		{"a mark typed into bold text", `<b>a* b</b>`, "*a\u2060*\u2060 b*", "a* b", ""},
		{"marks across styles", `*x <u>y</u>*`, "\u2060*\u2060x y\u2060*\u2060", "*x y*", ""},
		{"a link", `see <a href="https://example.com/?a=1&amp;b=2">the <b>page</b></a>.`, "see <https://example.com/?a=1&amp;b=2|the page>.", "see the page (https://example.com/?a=1&b=2).", ""},
		{"a link to itself", `<a href="https://example.com">https://example.com</a>`, "<https://example.com>", "https://example.com",
			section + `{"type":"link","url":"https://example.com","text":"https://example.com"}]}`},
		{"a mail address", `<a href="mailto:joe@example.com">joe@example.com</a>`, "<mailto:joe@example.com|joe@example.com>", "joe@example.com", ""},
		{"a lying link", `<a href="https://evil.example/x">https://bank.example</a>`, "https://bank.example (<https://evil.example/x>)", "https://bank.example (https://evil.example/x)", ""},
		{"a lying address", `<a href="mailto:x@evil.example">soc@example.com</a>`, "soc@example.com (<mailto:x@evil.example>)", "soc@example.com (mailto:x@evil.example)", ""},
		{"a script link", `<a href=" java&#10;script:alert(1)">click</a><a href="//x.example">y</a>`, "clicky", "clicky", ""},
		{"a link that breaks out", `<a href="https://x.example/|>a&#10;b<!here>">y</a>`, "<https://x.example/%7C%3Ea%0Ab%3C!here%3E|y>", "y (https://x.example/%7C%3Ea%0Ab%3C!here%3E)", ""},
		{"a link that is too long", `<p>see <a href="https://x.example/` + strings.Repeat("u", 3000) + `">it</a></p>`, "see https://x.example/" + strings.Repeat("u", 3000) + " it", "see https://x.example/" + strings.Repeat("u", 3000) + " it", ""},
		{"lists", `<ul><li>a<ol><li>x</li><li>y<p>more</p></li></ol></li><li>b</li></ul>`, "• a\n    1. x\n    2. y\n      more\n• b", "• a\n    1. x\n    2. y\n      more\n• b",
			`{"type":"rich_text_list","style":"bullet","elements":[` + section + `{"type":"text","text":"a"}]}]},` +
				`{"type":"rich_text_list","style":"ordered","indent":1,"elements":[` + section + `{"type":"text","text":"x"}]},` + section + `{"type":"text","text":"y"},{"type":"text","text":"\n"},{"type":"text","text":"more"}]}]},` +
				`{"type":"rich_text_list","style":"bullet","elements":[` + section + `{"type":"text","text":"b"}]}]}`},
		{"a list that goes on", `<ol start=3><li>c<ul><li>x</li></ul><li>d</ol>`, "3. c\n    • x\n4. d", "3. c\n    • x\n4. d",
			section + `{"type":"text","text":"3. "},{"type":"text","text":"c"}]},{"type":"rich_text_list","style":"bullet","indent":1,"elements":[` + section + `{"type":"text","text":"x"}]}]},` +
				section + `{"type":"text","text":"4. "},{"type":"text","text":"d"}]}`},
		{"the editor's indent", `<ul><li>a</li><li class="ql-indent-2">b</li></ul>`, "• a\n        • b", "• a\n        • b", ""},
		{"the editor's indent of a paragraph", `<p>a</p><p class="ql-indent-1"><b>b</b> c</p><p class="ql-indent-2"> d</p><p class="ql-indent-1"><br></p><p>e</p>`, "a\n    *b* c\n        d\n\ne", "a\n    b c\n        d\n\ne", ""},
		{"a quote", `<blockquote>one<br>two</blockquote>after`, "> one\n> two\nafter", "> one\n> two\nafter",
			`{"type":"rich_text_quote","elements":[{"type":"text","text":"one\ntwo"}]},` + section + `{"type":"text","text":"after"}]}`},
		{"preformatted", "<pre>\n a\n  <b>b</b> *c* ```d```\n</pre>", "```\n a\n  b *c* `\u2060``d`\u2060``\n```", " a\n  b *c* ```d```",
			`{"type":"rich_text_preformatted","elements":[{"type":"text","text":" a\n  b *c* ` + "```d```" + `"}]}`},
		{"kept white space", `<p style="white-space: pre-wrap">a   b&#10;  c</p>`, "a   b\n  c", "a   b\n  c", ""},
		{"a table", `<table><tr><th>Host<th>IP<tr><td>web<td>10.0.0.1<tr><td>データ<td>10.0.0.2</table>`, "```\nHost    IP\n------  --------\nweb     10.0.0.1\nデータ  10.0.0.2\n```",
			"Host    IP\n------  --------\nweb     10.0.0.1\nデータ  10.0.0.2", ""},
		{"a table with nothing in it", `<p>x</p><table><tr><td></td><td> </td></tr></table>`, "x", "x", ""},
		{"a call in two pieces", `ping @<u>here</u> and https://x.example/?@he<u>re</u>`, "ping @\u2060here and https://x.example/?@\u2060here", "ping @here and https://x.example/?@here", ""},
		{"a name in italics", `#<i>soc</i> <i>#</i>`, "#\u2060soc _#\u2060_", "#soc #", ""},
		{"a table of a page", `<table><tr><td><h2>Title</h2><p>text</p></td></tr><tr><td><a href="https://x.example">a</a></td><td>b</td></tr></table>`, "*Title*\n\ntext\n<https://x.example|a> | b", "Title\n\ntext\na (https://x.example) | b", ""},
		{"headings", `<h1>One</h1><p>text</p>`, "*One*\n\ntext", "One\n\ntext", ""},
		{"pictures", `<img src="https://x.example/a.png" alt="a chart"> <img src="https://t.example/o.gif" width=1 height=1><img src="data:image/png;base64,AAAA">`, "<https://x.example/a.png|a chart>", "a chart (https://x.example/a.png)", ""},
		{"what is not shown", `a<!-- no --><script>no</script><style>no</style><span style="display:none">no</span><title>no</title><template>no</template><o:p>yes</o:p><![endif]>`, "ayes", "ayes", ""},
		{"a mention of the platform", `<span class="mention" data-id="12">@Alice Analyst</span> look`, "@\u2060Alice Analyst look", "@Alice Analyst look", ""},
		{"text in angle brackets", `Joe &lt;joe@x.example&gt; or Ann <ann@x.example>, <now> and <!channel>, <path>, <http://x.example/y>`,
			"Joe &lt;joe@x.example&gt; or Ann &lt;ann@x.example&gt;, &lt;now&gt; and &lt;!channel&gt;, &lt;path&gt;, &lt;http://x.example/y&gt;",
			"Joe <joe@x.example> or Ann <ann@x.example>, <now> and <!channel>, <path>, <http://x.example/y>", ""},
		{"typed lines", "first line\nsecond <b>line</b>\n\n\n\nfifth", "first line\nsecond *line*\n\nfifth", "first line\nsecond line\n\nfifth", ""},
		{"right to left", `<p dir="rtl">שלום 👩‍👩‍👧 مرحبا</p>`, "שלום 👩‍👩‍👧 مرحبا", "שלום 👩‍👩‍👧 مرحبا", ""},
		{"nothing", `<div class="rte"><div><br></div>&nbsp;</div>`, "", "", ""},
		{"cells of several rows and columns", `<table><caption>Servers</caption><thead><tr><td>Host<td>Port<td>State</thead><tr><td rowspan=2>srv1<td>80<td>up<tr><td>443<td>a<br>b<tr><td colspan=2>the whole farm<td>down</table>`,
			"Servers\n```\nHost  Port      State\n----  --------  -----\nsrv1  80        up\n      443       a b\nthe whole farm  down\n```", "Servers\nHost  Port      State\n----  --------  -----\nsrv1  80        up\n      443       a b\nthe whole farm  down", ""},
		{"cells with links", `<table><tr><th>Host<th>Owner<th>Ticket<tr><td><td><td><a href="https://t.example/1">T-1</a><tr><td>web2<td>Ann<td></table>`,
			"Host | Owner | Ticket\n- | - | <https://t.example/1|T-1>\nweb2 | Ann", "Host | Owner | Ticket\n- | - | T-1 (https://t.example/1)\nweb2 | Ann", ""},
		{"cells with lists", `<table><tr><td>web1<td><ul><li>a<li>b</ul><td>x<tr><td>web2<td><ol reversed><li>c<li>d</ol><td>y</table>`,
			"```\nweb1  • a • b    x\nweb2  2. c 1. d  y\n```", "web1  • a • b    x\nweb2  2. c 1. d  y", ""},
		{"wide characters", `<table><tr><td>👩‍👩‍👧<td>a<tr><td>データ<td>b<tr><td>éx<td>c</table>`, "```\n👩‍👩‍👧      a\nデータ  b\néx      c\n```", "👩‍👩‍👧      a\nデータ  b\néx      c", ""},
		{"a table in a cell", `<table><tr><td>k<td><table><tr><td>a<td>b<tr><td>c<td>d</table><td>x<tr><td>k2<td>v<td>y</table>`, "```\nk   a, b; c, d  x\nk2  v           y\n```", "k   a, b; c, d  x\nk2  v           y", ""},
		{"a table with links in a cell", `<table><tr><td>k<td><table><tr><td><a href="https://t.example">T</a><td>b<tr><td>c<td>d</table><tr><td>k2<td>v</table>`,
			"k | <https://t.example|T>, b; c, d\nk2 | v", "k | T (https://t.example), b; c, d\nk2 | v", ""},
		{"a cell with a bar", `<table><tr><td>a | b<td><a href="https://t.example">T</a></td></tr><tr><td>c<td>d</td></tr></table>`,
			"a | b \u00a6 <https://t.example|T>\nc \u00a6 d", "a | b \u00a6 T (https://t.example)\nc \u00a6 d", ""},
		{"a command in a cell", `<table><tr><td>Command<td><pre>id -u</pre><tr><td>User<td>bob</table>`, "```\nCommand  id -u\nUser     bob\n```", "Command  id -u\nUser     bob", ""},
		{"a table beside a picture", `<table><tr><td>logo<td><table><tr><td>a<td>b<tr><td>c<td>d</table></table>`, "logo\n```\na  b\nc  d\n```", "logo\na  b\nc  d", ""},
		{"a margin that is a column", `<table><tr><td>&nbsp;<td>a<td>b<tr><td><td>c<td>d</table>`, "```\na  b\nc  d\n```", "a  b\nc  d", ""},
		{"the editor's levels", `<ol><li>a</li><li class="ql-indent-1">b</li><li class="ql-indent-2">c</li><li class="ql-indent-1">d</li><li>e</li><li class="ql-indent-1">f</li></ol>`,
			"1. a\n    1. b\n        1. c\n    2. d\n2. e\n    1. f", "1. a\n    1. b\n        1. c\n    2. d\n2. e\n    1. f", ""},
		{"the editor's lists", `<ol><li data-list="bullet"><span class="ql-ui"></span>a</li><li data-list="checked">b</li><li data-list="unchecked">c</li><li data-list="ordered">d</li></ol><ul data-checked="true"><li>e</li></ul>`,
			"• a\n☑ b\n☐ c\n1. d\n☑ e", "• a\n☑ b\n☐ c\n1. d\n☑ e", ""},
		{"numbers of lists", `<ol type=a><li>a<li>b</ol><ol type="I" start="4"><li>c</ol><ol reversed><li>d<li>e</ol><ol start=-1><li>f<li>g<li value=7>h</ol>`,
			"a. a\nb. b\nIV. c\n2. d\n1. e\n-1. f\n0. g\n7. h", "a. a\nb. b\nIV. c\n2. d\n1. e\n-1. f\n0. g\n7. h", ""},
		{"lists with text outside of items", `<ul>a<li>b</ul><ol><p>c</p><li>d</ol>`, "a\n• b\n\nc\n1. d", "a\n• b\n\nc\n1. d", ""},
		{"a check box amid words", `mark <input type=checkbox checked> this`, "mark ☑  this", "mark ☑  this", ""},
		{"check boxes", `<ul><li><input type=checkbox checked> a<li><input type=checkbox>b</ul>`, "• ☑ a\n• ☐ b", "• ☑ a\n• ☐ b", ""},
		{"an empty line of the editor's code", `<div class="ql-code-block-container"><div class="ql-code-block">a</div><div class="ql-code-block"></div><div class="ql-code-block"> b</div></div>c`, "```\na\n\n b\n```\nc", "a\n\n b\nc", ""},
		{"the editor's code", `<div class="ql-code-block-container"><select class="ql-ui"><option>Plain</option></select><div class="ql-code-block">a:</div><div class="ql-code-block">&nbsp; b</div><div class="ql-code-block"><br></div><div class="ql-code-block">c</div></div><p>d</p>`,
			"```\na:\n  b\n\nc\n```\nd", "a:\n  b\n\nc\nd", ""},
		{"the editor's lines", `<p class="ql-align-justify">a</p><p>b</p><p><br></p><p>c</p>`, "a\nb\n\nc", "a\nb\n\nc", ""},
		{"indented lines", "<p>if x:</p><p>\ty = 1</p><p>&nbsp;&nbsp;z&nbsp;&nbsp; = 2</p>\n  <p>w</p>", "if x:\n\ty = 1\n  z   = 2\n\nw", "if x:\n\ty = 1\n  z   = 2\n\nw", ""},
		{"raised and lowered", `10<sup>6</sup>, H<sub>2</sub>O, 1<sup>st</sup>, a<sup>€</sup>, b<sub>ω</sub>, c<sup>0123456789abcdef</sup>`,
			"10⁶, H₂O, 1ˢᵗ, a^€, b_ω, c^0123456789abcdef", "10⁶, H₂O, 1ˢᵗ, a^€, b_ω, c^0123456789abcdef", ""},
		{"emoji", `<p>:fire: 10:100:3 <code>:x:</code></p>`, ":fire: 10:\u2060100:3 `:x:`", ":fire: 10:100:3 :x:",
			section + `{"type":"emoji","name":"fire"},{"type":"text","text":" 10:100:3 "},{"type":"text","text":":x:","style":{"code":true}}]}`},
		{"unclosed", `<div><b>x <i>y`, "*x _y_*", "x y", ""},
		{"a hidden head that never ends", `<head><title>no</title><p>yes`, "yes", "yes", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := richtext.FromHTML(c.html)
			if diff := cmp.Diff(c.mrkdwn, r.Mrkdwn); diff != "" {
				t.Errorf("mrkdwn (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.plain, r.Plain); diff != "" {
				t.Errorf("plain (-want +got):\n%s", diff)
			}
			if c.elements != "" {
				if diff := cmp.Diff("["+c.elements+"]", encoded(r.Elements)); diff != "" {
					t.Errorf("elements (-want +got):\n%s", diff)
				}
			}
			if len(r.Elements) > 0 {
				if bad := blockkit.ValidateBlocks([]byte(`[{"type":"rich_text","elements":` + encoded(r.Elements) + `}]`)); bad != nil {
					t.Errorf("against Slack's rules: %v", bad)
				}
			}
		})
	}
}

func TestTablesForSlack(t *testing.T) {
	for source, want := range map[string]string{
		`<table><tr><td rowspan=2>a<td><a href="https://t.example/1">T</a><tr><td></table>`: `[[{"type":"raw_text","text":"a"},{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"link","url":"https://t.example/1","text":"T"}]}]}],` +
			`[{"type":"raw_text","text":" "},{"type":"raw_text","text":" "}]]`,
		`<table><tr><td><a href="https://evil.example">bank.example</a><td>x</table>`: `[[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"bank.example"},` +
			`{"type":"text","text":" ("},{"type":"link","url":"https://evil.example","text":"https://evil.example"},{"type":"text","text":")"}]}]},{"type":"raw_text","text":"x"}]]`,
		`<p>x</p><table><tr><td>a<td>b</table>`:                  "",
		`<table><caption>x</caption><tr><td>a<td>b</table>`:      "",
		`<table><tr><td>a<td>b</table><p>x</p>`:                  "",
		`<table><tr>` + strings.Repeat("<td>a", 21) + `</table>`: "",
		`<table><tr><td>a</table>`:                               "",
		`<table><tr><td>a<td><b>` + strings.Repeat("x", 6_000) + `</b>` + strings.Repeat("y", 6_000) + `</table>`: "",
	} {
		if diff := cmp.Diff(want, string(richtext.TableRows(source))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", source, diff)
		}
	}
}

// encoded is x as JSON in which < and > stay.
func encoded(x any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(x)
	return strings.TrimSpace(b.String())
}

func TestDeepNestingLosesNothing(t *testing.T) {
	for _, tag := range []string{"div", "b", "ul><li", "blockquote", "table><tr><td", "span style='font-weight:bold'"} {
		name, _, _ := strings.Cut(tag, " ")
		names := strings.Split(name, "><")
		slices.Reverse(names)
		source := strings.Repeat("<"+tag+">", 5000) + "deep" + strings.Repeat("</"+strings.Join(names, "></")+">", 5000) + "<p>after</p>"
		r := richtext.FromHTML("<p>before</p>" + source)
		if got := strings.Join(strings.FieldsFunc(r.Plain, func(r rune) bool { return !unicode.IsLetter(r) }), " "); got != "before deep after" {
			t.Errorf("%s: %q", tag, got)
		}
	}
}

// Slack takes no such table, and nothing is written that is thrown away: a thousand
// rows of a thousand columns would be 30 MB.
func TestATableThatIsTooWideIsNotWritten(t *testing.T) {
	const n = 1_000
	source := "<table><tr>" + strings.Repeat("<td>x", n) + strings.Repeat("<tr><td>x", n) + "</table>"
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	rows := richtext.TableRows(source)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; rows != nil || used > 10<<20 {
		t.Errorf("got %d bytes of rows, with %d bytes of memory", len(rows), used)
	}
}

// A link around a whole newsletter is its address once for each line, up to a bound.
func TestALinkAroundManyLinesStaysSmall(t *testing.T) {
	const lines = 4000
	address := "https://x.example/" + strings.Repeat("u", 2_900)
	r := richtext.FromHTML(`<a href="` + address + `">` + strings.Repeat("<p>word", lines) + `</a><p>THE END`)
	elements := 0
	for _, e := range r.Elements {
		elements += len(e)
	}
	if n := strings.Count(r.Mrkdwn, "word"); n != lines || !strings.HasSuffix(r.Plain, "THE END") || !strings.HasPrefix(r.Mrkdwn, "<"+address+"|word>") {
		t.Errorf("%d words, want %d; the text ends in %q", n, lines, r.Plain[len(r.Plain)-20:])
	}
	if most := 60*lines + 100_000; len(r.Mrkdwn) > most || len(r.Plain) > most || elements > most {
		t.Errorf("%d bytes of mrkdwn, %d plain, %d of elements, want at most %d", len(r.Mrkdwn), len(r.Plain), elements, most)
	}
}
