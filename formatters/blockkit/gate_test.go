package blockkit

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

func jsonOf(x any) json.RawMessage { return encode(x) }

// message holds a text in every place in which it is markup, and in some in which
// it is none.
func message(text, plain string) Message {
	section := func(text string) map[string]any {
		return map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": text}}
	}
	return Message{
		Text: text,
		Blocks: []json.RawMessage{
			jsonOf(section(text)),
			jsonOf(map[string]any{"type": "section", "text": map[string]any{"type": "plain_text", "text": plain}}),
			jsonOf(map[string]any{"type": "rich_text", "elements": []any{map[string]any{"type": "rich_text_section", "elements": []any{map[string]any{"type": "text", "text": plain}}}}}),
		},
		Attachments: []json.RawMessage{
			jsonOf(map[string]any{"color": "good", "text": text}),
			jsonOf(map[string]any{"blocks": []any{section(text)}}),
		},
	}
}

func brought(texts ...string) func() []Input {
	return func() (list []Input) {
		for i, text := range texts {
			list = append(list, Input{Name: fmt.Sprintf("input %d", i), Text: text})
		}
		return list
	}
}

func TestWhatActsNeedsAMaker(t *testing.T) {
	const j = mrkdwn.Joiner
	for _, c := range []struct {
		name   string
		origin Origin
		text   string
		want   string // "" is the same
	}{
		{"of a helper, whatever the input holds", Origin{Made: []string{"for <@U1>"}, Input: brought("<@U1>")}, "by <@U1>", ""},
		{"of a helper, with joiners by another", Origin{Made: []string{"<https://e.example/|a_b>"}}, "<https://e.example/|a" + j + "_" + j + "b>", ""},
		{"of the script", Origin{Script: []string{"text: `<!subteam^S1> look`"}}, "<!subteam^S1> look", ""},
		{"of the script, and in the input", Origin{Script: []string{"<!here>"}, Input: brought("x", "<!here>")}, "<!here>", "&lt;!here&gt;"},
		{"of the script, and with blanks in the input", Origin{Script: []string{"<!here>"}, Input: brought("< ! he\u200bre >")}, "<!here>", "&lt;!here&gt;"},
		{"of the script, and with entities in the input", Origin{Script: []string{"<!here>"}, Input: brought("&amp;lt;!here&amp;gt;")}, "<!here>", "&lt;!here&gt;"},
		{"of the script, and in wide letters", Origin{Script: []string{"<!here>"}, Input: brought("＜！ｈｅｒｅ＞")}, "<!here>", "&lt;!here&gt;"},
		{"of the script, and in two inputs", Origin{Script: []string{"<!here>"}, Input: brought("<!he", "re>")}, "<!here>", "&lt;!here&gt;"},
		{"of nobody: a broadcast", Origin{}, "<!channel> hi", "&lt;!channel&gt; hi"},
		{"of nobody: a user", Origin{}, "by <@U012AB3CD>", "by &lt;@" + j + "U012AB3CD&gt;"},
		{"of nobody: a channel", Origin{}, "<#C1|x>", "&lt;#" + j + "C1|x&gt;"},
		{"of nobody: a group", Origin{}, "<!subteam^S1|@soc>", "&lt;!subteam^S1|@" + j + "soc&gt;"},
		{"of nobody: a label", Origin{}, "<https://evil.example|Deploy ok>", "&lt;https://evil.example|Deploy ok&gt;"},
		{"of nobody: a date with a link", Origin{}, "<!date^1^{date}^https://evil.example|x>", "&lt;!date^1^{date}^https://evil.example|x&gt;"},
		{"of nobody: names", Origin{}, "ask @alice in #general.", "ask @" + j + "alice in #" + j + "general."},
		{"names of the script", Origin{Script: []string{"ping @here"}}, "ping @here!", ""},
		{"names of both", Origin{Script: []string{"ping @here"}, Input: brought("@HERE")}, "ping @here", "ping @" + j + "here"},
		{"a link to a host of the script", Origin{Script: []string{"`https://wiki.example:8443/${id}`"}}, "<https://wiki.example:8443/7|data>", ""},
		{"a link to the platform", Origin{Hosts: []string{"soar.example"}}, "<https://soar.example/#incidents/7|data>", ""},
		{"a host that only begins like it", Origin{Script: []string{"https://wiki.example/"}}, "<https://wiki.example.evil.example/|x>", "&lt;https://wiki.example.evil.example/|x&gt;"},
		{"a host behind a user", Origin{Hosts: []string{"soar.example"}}, "<https://soar.example@evil.example/|x>", "&lt;https://soar.example@evil.example/|x&gt;"},
		{"a token around another", Origin{}, "<!here|<https://evil.example|x>>", "&lt;!here|&lt;https://evil.example|x&gt;>"},
		{"an address without a label", Origin{}, "<https://evil.example>", ""},
		{"a date", Origin{}, "<!date^1^{date}|x>", ""},
		{"what is text already", Origin{}, mrkdwn.Esc("@here <!here> <@U1>"), ""},
		{"addresses", Origin{}, "joe@example.com https://x/#a", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			if want == "" {
				want = c.text
			}
			got := message(c.text, c.text)
			notes := Gate(&got, &c.origin)
			if diff := cmp.Diff(message(want, unjoined(c.text)), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if (len(notes) > 0) != (c.text != want) {
				t.Errorf("notes %q", notes)
			}
			if again := Gate(&got, &c.origin); again != nil {
				t.Errorf("the gate is not content with its own work: %q", again)
			}
		})
	}
}

