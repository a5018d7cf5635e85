package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/parts"
)

// mistake is a script that somebody may write.
type mistake struct {
	name, source string
	code         int    // exit status, 1 where the service would refuse the script
	place        string // line:column; "" is not known
	hint         string
}

func mistakes() []mistake {
	format := func(body string) string { return "export default { format(message) {\n" + body + "\n} };" }
	return []mistake{
		{"a member twice", "export default {\n  labels: {},\n  labels: {},\n};", 0, "3:3", `Duplicate key "labels"`},
		{"a label twice", "export default { labels: {\n  Name: \"a\", Name: \"b\" } };", 0, "2:14", `Duplicate key "Name"`},
		{"no export", "const layout = {};", 1, "1:1", "write: export default"},
		{"no default export", "export const layout = {};", 1, "1:1", "write: export default"},
		{"an unknown member", "export default {\n  lables: {} };", 1, "2:3", `did you mean "labels"?`},
		{"a label that nobody sends", `export default { labels: { "Severty": "x" } };`, 0, "1:29", `did you mean "Severity"?`},
		{"a field that nobody sends", `export default { fields: { "Severty": "string" } };`, 0, "1:29", `did you mean "Severity"?`},
		{"a type that nobody has", `export default { fields: { "Severity": "sevrity" }, types: { severity: String } };`, 0, "1:41", `did you mean "severity"?`},
		{"a type that nobody sends", `export default { types: { strng: String } };`, 0, "1:27", `did you mean "string"?`},
		{"a field of the message", format(`return message.field("Severty").text`), 1, "2:33", `no field "Severty"; did you mean "Severity"?; it has: Resilient Incident, `},
		{"a member of the message", format(`return "x" + message.titel`), 0, "2:22", `message has no "titel"; did you mean "title"?`},
		{"a member of the call", format(`return "x" + message.call.worklfow`), 0, "2:27", `did you mean "workflow"?`},
		{"a member of a field", format(`return message.field("Severity")?.txet ?? "x"`), 0, "2:35", `did you mean "text"?`},
		{"a member taken out", format(`const { title, feilds } = message; return title`), 0, "2:16", `message has no "feilds"; did you mean "fields"?`},
		{"a member of match's call", "export default { match: ({ workflwo }) => false };", 0, "1:28", `did you mean "workflow"?`},
		{"a helper", format(`return slack.secton(message.title)`), 1, "2:14", `slack has no "secton"; did you mean "section"?`},
		{"a helper that is not reached", format(`if (message.isReply) return slack.secton("x"); return "x"`), 0, "2:35", `did you mean "section"?`},
		{"a method of JavaScript", format(`if (message.isReply) return JSON.prase("x"); return "x"`), 0, "2:34", `did you mean "parse"?`},
		{"a variable", format(`return messge.title`), 1, "2:8", `did you mean "message"?`},
		{"fetch", format(`return String(fetch("https://example.com"))`), 1, "2:15", "a script has no network"},
		{"process", format(`return process.env.HOME`), 1, "2:8", "message.call"},
		{"require", format(`return require("fs").name`), 1, "2:16", "only files below the scripts folder"},
		{"setTimeout", format(`setTimeout(() => 1); return "x"`), 1, "2:1", "no timers"},
		{"document", format(`return document.title`), 1, "2:8", "not in a browser"},
		{"window", format(`if (message.isReply) return window.name; return "x"`), 0, "2:29", "not in a browser"},
		{"an import", "import x from \"./lib/wrods.js\";\nexport default x;", 1, "1:15", `did you mean "lib/words.js"?`},
		{"typographic quotes", "export default { labels: {\n  “Severity”: 1 } };", 1, "2:3", "typographic quote"},
		{"an open backtick", format("return `Title: ${message.title};"), 1, "2:8", "not closed"},
		{"an open brace", "export default {\n  labels: {\n};", 1, "3:2", `the { of line 1 is open`},
		{"an endless loop", format("let i = 0;\nfor (;;) {\n  i++;\n}"), 1, "4:3", "does not end"},
		{"an object as text", format("return `x ${{}}`"), 0, "", "[object Object]"},
		{"undefined", format("return `x ${undefined}`"), 0, "", `it says "undefined"`},
		{"no number", format("return `x ${1 - undefined}`"), 0, "", `it says "NaN"`},
		{"a placeholder in quotes", format(`return { blocks: [slack.section("${message.title}")] }`), 0, "", "only between backticks"},
		{"a colour", format(`return { color: "rde", blocks: [slack.divider()] }`), 0, "", `no colour "rde"`},
		{"the address of a button", format(`return { blocks: [slack.actions(slack.button("x", "javascript:1"))] }`), 0, "", "a button cannot lead to"},
		{"an emoji", format(`return { text: "x", icon_emoji: "rotating light" }`), 0, "", "no name of an emoji"},
		{"a match that throws", "export default { match: (call) =>\n  call.inputs.x.y };", 1, "2:17", "Cannot read property 'y' of undefined"},
		{"a match that waits", "export default { match: async () => true };", 1, "", "not a promise"},
		{"a match that is no boolean", `export default { match: (call) => call.function };`, 1, "", "must return true or false, not a string"},
		{"a kind of block", format(`return { blocks: [{ type: "sectoin" }] }`), 1, "2:28", `blocks[0].type: Slack has no block "sectoin"; did you mean "section"?`},
		{"a member of a block", format(`return { blocks: [{ type: "section", txet: slack.section("x").text }] }`), 1, "2:38", `blocks[0].txet: a section block has no member "txet"; did you mean "text"?`},
		{"a text for a text object", format(`return { text: "x", blocks: [{ type: "section", text: "x" }] }`), 1, "", `blocks[0].text: it is a text, want an object like { type: "mrkdwn", text: "…" }`},
		{"two rules of Slack's", format("return { blocks: [{ type: \"sectoin\" },\n  { type: \"haeder\" }, { type: \"section\", text: \"x\" }, { type: \"section\", text: { type: \"mrkdwn\" } }] }"), 1, "3:12", `did you mean "header"?`},
		{"a member of the result", format(`return { txt: "x" }`), 1, "2:10", `did you mean "text"?`},
		{"no return", format(`slack.section("x");`), 1, "", "perhaps a return is missing"},
		{"an empty file", "", 1, "", "is empty"},
		{"a match that fails over a note", "export default { match: (call) =>\n  call.objectType === \"note\" && call.inputs.x.y };", 1, "2:47", "Cannot read property 'y' of undefined"},
		{"a layout that fails over a note", "export default { match: (call) => call.objectType === \"note\",\n  format: (m) => m.field(\"Severity\").text };", 1, "2:38", `no field "Severity"; it has: Resilient URL, Task, Note`},
		{"a layout for incidents that may be named for others", format(`return message.field("Severity").text`), 0, "2:34", "the built-in note shows it"},
	}
}

