package sample

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/processor/render"
)

// TestMain makes the test binary its own render worker.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == engine.WorkerArg {
		os.Exit(render.Worker())
	}
	os.Exit(m.Run())
}

// checkFolder puts the files into a folder and checks its script x.js, in an
// installation with settings of its own.
func checkFolder(t *testing.T, files map[string]string) error {
	t.Helper()
	_, err := hintsOf(t, files, nil)
	return err
}

// hintsOf is the same with the hints, where there were calls before.
func hintsOf(t *testing.T, files map[string]string, seen *render.Seen) ([]string, error) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "scripts")
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	e, err := engine.New(engine.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	s := e.Scripts().Script("x.js")
	if s == nil {
		t.Fatal(e.Scripts().Errors())
	}
	cfg := render.Config{Engine: e, Username: "SOC bot", Seen: seen}
	cfg.Options.BaseURL, cfg.Options.DateFormat = "https://soar.corp.example", "%d.%m."
	folder, err := engine.ReadFolder(t.Context(), dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	return Checker{Renderer: render.New(cfg), Folder: folder, Dir: dir}.Check(t.Context(), s)
}

func TestCheck(t *testing.T) {
	const (
		plain = `export default { format: (m) => m.text };`
		one   = `{ "A": { "type": "string", "data": "1" } }`
	)
	for _, c := range []struct {
		name  string
		files map[string]string
		err   string // a part of it; "" for none
	}{
		{"without samples", map[string]string{"x.js": plain}, ""},
		{"the built-in sample must render", map[string]string{"x.js": `export default { match: () => true, format: (m) => m.field("Severity").nothing.here };`},
			"scripts/x.js:1:"},
		{"but for a script that does not take it", map[string]string{"x.js": `export default { match: () => false, format: (m) => m.nothing.here };`}, ""},
		{"a match that throws on it", map[string]string{"x.js": `export default { match: (call) => call.nothing.here };`}, "scripts/x.js:1:"},
		{"a message that Slack would refuse", map[string]string{"x.js": `export default { format: () => ({ blocks: [{ type: "sectoin" }] }) };`},
			"scripts/x.js:1:53: Slack would refuse the message: blocks[0].type:"},

		{"inline, as an object", map[string]string{"x.js": `export default { samples: [{ name: "a", details: ` + one + `, want: { text: "A: 1" } }] };`}, ""},
		{"inline, with slack_text", map[string]string{"x.js": `export default { labels: { A: "B" }, samples: [{ name: "a", inputs: { slack_text: ` + one + ` }, want: { attachments: [{ color: "#36a64f", fallback: "B: 1" }] } }] };`}, ""},
		{"inline, with slack_text of words", map[string]string{"x.js": `export default { samples: [{ name: "a", inputs: { slack_text: "words" }, want: { text: "words" } }] };`}, ""},
		{"inline, as text", map[string]string{"x.js": `export default { samples: [{ name: "a", details: '` + one + `', want: { text: "A: 1" } }] };`}, ""},
		{"inline, with inputs", map[string]string{"x.js": `export default { samples: [{ name: "a", details: ` + one + `, inputs: { slack_channel: "soc", slack_thread_id: "1524857620.000100" },
			want: { channel: "soc", thread_ts: "1524857620.000100" } }] };`}, ""},
		{"inline, another message", map[string]string{"x.js": `export default { samples: [{ name: "a", details: ` + one + `, want: { text: "A: 2" } }] };`},
			`sample a: /text: want "A: 2", got "A: 1"`},
		{"inline, without a name", map[string]string{"x.js": `export default { samples: [{ details: ` + one + ` }, { details: ` + one + `, want: { text: "A: 2" } }] };`},
			`sample samples[1]: /text:`},
		{"inline, not a sample", map[string]string{"x.js": `export default { samples: [7] };`}, "samples: "},
		{"inline, inputs that are none", map[string]string{"x.js": `export default { samples: [{ name: "a", details: ` + one + `, inputs: 7 }] };`}, "sample a: inputs:"},
		{"inline, details that cannot be read", map[string]string{"x.js": `export default { samples: [{ name: "a", details: "nonsense" }] };`}, "sample a: slack_details cannot be read"},
		{"a sample is rendered whatever match says", map[string]string{"x.js": `export default { match: () => false, format: () => "x", samples: [{ name: "a", details: ` + one + `, want: { text: "y" } }] };`},
			`sample a: /text: want "y", got "x"`},
		{"a skip", map[string]string{"x.js": `export default { format: () => ({ skip: "no" }), samples: [{ name: "a", details: ` + one + `, want: { skip: "no" } }] };`}, ""},

		{"in a file", map[string]string{"x.js": plain, "samples/x/a.json": one, "samples/x/a.want.json": `{ "text": "A: 1" }`}, ""},
		// Whoever changes a label must not have to change the stored message first.
		{"in a file, another message", map[string]string{"x.js": plain, "samples/x/a.json": one, "samples/x/a.want.json": `{ "text": "A: 2" }`}, ""},
		{"in a file, a message that Slack would refuse", map[string]string{"x.js": `export default { match: () => false, format: (m) => ({ blocks: [{ type: m.title }] }) };`, "samples/x/a.json": one},
			`scripts/x.js: Slack would refuse the message: blocks[0].type: `},
		{"in a file that is not one", map[string]string{"x.js": plain, "samples/x/a.json": `{ "function": {}, "inputs": {} }`}, "a.json: "},
		{"of another script", map[string]string{"x.js": plain, "samples/y/a.json": one, "samples/y/a.want.json": `{ "text": "no" }`}, ""},
		{"hidden, or of another kind", map[string]string{"x.js": plain, "samples/x/.a.json": "{", "samples/x/a.txt": "{", "samples/x/d.json/e": ""}, ""},

		// What an installation has set must not make the stored messages wrong.
		{"in another installation", map[string]string{"x.js": `export default { samples: [{ name: "a",
			details: { Link: { type: "incident", data: 7 }, When: { type: "datetime", data: 1000 } },
			want: { text: "Link: https://localhost:8443/#incidents/7\nWhen: 1970-01-01T00:00:01Z" } }] };`}, ""},
		{"the same message every day", map[string]string{"x.js": `export default { format: () => new Date().toISOString() + Math.random(), samples: [{ name: "a", details: ` + one + `,
			want: { text: "2018-04-27T19:34:00.000Z0.43321505854874764" } }] };`}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := checkFolder(t, c.files)
			switch {
			case c.err == "" && err != nil:
				t.Errorf("got %v", err)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Errorf("got %v, want %s", err, c.err)
			}
		})
	}
}

// A label that no sample has is told of, but where recent calls have it.
func TestUnknownLabels(t *testing.T) {
	files := map[string]string{"x.js": `export default { labels: { "Severty": "x", "Shift": "y" } };`}
	check := func(seen *render.Seen) string {
		hints, err := hintsOf(t, files, seen)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(hints, "\n")
	}
	if got := check(nil); !strings.Contains(got, `"Severty"; did you mean "Severity"?`) || !strings.Contains(got, `no sample has a field with the label "Shift"`) {
		t.Errorf("got %s", got)
	}
	seen := &render.Seen{}
	seen.Note([]details.Detail{{Label: "Shift", Type: "string"}})
	if got := check(seen); strings.Contains(got, `label "Shift"`) || !strings.Contains(got, "Severty") {
		t.Errorf("with a recent call: got %s", got)
	}
}
