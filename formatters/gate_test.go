package formatters

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/google/go-cmp/cmp"
)

func TestTheGateStopsWhatComesFromTheInput(t *testing.T) {
	for _, c := range []struct{ name, raw, text, want string }{
		{"a broadcast", `{"A": {"data": "<!channel> hi"}}`, "<!channel> hi", "&lt;!channel&gt; hi"},
		{"another label", `<!here>`, "<!here|here>", "&lt;!here|here&gt;"},
		{"other letters", `<!HERE>`, "<!here>", "&lt;!here&gt;"},
		{"a mention", `<@U012AB3CD>`, "by <@U012AB3CD>", "by &lt;@\u2060U012AB3CD&gt;"},
		{"a group", `<!subteam^S1>`, "<!subteam^S1>", "&lt;!subteam^S1&gt;"},
		{"a channel", `<#C1|x>`, "<#C1>", "&lt;#\u2060C1&gt;"},
		{"a label", `<https://evil.example|Deploy ok>`, "<https://evil.example|Deploy ok>", "&lt;https://evil.example|Deploy ok&gt;"},
		{"escaped in JSON", `{"A": {"data": "\u003c!channel\u003e"}}`, "<!channel>", "&lt;!channel&gt;"},
		{"escaped in HTML", `{"A": {"data": "<p>&lt;!channel&gt;</p>"}}`, "<!channel>", "&lt;!channel&gt;"},
		{"with an invisible character in it", "<!chan\u200bnel>", "<!channel>", "&lt;!channel&gt;"},
		{"with a tag in it", `&lt;!chan<b></b>nel&gt;`, "<!channel>", "&lt;!channel&gt;"},
		{"bare", `ping @here now`, "ping @here!", "ping @\u2060here!"},
		{"bare names", `ask @alice in #general.`, "ask @alice in #general", "ask @\u2060alice in #\u2060general"},

		{"on purpose", `nothing`, "<!channel> <@U1> <#C1> @here", "<!channel> <@U1> <#C1> @here"},
		{"a link of the layout", `<a href="https://x.example">x</a>`, "<https://x.example|x>", "<https://x.example|x>"},
		{"a date", `<!date^1^{date}|x>`, "<!date^1^{date}|x>", "<!date^1^{date}|x>"},
		{"safe already", `@here <!here>`, mrkdwn.Esc("@here <!here>"), mrkdwn.Esc("@here <!here>")},
		{"an address", `joe@example.com https://x/#a`, "joe@example.com https://x/#a", "joe@example.com https://x/#a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			blocks := func(text string) []json.RawMessage {
				return []json.RawMessage{
					json.RawMessage(`{"text":{"text":` + quoted(text) + `,"type":"mrkdwn"},"type":"section"}`),
					json.RawMessage(`{"type":"section","text":{"type":"plain_text","text":` + quoted(c.text) + `}}`),
					json.RawMessage(`{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":` + quoted(c.text) + `}]}]}`),
				}
			}
			legacy := func(text string) []json.RawMessage {
				return []json.RawMessage{json.RawMessage(`{"color":"good","text":` + quoted(text) + `}`), json.RawMessage(`{"blocks":[` + string(blocks(text)[0]) + `]}`)}
			}
			got := blockkit.Message{Text: c.text, Blocks: blocks(c.text), Attachments: legacy(c.text)}
			notes := Gate(&got, c.raw)
			want := blockkit.Message{Text: c.want, Blocks: blocks(c.want), Attachments: legacy(c.want)}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if (len(notes) > 0) != (c.text != c.want) {
				t.Errorf("notes %q", notes)
			}
			if again := Gate(&got, c.raw); again != nil {
				t.Errorf("the gate is not content with its own work: %q", again)
			}
		})
	}
}

func TestTheGateReadsEscapedJSON(t *testing.T) {
	m := blockkit.Message{Blocks: []json.RawMessage{json.RawMessage(`{"type":"section","text":{"type":"mrkdwn","text":"\u003c!here\u003e"},"n":12345678901234567890}`)}}
	if notes := Gate(&m, "<!here>"); len(notes) != 1 || !strings.Contains(notes[0], "<!here>") {
		t.Errorf("notes %q", notes)
	}
	if want := `{"n":12345678901234567890,"text":{"text":"&lt;!here&gt;","type":"mrkdwn"},"type":"section"}`; string(m.Blocks[0]) != want {
		t.Errorf("got  %s\nwant %s", m.Blocks[0], want)
	}
}

func TestTheGateStopsMarkdownLinksFromTheInput(t *testing.T) {
	const raw = `{"Name": {"type": "string", "data": "[Reset your password](https://evil.example/login) ![x](https://evil.example/p.png)"}}`
	for text, want := range map[string]string{
		"see [Reset your password](https://evil.example/login)": "see [Reset your password]\u2060(https://evil.example/login)",
		"![x](https://evil.example/p.png) b":                    "![x]\u2060(https://evil.example/p.png) b",
		"[another label](https://EVIL.example/login)":           "[another label]\u2060(https://EVIL.example/login)",
		"[ours](https://soar.example/7)":                        "[ours](https://soar.example/7)",
	} {
		block := func(text string) []json.RawMessage {
			return []json.RawMessage{json.RawMessage(`{"text":` + quoted(text) + `,"type":"markdown"}`)}
		}
		m := blockkit.Message{Blocks: block(text)}
		notes := Gate(&m, raw)
		if diff := cmp.Diff(blockkit.Message{Blocks: block(want)}, m); diff != "" || (len(notes) > 0) != (text != want) {
			t.Errorf("%q, notes %q (-want +got):\n%s", text, notes, diff)
		}
	}
}
