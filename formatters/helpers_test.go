package formatters

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

func TestHelpersOfLayouts(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, got, want string }{
		{"bold", mrkdwn.Bold("a\n\n b *c*"), "*a*\n\n *b \u2060*\u2060c\u2060*\u2060*"},
		{"bold link", mrkdwn.Bold("<https://x/*|y>"), "*<https://x/*|y>*"},
		{"bold code", mrkdwn.Bold("a* " + mrkdwn.Code("*.exe and @here")), "*a\u2060*\u2060 `*.exe and @here`*"},
		{"bold nothing", mrkdwn.Bold(" "), " "},
		{"italic", mrkdwn.Italic("snake_case"), "_snake\u2060_\u2060case_"},
		{"code", mrkdwn.Code("a `b`\n*c* <d> &amp;"), "`a ˋbˋ *c* &lt;d&gt; &amp;`"},
		{"code of nothing", mrkdwn.Code(""), ""},
		{"pre", mrkdwn.Pre("a <b>\n```\n"), "```\na &lt;b&gt;\n`\u2060``\n```"},
		{"quote", mrkdwn.Quote("one\n" + mrkdwn.Esc("> two")), "> one\n> \u2060&gt; two"},
		{"no link of two marks", mrkdwn.Link("javascript:b*", "*a"), "\u2060*\u2060a (javascript:b\u2060*\u2060)"},
		{"a link that is too long", mrkdwn.Link("https://x.example/"+strings.Repeat("u", 3000), "a")[:26], "a (https://x.example/uuuuu"},
		{"guarded marks", mrkdwn.Truncate(mrkdwn.Esc(strings.Repeat("_", 50)), 6), "\u2060_\u2060_…"},
		{"dots", mrkdwn.Truncate("Re: "+strings.Repeat(".", 50), 30), "Re: " + strings.Repeat(".", 25) + "…"},
		{"link", mrkdwn.Link("https://x.example/a b|c", "a <b> & *c*"), "<https://x.example/a%20b%7Cc|a &lt;b&gt; &amp; \u2060*\u2060c\u2060*\u2060>"},
		{"link with a safe label", mrkdwn.Link("https://x.example/?a=1&b=2", "a &amp; b"), "<https://x.example/?a=1&amp;b=2|a &amp; b>"},
		{"link without a label", mrkdwn.Link("https://x.example", ""), "<https://x.example>"},
		{"no link", mrkdwn.Link("javascript:alert(1)", "click"), "click (javascript:alert(1))"},
		{"no link either", mrkdwn.Link("https://", ""), "https://"},
		{"user", mrkdwn.User(" U012AB3CD "), "<@U012AB3CD>"},
		{"user group", mrkdwn.User("S012"), "<!subteam^S012>"},
		{"no user", mrkdwn.User("U1|<!here>"), "U1|&lt;!here&gt;"},
		{"channel", mrkdwn.ChannelRef("C012"), "<#C012>"},
		{"no channel", mrkdwn.ChannelRef("#general"), "#\u2060general"},
		{"date", Date(1524857616000, "", Options{}), "<!date^1524857616^{date_short_pretty} at {time}|2018-04-27T19:33:36Z>"},
		{"date with a format", Date(-1, "{date}|<x>^", Options{DateFormat: "%d.%m.%Y %H:%M %q%%"}), "<!date^-1^{date}  x  |31.12.1969 23:59 %q%>"},
		{"short", mrkdwn.Truncate("short", 10), "short"},
		{"words", mrkdwn.Truncate("one two three", 10), "one two…"},
		{"an entity", mrkdwn.Truncate("aaaaa &amp;&amp;", 10), "aaaaa…"},
		{"a token", mrkdwn.Truncate("see <https://example.com/x|y> z", 8), "see…"},
		{"one word", mrkdwn.Truncate("語語語語語", 3), "語語…"},
		{"none", mrkdwn.Truncate("x", 0), ""},
		{"no call at the edge", mrkdwn.Truncate("https://x.example/?@hereafter", 25), "https://x.example/?@her…"},
		{"no mark at the edge", mrkdwn.Truncate("snake_case", 7), "snak…"},
		{"defang", mrkdwn.Defang("see https://evil.example/a.b?c, 10.0.0.1, Joe@evil.example. and evil.com, not a.b invoice.exe 1.2.3 or 3.14"),
			"see hxxps://evil[.]example/a.b?c, 10[.]0[.]0[.]1, Joe[@]evil[.]example. and evil[.]com, not a.b invoice.exe 1.2.3 or 3.14"},
		{"defang any scheme", mrkdwn.Defang("sftp://u+x@h.example ssh://10.0.0.1:22/ telnet://router evil_host.example a+b@c_d.example. tag+evil.example"),
			"sfxp://u+x[@]h[.]example ssh[:]//10[.]0[.]0[.]1:22/ telnet[:]//router evil_host[.]example a+b[@]c_d[.]example. tag+evil[.]example"},
		{"defang what is inside", mrkdwn.Defang("https://a.example/r/https://b.example/x.php?u=http://c.example/y&v=d.example#e.example //f.example https://g.example/h.php"),
			"hxxps://a[.]example/r/hxxps://b[.]example/x.php?u=hxxp://c[.]example/y&v=d[.]example#e[.]example //f[.]example hxxps://g[.]example/h.php"},
		{"a label that deceives", mrkdwn.Link("https://evil.example/x", "Go to okta.com now"), "Go to okta.com now (<https://evil.example/x>)"},
		{"defang between other signs", mrkdwn.Defang("evil.com- _evil.com_ a..evil.com 10.0.0.1- evil.com-login.html -evil.com+x"), "evil[.]com- _evil[.]com_ a..evil[.]com 10[.]0[.]0[.]1- evil[.]com-login.html -evil[.]com+x"},
		{"defang twice", mrkdwn.Defang(mrkdwn.Defang("http://evil.example x@y.com")), "hxxp://evil[.]example x[@]y[.]com"},
		{"date in a zone", Options{Location: paris}.Field(details.Detail{Type: "datetime", Data: json.RawMessage(`"1524857616000"`)}).Text, "2018-04-27T21:33:36+02:00"},
		{"date in a layout of Go's", Options{DateFormat: "2 Jan 2006"}.Field(details.Detail{Type: "datetime", Data: json.RawMessage(`1524857616000`)}).Text, "27 Apr 2018"},
	} {
		if c.got != c.want {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, c.got, c.want)
		}
	}
}