// What is code is there to be copied; Slack looks for names in it only where a call
// asks it to look for them everywhere.
func TestNamesInCode(t *testing.T) {
	const j, text = mrkdwn.Joiner, "`@here` @here ```\n#general\n``` #general `open @here\n` @here"
	const want = "`@here` @" + j + "here ```\n#general\n``` #" + j + "general `open @" + j + "here\n` @" + j + "here"
	yes := true
	for _, c := range []struct {
		m    Message
		want string
	}{
		{Message{Text: text}, want},
		{Message{Text: "`@here`", LinkNames: &yes}, "`@" + j + "here`"},
		{Message{Text: "`@here`", Parse: "full"}, "`@" + j + "here`"},
	} {
		if Gate(&c.m, new(Origin)); c.m.Text != c.want {
			t.Errorf("got  %q\nwant %q", c.m.Text, c.want)
		}
	}
	for _, verbatim := range []bool{true, false} {
		m := Message{Blocks: []json.RawMessage{jsonOf(map[string]any{"type": "section", "text": map[string]any{"type": "mrkdwn", "text": "`@here`", "verbatim": verbatim}})}}
		if Gate(&m, new(Origin)); strings.Contains(string(m.Blocks[0]), j) == verbatim {
			t.Errorf("verbatim %v: %s", verbatim, m.Blocks[0])
		}
	}
}

