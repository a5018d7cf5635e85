package richtext

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"golang.org/x/text/unicode/norm"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// typedTexts are shown as they are: nothing in them is markup.
var typedTexts = []string{
	`Value <a and nothing else`,
	`<b and c> is less than d`,
	`if (a<b && c>d) { a = b<c; } // <b`,
	`for (i=0;i<n;i++) { run(i); }`,
	`gc a.txt | ?{$_ -match '<style'} | select x`,
	`Payload <script> was found; <iframe src=x>, <textarea>, <title> and </style> too`,
	`<?php system($_GET['cmd']); echo "<b>x</b>"; ?> was removed`,
	`<% if x < 5 %><br-x><%= x ? "<b>" : y %>`,
	`<![CDATA[ <b>x</b> ]]> and <!ENTITY x "y"> and <!-- no end`,
	`press <button>, <input> or <select>; <object> is <data>`,
	`<Data Name="SubjectUserSid">S-1-5-18</Data><Data Name='x'/>`,
	`<event id="1"><data name="user">bob</data><title>t</title><time at="now"/></event>`,
	`<?xml version="1.0"?><soap:Envelope xmlns:soap="http://x.example/"><soap:Body/></soap:Envelope>`,
	`try <img src=x onerror=alert(1)>, <svg/onload=alert(1)> or <svg onload="x()"></svg>`,
	`<xml><user>bob</user></xml>`,
	`I <3 this, 2 < 3, x <= y, </3, <>, <!>, Joe <joe@example.com>, <https://x.example/?a=<bb>`,
	`<a href="https://x.example`,
	`<a href="x" "quoted" text>y`,
	`the <body> and the <form> with <img>`,
	`<meta http-equiv=refresh content="0;url=https://evil.example/"> was in it, as the source shows`,
	`use <b> for names, a <div> element, <h1>, and <!DOCTYPE html> at offset 4`,
	`C:\a <path> <link> ruby <rb`,
	`put it between <script> and </script>, or <style> and </style>`,
	`use "<script>" and "</script>" (or <style>, </style>)`,
	`<title> and </title> belong into the head; a <template>...</template> does not`,
	`<!DOCTYPE foo [<!ENTITY xxe SYSTEM "file:///etc/passwd">]><foo>&xxe;</foo>`,
	`<body> of the mail`,
	`we block <script> & </script> here, the opening <style> and the closing/final </style>, too`,
	`<html> is where a page begins`,
	`<script> and </script>`,
	`put (<script>) and (</script>) around it`,
	`the page has <meta http-equiv=refresh content=0>, <link rel=x> and <input type=hidden name=q>`,
	`document.write("<script src=x></script>")`,
	`GET /?q=<script>alert(1)</script> HTTP/1.1`,
	`List<A> a = new Foo<B>(); Set<I>; x<U>::y, bar<S>`,
	"/// <summary>Adds</summary>\n/// <param name=\"a\">one</param>",
	`grep '^<tr><td>.*</td></tr>$' | sed 's/<option>/<caption>/' <source>`,
}

func TestTypedTextIsShown(t *testing.T) {
	for _, text := range typedTexts {
		if got := FromHTML(text).Plain; got != text {
			t.Errorf("got  %q\nwant %q", got, text)
		}
	}
}