// Each mistake that people make is told of: where it is, and what to do.
func TestMistakes(t *testing.T) {
	for _, c := range mistakes() {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, "a.js", c.source, "lib/words.js", "export const x = 1;")
			script := filepath.Join(dir, "a.js")
			for how, args := range map[string][]string{"with a sample": {script, incident}, "without": {script}, "its folder": {dir}} {
				_, stderr, code := fmtTest(t, "", args...)
				if code != c.code || !strings.Contains(stderr, c.hint) || c.place != "" && !strings.Contains(stderr, "a.js:"+c.place) {
					t.Errorf("%s: exit %d, want %d at %s with %s; got:\n%s", how, code, c.code, c.place, c.hint, stderr)
				}
			}
		})
	}
}

// fmt-test refuses what the service refuses, and says of it what the service's log
// says.
func TestTheServiceSaysTheSame(t *testing.T) {
	for _, c := range mistakes() {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, "a.js", c.source, "lib/words.js", "export const x = 1;")
			var log []string
			_, e := service(t, dir, func(text string) { log = append(log, text) })
			want := 0
			if len(e.Scripts().Errors()) > 0 {
				want = 1
			}
			script := filepath.Join(dir, "a.js")
			for how, args := range map[string][]string{
				"with a sample": {script, incident}, "without": {script}, "its folder": {dir}, "its folder with a sample": {dir, incident},
			} {
				_, stderr, code := fmtTest(t, "", args...)
				if code != want {
					t.Errorf("%s: exit %d, want %d; got:\n%s", how, code, want, stderr)
				}
				if want == 0 && how == "its folder with a sample" {
					continue // another layout makes the message
				}
				for _, text := range log {
					if !strings.Contains(stderr, text) {
						t.Errorf("%s: the log says %q; got:\n%s", how, text, stderr)
					}
				}
			}
		})
	}
}

// service has the scripts of a folder loaded as the service does, with a log.
func service(t *testing.T, dir string, log func(text string)) (parts.Maker, *engine.Engine) {
	t.Helper()
	m := parts.Maker{Settings: &config.Settings{}, Log: slog.New(texts(log))}
	m.Settings.Slack.ScriptsDir = dir
	e, err := m.Engine("", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	e.Load(t.Context())
	return m, e
}

// texts is a log that hands on what it says of scripts.
type texts func(text string)

func (texts) Enabled(context.Context, slog.Level) bool { return true }
func (l texts) WithAttrs([]slog.Attr) slog.Handler     { return l }
func (l texts) WithGroup(string) slog.Handler          { return l }

func (l texts) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if r.Level >= slog.LevelWarn && (a.Key == "err" || a.Key == "hint") {
			l(a.Value.String())
		}
		return true
	})
	return nil
}

// Of two scripts that take the same call, the one that never gets it is named.
func TestTwoScriptsForOneSample(t *testing.T) {
	const all, want = "export default { match: () => true };", "b.js: sample built-in incident: its match returns true, but a.js comes first by its file name"
	dir := folder(t, "a.js", all, "b.js", all)
	_, stderr, code := fmtTest(t, "", dir)
	if code != 0 || stderr != "warning: "+want+"\n" {
		t.Errorf("exit %d, got %s, want %s", code, stderr, want)
	}
	ctx, stop := context.WithCancel(t.Context())
	var log []string
	m, e := service(t, dir, func(text string) {
		log = append(log, text)
		stop()
	})
	m.TellOvertaken(ctx, e)
	if len(log) != 1 || log[0] != want {
		t.Errorf("the log says %q, want %s", log, want)
	}
}