// The notes tell where a token came from and what to write instead.
func TestTheGateTellsWhy(t *testing.T) {
	m := Message{Text: "<!here> <@U1> <https://e.example|x> <#C1>"}
	notes := Gate(&m, &Origin{Script: []string{"<!here>"}, Input: func() []Input {
		return []Input{{`"Name" in slack_details`, "<!here> <@U1>"}}
	}})
	want := []string{
		`made harmless: <!here>: it stands in the script, but also in "Name" in slack_details; what slack.broadcast("here") makes stays live`,
		`made harmless: <@U1>: it stands in "Name" in slack_details; what slack.user(id) makes stays live`,
		`made harmless: <https://e.example|x>: neither a helper nor the script's text has it as it is; what slack.link(url, label) makes stays live`,
		`made harmless: <#C1>: neither a helper nor the script's text has it as it is; what slack.channelRef(id) makes stays live`,
	}
	if diff := cmp.Diff(want, notes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheGateReadsEscapedJSON(t *testing.T) {
	m := Message{Blocks: []json.RawMessage{json.RawMessage(`{"type":"section","text":{"type":"mrkdwn","text":"\u003c!here\u003e"},"n":12345678901234567890}`)}}
	if notes := Gate(&m, &Origin{Input: brought()}); len(notes) != 1 || !strings.Contains(notes[0], "<!here>") {
		t.Errorf("notes %q", notes)
	}
	if want := `{"n":12345678901234567890,"text":{"text":"&lt;!here&gt;","type":"mrkdwn"},"type":"section"}`; string(m.Blocks[0]) != want {
		t.Errorf("got  %s\nwant %s", m.Blocks[0], want)
	}
}

func TestLinksOfMarkdownNeedAHost(t *testing.T) {
	const j = mrkdwn.Joiner
	o := func() *Origin {
		return &Origin{Script: []string{"[wiki](https://wiki.example/x)"}, Hosts: []string{"soar.example"}, Input: brought()}
	}
	for text, want := range map[string]string{
		"[a](https://wiki.example/y) ![b](https://soar.example/p.png)": "",
		"see [Reset your password](https://evil.example/login)":        "see [Reset your password]" + j + "(https://evil.example/login)",
		"![x](https://evil.example/p.png)":                             "![x]" + j + "(https://evil.example/p.png)",
		"[x][1]\n\n[1]: https://evil.example":                          "[x][1]\n\n[1]" + j + ": https://evil.example",
		"[x](<https://evil.example> \"t\")":                            "[x]" + j + "(<" + j + "https://evil.example> \"t\")",
		"[x](\nhttps://evil.example)":                                  "[x]" + j + "(\nhttps://evil.example)",
		"[x](https&#58;//evil.example)":                                "[x]" + j + "(https&#" + j + "58;//evil.example)",
		"[x](https://soar.example&#64;evil.example)":                   "[x]" + j + "(https://soar.example&#" + j + "64;evil.example)",
		"[x](https://evil.example\\@soar.example)":                     "[x]" + j + "(https://evil.example\\@" + j + "soar.example)",
		"[x](//evil.example) [y](javascript:x)":                        "[x]" + j + "(//evil.example) [y]" + j + "(javascript:x)",
		"<https://evil.example/x>":                                     "<" + j + "https://evil.example/x>",
		"<mailto:a@evil.example>":                                      "<" + j + "mailto:a@evil.example>",
		"a [list]: of, and a[0](1) ":                                   "",
	} {
		if strings.HasSuffix(text, "(1) ") {
			want = "a [list]" + j + ": of, and a[0]" + j + "(1) "
		} else if want == "" {
			want = text
		}
		m := Message{Blocks: []json.RawMessage{jsonOf(map[string]any{"type": "markdown", "text": text})}}
		Gate(&m, o())
		if diff := cmp.Diff(string(jsonOf(map[string]any{"type": "markdown", "text": want})), string(m.Blocks[0])); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// Whatever is done to texts of data, nothing of them acts; and what a helper made
// does, whatever the data holds.
func TestNothingOfDataActs(t *testing.T) {
	pieces := []string{"<!", "here", ">", "<@U1>", "<#C1", "|", "<https://evil.example|ok>", " ", "\u200b", "&lt;!channel&gt;", "@channel", "#soc", "<!date^1^x^https://evil.example|y>", "\n", "[a](https://evil.example)", "＜!here＞", "^", "!"}
	strip := []func(string) string{
		func(s string) string { return s },
		func(s string) string { return strings.ReplaceAll(s, " ", "") },
		func(s string) string { return strings.NewReplacer("&lt;", "<", "&gt;", ">").Replace(s) },
		func(s string) string { return strings.ReplaceAll(s, "\u200b", "") },
		func(s string) string { return strings.NewReplacer("＜", "<", "＞", ">").Replace(s) },
		func(s string) string { return s + s },
		strings.ToLower,
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var data strings.Builder
		for range 1 + rnd.IntN(8) {
			data.WriteString(pieces[rnd.IntN(len(pieces))])
		}
		text := data.String()
		for range rnd.IntN(3) {
			text = strip[rnd.IntN(len(strip))](text)
		}
		m := Message{Text: text + "\n<@UHELPER>", Blocks: []json.RawMessage{jsonOf(map[string]any{"type": "markdown", "text": text})}}
		Gate(&m, &Origin{Made: []string{"<@UHELPER>"}, Script: []string{"no token"}, Input: brought(data.String(), "<@UHELPER>")})
		for _, token := range Tokens(m.Text) {
			if token != "<@UHELPER>" {
				t.Fatalf("%q made of %q: %s acts in %q", text, data.String(), token, m.Text)
			}
		}
		if !strings.HasSuffix(m.Text, "<@UHELPER>") {
			t.Fatalf("what the helper made does not act in %q", m.Text)
		}
		if strings.Contains(string(m.Blocks[0]), "](https") {
			t.Fatalf("a link of Markdown in %s", m.Blocks[0])
		}
	}
}

// A megabyte of what costs the gate most.
func BenchmarkGateOfAMegabyte(b *testing.B) {
	for name, piece := range map[string]string{"targets": "](", "tokens": "<a|", "links": "<https://e.example/|x>", "names": "@here ", "broadcasts": "<!here>"} {
		b.Run(name, func(b *testing.B) {
			text := strings.Repeat(piece, (1<<20)/len(piece))
			for b.Loop() {
				m := Message{Text: text, Blocks: []json.RawMessage{jsonOf(map[string]any{"type": "markdown", "text": text})}}
				Gate(&m, &Origin{Made: []string{text[:len(text)/2]}, Script: []string{text[:60_000]}, Input: brought(text)})
			}
		})
	}
}