func TestMarkupIsNotShown(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"hidden elements", `a<style type="text/css"><!-- p {x:y} --></style>b<SCRIPT>if (a<b) c()</SCRIPT>c<title>t</title>d<iframe src=x>f</iframe>`, "abcd"},
		{"comments", `a<!-- <b> -->b<!--[if mso]><p>x</p><![endif]-->c<![if !mso]>d<![endif]>e<!-->f`, "abcdef"},
		{"a mail of Word's", `<!DOCTYPE html><html xmlns:o="urn:x"><head><meta name=Generator content="Word"><xml><o:x>1</o:x></xml></head><body lang=EN-US><p class=MsoNormal>x<o:p></o:p></p><?xml:namespace prefix = o />`, "x"},
		{"attributes", `<td x:str nowrap width="5%"align=left data-x><A HREF='https://x.example/'>x</A>`, "x (https://x.example/)"},
		{"parts of what is there", `<details><summary>s</summary>d</details><p>x<select><optgroup><option>o</option></optgroup></select><object><param name=a></object><video><source src=x></video></p><table><caption>c</caption><tr><td>y</table>`, "s\nd\n\nx\n\no\nc\ny"},
		{"a cell spoken of before a table", `count <td>: <table><tr><td>1</td></tr></table>`, "count <td>:\n1"},
		{"cells spoken of behind a table", `<table><tr><td>1</td></tr></table>count <td> and <tr>`, "1\ncount <td> and <tr>"},
		{"formatting without its end", `<p>one<b>two three</p><p>x <b>four`, "onetwo three\n\nx four"},
		{"a mail that was cut", `a</p></td><td width=5>b</td></tr></table>`, "a\n\nb"},
		{"words with their ends", `<label for=a>x</label> <button type=submit>y</button><input type=text value=z><form action=x><select><option>o</option></select></form>`, "x y\no"},
		{"a picture", `<svg viewBox="0 0 1 1"><path d="M0"/><text>t</text></svg>`, "t"},
		{"only the second", `<script> is how <script>alert(1)</script> begins`, "<script> is how  begins"},
		{"hidden though it is prose", `<p>x</p><title> and </title><p>y <b>z</b><template> and more </template></p>w <title>and</title><script>go(1) </script>`, "x\n\ny z\n\nw"},
		{"a comment with a mark too much", `a<!-- x --!>b<!--->c<!--!>d-->e`, "abce"},
		{"a script that writes one", `<script>document.write("<script src=x><\/script>")</script>x`, "x"},
		{"what the style says last", `<p style="display:none;display:block">a</p><p style="display:none;display:bogus">b</p><p style="display:block;DISPLAY:none">c</p><p style="display:none ! important;display:block">d</p>`, "a"},
		{"no end of a declaration", `<p style="content:';display:none;';color:red">a</p><p style="background:url(b;display:none;)">b</p><p style="/*;display:none;*/color:red">c</p>`, "a\n\nb\n\nc"},
		{"seen in what is not", `<div style="visibility:hidden">a<p style="visibility:visible">b</p>c</div><div style="display:none">d<p style="display:block;visibility:visible">e</div>`, "b"},
		{"the style before the attribute", `<p hidden style="display:block">a</p><p hidden>b</p>`, "a"},
		{"the editor's own", `<p class="ql-ui">a</p><span class="ql-ui" contenteditable="false">b</span><select class=ql-ui><option>c</select>`, "a"},
		{"a heading ends a heading", `<h1 hidden>a<h2>b</h3>c<h4 hidden>d</h1>e`, "b\n\nc\n\ne"},
		{"what browsers move out of a table", `<table hidden>a<tr>b<td>c<td><b>d</b></td></tr><i>e</i></table>`, "a\nb  e"},
		{"pictures of no size", `<img width=1 height=30 alt=a><img width=1 height=1 alt=b><img style="height:0px" alt=c><img style="display:none" alt=d><hr hidden><input type=checkbox style="display:none">`, "a"},
		{"columns that are hidden", `<table><colgroup style="display:none"><col><tr><td>a<td>b</table>`, "a  b"},
		{"office settings behind a comment", `<xml><!-- x --><o:x>1</o:x></xml>a`, "a"},
		{"what stands in lines of its own", "<head>\n\t<title>We updated our terms.</title>\n\u00a0<style>a b </style>\t</head><body>x</body>", "x"},
		{"a sentence in styles", `<p><b><script></b> and <i></script></i></p><p>Put <b><title></b> or <i></title></i> there</p>`, "<script> and </script>\n\nPut <title> or </title> there"},
		{"a sentence beside it", `<title>Thank you for your order.</title>Hello <iframe>no frames here. </iframe>Jane`, "Hello Jane"},
		{"a page without its end", `<html> <head> </head> <body> <p>x`, "x"},
		{"around nothing", `</p></div>x</body></html>`, "x"},
	} {
		if diff := cmp.Diff(c.want, FromHTML(c.source).Plain); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// FuzzNoWordIsLost holds markup to its rule: every run of letters and digits that
// is no markup is in all that is shown.
func FuzzNoWordIsLost(f *testing.F) {
	for _, text := range typedTexts {
		f.Add(text)
		f.Add("<p>" + text + "</p><table><tr><td>" + text + "<td rowspan=3>x<tr><td>" + text + "</table>")
		f.Add("<ol><li>" + text + "<sup>" + text + "</sup></ol><pre>" + text + "</pre>")
	}
	// Marks of letters may stand behind a tag, and in another order.
	bare := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsMark(r) {
				return -1
			}
			return r
		}, norm.NFKD.String(s))
	}
	f.Fuzz(func(t *testing.T, source string) {
		// What a style hides is markup, but of another rule.
		if low := strings.ToLower(source); len(source) > 1<<14 || strings.Contains(low, "hid") || strings.Contains(low, "visib") || strings.Contains(low, "display") || strings.Contains(low, "ql-ui") || strings.Contains(low, "&") {
			return
		}
		shown := FromHTML(source)
		for _, out := range []string{shown.Plain, shown.Mrkdwn} {
			out = bare(strings.ReplaceAll(html.UnescapeString(out), mrkdwn.Joiner, ""))
			tags := scanner{src: source}
			for {
				tok := tags.next()
				for word := range strings.FieldsFuncSeq(mrkdwn.Clean(tok.before), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
					if word = bare(word); !strings.Contains(out, word) {
						t.Fatalf("%q is not in %q", word, out)
					}
				}
				if tok.kind == sourceEnd {
					break
				}
			}
		}
	})
}
