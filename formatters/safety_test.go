package formatters

import (
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/formatters/richtext"
)

var (
	anyToken     = regexp.MustCompile(`<[^<>]*>`)
	anyBroadcast = regexp.MustCompile(`(?i)(^|[^\pL\pN/])@(here|channel|everyone|group)\b`)
	anyURL       = regexp.MustCompile(`(?i)https?://[A-Za-z0-9\[][-A-Za-z0-9._~:/?#\[\]@!$&*+;=%]*`)
	anyName      = regexp.MustCompile(`(^|[^A-Za-z0-9])[@#][A-Za-z0-9_.\pL-]+`)
	anyCode      = regexp.MustCompile("(?s)```.*?(```|$)|`[^`\n]*`?")
	guardedTicks = regexp.MustCompile("\u2060(`\u2060)+")
	gluedCode    = regexp.MustCompile(`[\pL\pN]:[A-Za-z0-9_+'-]*[A-Za-z][A-Za-z0-9_+'-]*:`)
	anyCall      = regexp.MustCompile(`<[!@#]`)
	goodLink     = regexp.MustCompile(`^<(?i)(https?|mailto):`)
)

// actsIn lists what Slack would act on in mrkdwn that was made of data alone. It
// is written apart from the code under test and reads as Slack does, in the
// worst case: parse=full and link_names on, and a word joiner being a letter or
// a blank, whichever is worse.
func actsIn(text string) (found []string) {
	for _, token := range anyToken.FindAllString(text, -1) {
		found = append(found, "token "+token)
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(strings.TrimLeft(line, " \t"), "&gt;") || strings.HasPrefix(line, ">") || strings.HasPrefix(line, "＞") {
			found = append(found, "quote "+line)
		}
		shown := decoded(line)
		for _, m := range anyBroadcast.FindAllString(shown, -1) {
			found = append(found, "broadcast "+m)
		}
		bare := anyURL.ReplaceAllStringFunc(shown, func(url string) string {
			rest := strings.TrimRight(url, ".:;!?*_~[]")
			return "u" + url[len(rest):]
		})
		for _, m := range anyName.FindAllString(bare, -1) {
			found = append(found, "name "+m)
		}
		for _, m := range gluedCodes(anyURL.ReplaceAllString(shown, "/")) {
			found = append(found, "emoji "+m)
		}
		for _, reading := range []string{"x", " "} { // a word joiner as a letter, as a blank
			found = append(found, formatted(strings.ReplaceAll(bare, mrkdwn.Joiner, reading))...)
		}
	}
	if strings.Count(strings.ReplaceAll(text, mrkdwn.Joiner, " "), "```") > 1 {
		found = append(found, "fence")
	}
	return found
}

// gluedCodes are the codes of emoji in the middle of words, of which Slack takes none
// with a name of more than 100 characters.
func gluedCodes(text string) []string {
	return slices.DeleteFunc(gluedCode.FindAllString(text, -1), func(code string) bool {
		_, name, _ := strings.Cut(code, ":")
		return len(name)-1 > 100
	})
}

// formatted finds pairs of marks that would format.
func formatted(line string) (found []string) {
	rs := []rune(line)
	word := func(i int) bool {
		return i >= 0 && i < len(rs) && (unicode.IsLetter(rs[i]) || unicode.IsDigit(rs[i]))
	}
	blank := func(i int) bool { return i < 0 || i >= len(rs) || unicode.IsSpace(rs[i]) }
	for _, mark := range "*_~" {
		open := -1
		for i, r := range rs {
			if r != mark {
				continue
			}
			if open >= 0 && !blank(i-1) && !word(i+1) {
				found = append(found, "format "+string(rs[open:i+1]))
			}
			if open < 0 && !word(i-1) && !blank(i+1) {
				open = i
			}
		}
	}
	return found
}

