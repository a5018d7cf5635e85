package render

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/processor/kind"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// fileCall is a call of slack_post_attachment.
func fileCall(t *testing.T, inputs map[string]any) resilient.Call {
	t.Helper()
	all := map[string]any{"incident_id": 2223, "attachment_id": 27, "slack_channel": "soc"}
	for name, value := range inputs {
		all[name] = value
	}
	return decoded(t, map[string]any{"function": map[string]any{"name": FileFunction}, "inputs": all})
}

const someLabels = `{"Additional Text": {"type": "string", "data": "see <!here>"}, "Type of data": {"type": "string", "data": "Incident"},
	"Resilient URL": {"type": "incident", "data": 2223}, "Name": {"type": "string", "data": "DoS"}, "Severity": {"type": "string", "data": "High"}}`

const shownLines = "Additional Text: see &lt;!here&gt;\nType of data: Incident\nResilient URL: https://soar.example/#incidents/2223\nName: DoS\nSeverity: High"

// What a message shows, as far as text can, a comment shows; what it cannot is told.
func TestComments(t *testing.T) {
	for what, c := range map[string]struct {
		script string // default.js
		text   any
		want   string
		skip   string
		notes  string // parts of it, by line
		failed string // a part
	}{
		"classic":              {"", someLabels, shownLines, "", "", ""},
		"classic, an object":   {"", json.RawMessage(someLabels), shownLines, "", "", ""},
		"classic, words":       {"", "look at <@U1> *now*", "look at &lt;@\u2060U1&gt; \u2060*\u2060now\u2060*\u2060", "", "", ""},
		"classic, a brace":     {"", "{look}", "{look}", "", "", ""},
		"classic, unreadable":  {"", `{"Name": <!here>`, `{"Name": &lt;!here&gt;`, "", "as it stands", "slack_text cannot be read: line 1"},
		"classic, no labels":   {"", `{}`, `{}`, "", "as it stands", "it holds no labels"},
		"nothing":              {`export default { format: () => "x" };`, nil, "", "slack_text has nothing to show", "", ""},
		"empty fields":         {`export default { format: () => "x" };`, `{"A": {"type": "string", "data": ""}}`, "", "slack_text has nothing to show", "", ""},
		"labels":               {`export default { labels: { Name: "Incident", Severity: null, "Additional Text": null, "Type of data": null, "Resilient URL": "Page" } };`, someLabels, "Page: https://soar.example/#incidents/2223\nIncident: DoS", "", "", ""},
		"labels, words":        {`export default { labels: { Name: "Incident" } };`, "words", "words", "", "", ""},
		"types":                {`export default { fields: { Severity: "level" }, types: { level: (v) => slack.link("https://levels.example/" + v, v) } };`, someLabels, strings.Replace(shownLines, "High", "<https://levels.example/High|High>", 1), "", "", ""},
		"title and incident":   {`export default { format: (m) => [m.title, m.incident.id, m.incident.url, m.isReply, m.call.function, m.call.inputs.attachment_id].join(" ") };`, someLabels, "DoS 2223 https://soar.example/#incidents/2223 false slack_post_attachment 27", "", "", ""},
		"message.text":         {`export default { format: (m) => m.text };`, someLabels, shownLines, "", "", ""},
		"relabelled text":      {`export default { labels: { Name: "Incident" }, format: (m) => ({ text: m.text }) };`, someLabels, strings.Replace(shownLines, "Name", "Incident", 1), "", "", ""},
		"text of blocks":       {`export default { format: (m) => ({ blocks: [slack.header(m.title), slack.divider(), slack.section("*a* " + slack.user("U0000001"))] }) };`, someLabels, "DoS\n*a* <@U0000001>", "", "text alone, so what the layout has beside it, but for the words of the blocks, is left out: blocks", ""},
		"text beside blocks":   {`export default { format: (m) => ({ text: "own", blocks: [slack.header(m.title)], color: "good" }) };`, someLabels, "own", "", "text alone, so what the layout has beside it is left out: blocks, color", ""},
		"a bar":                {`export default { format: (m) => ({ blocks: [slack.header(m.title)], color: "good" }) };`, someLabels, "DoS", "", "is left out: blocks, color", ""},
		"attachments":          {`export default { format: (m) => ({ attachments: [{ color: "good", blocks: [slack.header(m.title)] }] }) };`, someLabels, "DoS", "", "is left out: attachments", ""},
		"attachments of old":   {`export default { format: () => ({ attachments: [{ pretext: "x", text: "y" }] }) };`, someLabels, shownLines, "", "", "format returned no text, and the comment of a file is text alone"},
		"blocks without words": {`export default { format: () => ({ blocks: [slack.divider()] }) };`, someLabels, shownLines, "", "", "format returned no text"},
		"not the script's": {`export default { format: () => ({ text: "x", channel: "other", thread_ts: "1.2", reply_broadcast: true, username: "me", icon_emoji: "x", icon_url: null, unfurl_links: true, reply: "r", broadcast: true }) };`,
			someLabels, "x", "", "left out: broadcast, channel, icon_emoji, reply, reply_broadcast, thread_ts, unfurl_links, username", ""},
		"skip":              {`export default { format: () => ({ skip: "it speaks for itself", text: "x" }) };`, someLabels, "", "it speaks for itself", "", ""},
		"too long":          {`export default { format: () => "word ".repeat(2000) };`, someLabels, strings.Repeat("word ", 799) + "word…", "", "the text of default.js is too long for the comment of a file, and is cut", ""},
		"too long, classic": {"", strings.Repeat("word ", 2000), "", "", "slack_text is too long for the comment of a file, and is cut", ""},
		"too many blocks":   {`export default { format: () => ({ blocks: Array.from({ length: 90 }, () => slack.section("w".repeat(99))) }) };`, someLabels, "", "", "the text of default.js is too long", ""},
		"a script fails":    {"export default {\n  format: (m) => m.nothing.x };", someLabels, shownLines, "", "", "default.js:2:"},
		"what is no result": {`export default { format: () => ({ txet: "x" }) };`, someLabels, shownLines, "", "", `unknown member "txet"; did you mean "text"?`},
		"an empty text":     {`export default { format: () => "" };`, someLabels, shownLines, "", "", "format returned an empty string"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			scripts := map[string]string{}
			if c.script != "" {
				scripts["default.js"] = c.script
			}
			out, err := newRenderer(t, scripts, nil).Render(t.Context(), Request{Call: fileCall(t, map[string]any{"slack_text": c.text, "slack_thread_id": nil}), ID: "1", Time: noon})
			if err != nil {
				t.Fatal(err)
			}
			var got blockkit.Message
			if c.skip == "" {
				got = out.Messages[0]
			}
			if c.want == "" {
				c.want = got.Text // it is only short enough
			}
			want := blockkit.Message{Channel: "soc", Text: c.want}
			if c.skip != "" {
				want = blockkit.Message{}
			}
			if diff := cmp.Diff(want, got); diff != "" || out.Skip != c.skip || len(out.Messages) > 1 || utf8.RuneCountInString(got.Text) > MaxComment {
				t.Errorf("skip %q, %d messages: %s", out.Skip, len(out.Messages), diff)
			}
			if notes := strings.Join(out.Notes, "\n"); !strings.Contains(notes, c.notes) || (c.notes == "") != (notes == "") {
				t.Errorf("notes %q, want %q", notes, c.notes)
			}
			if failed := fmt.Sprint(out.Failed); !strings.Contains(failed, c.failed) || (c.failed == "") != (out.Failed == nil) {
				t.Errorf("failed with %s, want %q", failed, c.failed)
			}
		})
	}
}