func TestFieldsSayWhatIsWrong(t *testing.T) {
	o := Options{BaseURL: "https://host/"}
	for _, c := range []struct{ typ, data, text, note string }{
		{"string", `0`, "0", ""},
		{"string", `{"a":["x",{"b":"y"}]}`, "a: x, b: y", ""},
		{"incident", `2095`, "https://host/#incidents/2095", ""},
		{"incident", `2095.0`, "https://host/#incidents/2095", ""},
		{"incident", `2.095e3`, "https://host/#incidents/2095", ""},
		{"incident", `2095.5`, "https://host/#incidents/2095.5", ""},
		{"incident", `"2095.0?task_id=251.0"`, "https://host/#incidents/2095?task_id=251", ""},
		{"incident", `"2095?task_id=251"`, "https://host/#incidents/2095?task_id=251", ""},
		{"incident", `"1|<!here> x&y"`, "https://host/#incidents/1%7C%3C%21here%3E%20x%26y", ""},
		{"incident", `"1?a=b&task_id=\">"`, "https://host/#incidents/1?a=b&amp;task_id=%22%3E", ""},
		{"boolean", `"maybe *x*"`, "maybe \u2060*\u2060x\u2060*\u2060", "neither true nor false"},
		{"boolean", `false`, "No", ""},
		{"boolean", `0`, "No", ""},
		{"boolean", `"YES "`, "Yes", ""},
		{"datetime", `"yesterday"`, "yesterday", "not a date"},
		{"datetime", `"0x10"`, "0x10", "not a date"},
		{"datetime", `1524857616`, "1970-01-18T15:34:17Z", ""},
		{"datetime", `-62135596800001`, "0000-12-31T23:59:59Z", ""},
		{"datetime", `8640000000000001`, "8640000000000001", "not a date"},
		{"select", `"x"`, "x", `"select" is not known`},
		{"", `"x"`, "x", "no type"},
		{"richtext", `5`, "5", ""},
		{"richtext", `{"format":"text","content":"<b>x</b>"}`, "&lt;b&gt;x&lt;/b&gt;", ""},
	} {
		f := o.Field(details.Detail{Label: "L", Type: c.typ, Data: json.RawMessage(c.data)})
		if f.Text != c.text || f.Empty || (c.note == "") != (f.Note == "") || len(f.Note) < len(c.note) {
			t.Errorf("%s %s: %q, note %q", c.typ, c.data, f.Text, f.Note)
		}
	}
	for _, c := range []struct{ typ, data string }{
		{"string", `""`}, {"string", `[]`}, {"string", `{}`}, {"string", `null`}, {"string", ``}, {"string", `" \n"`}, {"string", `[null,""]`},
		{"datetime", `0`}, {"incident", `-0.0`}, {"richtext", `{"format":"html","content":null}`}, {"datetime", `"None"`}, {"incident", `"0"`}, {"richtext", `"<p>&nbsp;</p>"`}, {"boolean", `null`},
		{"string", `"\u00ad\u200d\u034f\ufe0f"`}, {"richtext", `"<p>&shy;&zwnj;</p><p>&#847; &#8288;</p>"`},
	} {
		if f := o.Field(details.Detail{Type: c.typ, Data: json.RawMessage(c.data)}); !f.Empty || f.Text != "" || f.Plain != "" || f.RichText != nil || !json.Valid(f.Data) {
			t.Errorf("%s %s is not empty: %+v", c.typ, c.data, f)
		}
	}
	if f := (Options{}).Field(details.Detail{Type: "incident", Data: json.RawMessage(`"7"`)}); f.Text != "7" || f.Note == "" {
		t.Errorf("an incident without an address: %+v", f)
	}
	for _, typ := range []string{"string", "incident", "richtext", "boolean", "datetime"} {
		if !Known(typ) {
			t.Errorf("%s is not known", typ)
		}
	}
	if Known("") || Known("select") {
		t.Error("something unknown is known")
	}
}

func FuzzTruncate(f *testing.F) {
	f.Add("one &amp; <https://x|y> two 語", 7)
	f.Fuzz(func(t *testing.T, text string, n int) {
		if n > 1<<16 {
			return
		}
		got := mrkdwn.Truncate(text, n)
		if utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Errorf("Truncate(%q, %d) = %q cuts a character", text, n, got)
		}
		if count := utf8.RuneCountInString(got); count > max(n, 0) {
			t.Errorf("Truncate(%q, %d) has %d", text, n, count)
		}
	})
}