// The attacks that are known to be tried in incident fields.
var attacks = []string{
	"<!channel>", "<!here|here>", "<!everyone>", "<@U012AB3CD>", "<#C012AB3CD|general>", "<!subteam^S012AB3CD>",
	"<!date^1392734382^{date}^https://evil.example|soon>",
	"<https://evil.example|Deploy ok>", "<mailto:x@evil.example|write to the SOC>", "<javascript:alert(1)|x>",
	"@here", "ping @channel now", "(@everyone)", "@group", "#general", "see #soc-alerts!", "@alice", "-@bob.smith", "https://evil.example/@here", "https://evil.example/@here.example/x", "https://evil.example/@here/@alice/*x*", "https://evil.example/。@channel", "https://evil.example?@here-u", "https://evil.example?@here_x_", "。@here", "joe@here",
	"*bold*", "_italic_", "~strike~", "`code`", "```fence\nfence```", "a *b* c", "*_~all~_*", "**twice**", "(*in brackets*)", "＊wide＊",
	"> quoted", "  > quoted", "＞quoted", "x\n> quoted",
	"*first\nsecond*", "https://evil.example/*x* *y*", "*https://evil.example*", "https://evil.example/*x*@y*", "https://evil.example/_x_#y", "https://e~~e~~e/_p~l~~~~~:::::::~~/_", "https://e~~_~~p~~~~~~/_~~~_~~p~~~~~~~~/_~~p~/_x",
	"&lt;!channel&gt;", "&amp;lt;!channel&amp;gt;", "\u202e<!channel>", "<!chan\u200bnel>", "#", "@\u2060here", "@\u200bhere", "<\u0000!here>", "<!here\r>",
	"\u0001bold\u0001", "\u0004\u0004\u0004", "\u000e",
}

func TestAttacksInData(t *testing.T) {
	for _, attack := range attacks {
		t.Run(attack, func(t *testing.T) {
			checkHarmless(t, attack, attack, "string")
			checkHarmless(t, "Name", attack, "nonsense")
			checkHarmless(t, "Description", html.EscapeString(attack), "richtext")
			checkHarmless(t, "Description", "<div>x<b></b>"+html.EscapeString(attack)+"</div>", "richtext")
			checkHarmless(t, "*_~`", attack, "string")
			checkHarmless(t, "Confirmed", attack, "boolean")
			checkHarmless(t, "Date", attack, "datetime")
		})
	}
}

// checkHarmless shows data under a label and looks for anything that acts.
func checkHarmless(t *testing.T, label, data, typ string) {
	t.Helper()
	js, _ := json.Marshal(data)
	f := Options{}.Field(details.Detail{Label: label, Type: typ, Data: js})
	if found := actsIn(f.Text); found != nil {
		t.Errorf("%s %q became %q: %q", typ, data, f.Text, found)
	}
	for _, text := range []string{mrkdwn.Bold(f.Text), mrkdwn.Italic(f.Text)} {
		for _, l := range actsIn(text) {
			if !strings.HasPrefix(l, "format") && !strings.HasPrefix(l, "fence") {
				t.Errorf("%q in bold or italics: %q", text, l)
			}
		}
	}
	for _, mrkdwn := range []bool{true, false} {
		text := Classic([]Field{f}, mrkdwn)
		if own := (labels{fields: []Field{f}}); own.in(f.Plain) { // in a quote, which is ours; a line of data cannot begin with one
			text = strings.ReplaceAll(text, "\n> ", "\n")
		}
		for _, l := range actsIn(text) {
			if mrkdwn || !strings.HasPrefix(l, "format") && !strings.HasPrefix(l, "fence") {
				t.Errorf("classic layout %q (mrkdwn=%v): %q", text, mrkdwn, l)
			}
		}
	}
	if strings.ContainsFunc(f.Text, func(r rune) bool {
		return mrkdwn.Clean(string(r)) == "" && string(r) != mrkdwn.Joiner || r < ' ' && r != '\n' && r != '\t'
	}) {
		t.Errorf("%q has controls in it", f.Text)
	}
	if want := strings.TrimSpace(mrkdwn.Clean(data)); typ != "richtext" && !f.Empty && f.Plain != want && f.Plain != "Yes" && f.Plain != "No" && f.Note == "" {
		t.Errorf("plain text %q, want %q", f.Plain, want)
	}
}