// With the settings that let no mistake pass the call fails, before anything is done.
func TestCommentsThatFailTheCall(t *testing.T) {
	strict := func(c *Config) { c.Fail, c.FailUnreadable = true, true }
	r := newRenderer(t, map[string]string{"default.js": `export default { format: (m) => m.nothing.x };`}, strict)
	for text, want := range map[string]kind.Kind{someLabels: kind.Script, `{"Name":`: kind.Input} {
		_, err := r.Render(t.Context(), Request{Call: fileCall(t, map[string]any{"slack_text": text}), ID: "1", Time: noon})
		if k, _ := kind.Of(err); k != want {
			t.Errorf("%s: %v is of kind %s, want %s", text, err, k, want)
		}
	}
}

var bareName = regexp.MustCompile(`(?:^|[^<\w])[@#]\w+`)

// Whatever a layout does with the data of a call, nothing in a comment acts that no
// helper made.
func TestDataDoesNotActInComments(t *testing.T) {
	hostile := []string{
		"<!channel>", "<!here|x>", "<@U12345678>", "<#C12345678>", "<https://evil.example|bank>", "<!subteam^S12345678>", "@here", "#general",
		"<!date^1^{date}^https://evil.example|x>", "&lt;!channel&gt;", "<<!here>", "a\n<!channel>", strings.Repeat("x", MaxComment-6) + "<!channel>",
	}
	layouts := []string{
		``, `format: (m) => m.text`, `format: (m) => String(m.call.inputs.slack_text)`, `format: (m) => ({ text: m.allFields[0].data })`,
		`format: (m) => "<" + m.allFields[0].data.slice(1)`, `types: { string: (v) => v }`,
		`format: (m) => ({ blocks: [{ type: "section", text: { type: "mrkdwn", text: m.allFields[0].data } }] })`,
		`format: (m) => ({ blocks: [slack.header(m.allFields[0].data)] })`, `format: (m) => ({ blocks: [slack.lines(m.fields)], color: "good" })`,
		`format: (m) => ({ blocks: [slack.context(m.allFields[0].data, slack.user("U0000001"))] })`,
		`format: (m) => ({ attachments: [{ blocks: [{ type: "markdown", text: m.allFields[0].data }] }] })`,
		`labels: { Name: "<!here>" }`,
	}
	for _, layout := range layouts {
		r := newRenderer(t, map[string]string{"default.js": "export default { " + layout + " };"}, nil)
		for _, data := range hostile {
			js, err := json.Marshal(map[string]any{"Name": map[string]any{"type": "string", "data": data}})
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{data, string(js)} {
				out, err := r.Render(t.Context(), Request{Call: fileCall(t, map[string]any{"slack_text": text}), ID: "1", Time: noon})
				if err != nil {
					t.Fatal(err)
				}
				got := out.Messages[0].Text
				if name := bareName.FindString(got); name != "" {
					t.Errorf("%s with %s: %s acts in %q", layout, text, name, got)
				}
				for _, token := range blockkit.Tokens(got) {
					if token != "<@U0000001>" {
						t.Errorf("%s with %s: %s acts in %q", layout, text, token, got)
					}
				}
			}
		}
	}
}