// checkCopies holds the classic message to its promise: what a reader copies out of
// it is what was sent.
func checkCopies(t *testing.T, label, data string) {
	t.Helper()
	js, _ := json.Marshal(data)
	f := Options{}.Field(details.Detail{Label: label, Type: "string", Data: js})
	text := Classic([]Field{f}, true)
	blocks := ClassicBlocks([]Field{f}, text, true)
	if blocks == nil {
		if strings.Contains(text, mrkdwn.Joiner) {
			t.Errorf("%q under %q is shown with a guard: %q", data, label, text)
		}
		return
	}
	want := f.Plain
	if label = mrkdwn.OneLine(label); label != "" {
		want = label + ": " + want
	}
	var block any
	if err := json.Unmarshal(blocks[0], &block); err != nil || len(blocks) != 1 {
		t.Fatalf("%q under %q: %v\n%s", data, label, err, blocks)
	}
	if got := leavesOf(block); got != want {
		t.Errorf("%q under %q is shown as %q, want %q", data, label, got, want)
	}
}

// leavesOf are the texts in decoded blocks, one behind the other.
func leavesOf(x any) (text string) {
	switch x := x.(type) {
	case []any:
		for _, v := range x {
			text += leavesOf(v)
		}
	case map[string]any:
		switch x["type"] {
		case "text", "link":
			return x["text"].(string)
		case "emoji":
			return ":" + x["name"].(string) + ":"
		}
		return leavesOf(x["elements"])
	}
	return text
}

func FuzzDataIsHarmless(f *testing.F) {
	for _, attack := range attacks {
		f.Add(attack, "Label")
		f.Add("x", attack)
	}
	f.Add("^*x", "*")                                                   // the mark of a label with that of its value
	f.Add("https://e~~\x00@:::/_p~~~\x00@l~~~e/_p~/\x00p~l~~~\x00", "") // cut behind a sign in a URL
	for _, n := range []int{99, 100, 101} {                             // beside the length of an emoji's name
		f.Add("x:"+strings.Repeat("z", n)+":", "x:"+strings.Repeat("z", n))
	}
	f.Fuzz(func(t *testing.T, data, label string) {
		if len(data)+len(label) <= 1<<12 {
			checkData(t, data, label)
		}
	})
}

// checkData looks at all that is made of data and a label.
func checkData(t *testing.T, data, label string) {
	t.Helper()
	checkHarmless(t, label, data, "string")
	checkCopies(t, label, data)
	checkHarmless(t, "Description", html.EscapeString(data), "richtext")
	text := decoded(strings.ReplaceAll(mrkdwn.Esc(data), mrkdwn.Joiner, ""))
	if text != mrkdwn.Clean(data) {
		t.Errorf("Esc(%q) shows %q", data, text)
	}
	safe := mrkdwn.Esc(data)
	for _, n := range []int{5, 12, len(safe) / 2, len(safe) - 1} {
		if cut := mrkdwn.Truncate(safe, n); actsIn(cut) != nil {
			t.Errorf("Truncate(%q, %d) = %q: %q", safe, n, cut, actsIn(cut))
		}
	}
	for _, max := range []int{40, len(safe)/4 + 40} {
		joined := ""
		for _, part := range mrkdwn.Split(safe, max, mrkdwn.SlackMarkup) {
			if found := actsIn(part); utf8.RuneCountInString(part) > max || found != nil {
				t.Errorf("a part of %q, split at %d: %q: %q", safe, max, part, found)
			}
			joined += part
		}
		if bare := strings.NewReplacer(mrkdwn.Joiner, "", " ", "", "\t", "", "\n", ""); bare.Replace(joined) != bare.Replace(safe) {
			t.Errorf("%q, split at %d, became %q", safe, max, joined)
		}
	}
	for _, s := range []string{mrkdwn.Link(data, label), mrkdwn.Link("https://host/"+data, label)} {
		if n := strings.Count(s, "<"); n > 1 || strings.Count(s, ">") != n || strings.Count(s, "|") > 1+strings.Count(label+data, "|") {
			t.Errorf("Link(%q, %q) = %q", data, label, s)
		}
	}
	for _, s := range []string{mrkdwn.Code(data), mrkdwn.Pre(data), mrkdwn.User(data), mrkdwn.ChannelRef(data)} {
		if anyCall.MatchString(s) && s != "<@"+strings.TrimSpace(data)+">" && s != "<#"+strings.TrimSpace(data)+">" && s != "<!subteam^"+strings.TrimSpace(data)+">" {
			t.Errorf("%q became %q", data, s)
		}
	}
}

// withoutCode is mrkdwn without what is in code, where nobody is called.
func withoutCode(text string) string {
	return anyCode.ReplaceAllString(guardedTicks.ReplaceAllString(text, " "), " ")
}

func FuzzHTMLIsHarmless(f *testing.F) {
	for _, attack := range attacks {
		f.Add("<p>" + attack + "</p>")
		f.Add("<a href=\"" + attack + "\">x</a>")
		f.Add("<b>" + attack + "</b><pre>" + attack + "</pre><a href=\"https://evil.example\">" + attack + "</a>")
	}
	f.Fuzz(func(t *testing.T, source string) {
		if len(source) <= 1<<14 {
			checkHTML(t, source)
		}
	})
}

// checkHTML looks at all that is made of a rich text.
func checkHTML(t *testing.T, source string) {
	t.Helper()
	r := richtext.FromHTML(source)
	for _, token := range anyToken.FindAllString(r.Mrkdwn, -1) {
		if !goodLink.MatchString(token) {
			t.Errorf("%q gives the token %q", source, token)
		}
	}
	for _, text := range []string{r.Mrkdwn, mrkdwn.Bold(r.Mrkdwn), mrkdwn.Italic(r.Mrkdwn), mrkdwn.Quote(r.Mrkdwn), mrkdwn.Truncate(r.Mrkdwn, len(source)/2)} {
		if anyBroadcast.MatchString(withoutCode(text)) {
			t.Errorf("%q calls: %q", source, text)
		}
		// A lone backtick in the label of a link opens no code beyond it.
		untagged := decoded(withoutCode(anyToken.ReplaceAllString(text, " ")))
		for _, code := range gluedCodes(anyURL.ReplaceAllString(untagged, "/")) {
			t.Errorf("%q has the emoji %q: %q", source, code, text)
		}
		bare := anyURL.ReplaceAllString(untagged, "u")
		if name := anyName.FindString(bare); name != "" {
			t.Errorf("%q has the name %q: %q", source, name, text)
		}
	}
	if strings.Contains(r.Plain+encoded(r.Elements), mrkdwn.Joiner) {
		t.Errorf("%q has a guard where none is needed: %q", source, r.Plain)
	}
	if len(r.Elements) > 0 {
		block := fmt.Sprintf(`[{"type":"rich_text","elements":%s}]`, encoded(r.Elements))
		for _, v := range blockkit.ValidateBlocks([]byte(block)) {
			if v.Constraint != "msg_blocks_too_long" && v.Constraint != "max_length 3000" {
				t.Errorf("%q gives wrong blocks: %v\n%s", source, v, block)
			}
		}
	}
	if strings.Trim(r.Plain, "\n") != r.Plain {
		t.Errorf("%q has blank lines around it: %q", source, r.Plain)
	}
}

func TestWhatPeopleCopyStaysAsItIs(t *testing.T) {
	for _, text := range []string{
		"__init__.py", "*.evil.example and *.bank.example", "2001:db8:100:1234::1", "00:1a:2b:3c:4d:5e", "SELECT * FROM t WHERE a LIKE '%_x_%'", `^\d+_[a-z]*_$`,
		`C:\new\_x_\*.tmp`, `HKLM\Software\_Run_`, "$(id) `id`", ":fire: C::D::e", "> a\n*b*", "~/.ssh/x~", "＊wide＊", ":wave::skin-tone-3: _x_",
	} {
		checkCopies(t, "Name", text)
		checkCopies(t, text, "*x*")
	}
	for _, text := range []string{
		"joe.doe@example.com", "snake_case_name", "*.exe", "file*names*here", "~/.ssh/config", "5 * 3 * 2", "C:\\temp\\new", "a_b_c.txt",
		"https://example.com/a_b/_c_/d?e=f*g#h", "https://host/#incidents/2223", "https://medium.com/@joe/x", "https://medium.com/@group-ib/x", "joe@here.example.com", "10~20", "it`s", "C#", "user@host:22",
		"[Attrition (Denial-of-Service and Brute-Force Attacks)]", "_dmarc.example.com", "100% sure", "مرحبا بالعالم", "不审なメール、調査中。", "👩‍👩‍👧 ok",
	} {
		if got := decoded(mrkdwn.Esc(text)); got != text {
			t.Errorf("Esc(%q) = %q", text, got)
		}
	}
}
