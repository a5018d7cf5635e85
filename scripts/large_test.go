package scripts_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/engine/wire"
	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/sample"
)

// A text as large as a call can be takes no layout away: each script makes its
// message, within its limits, of as much as it is given, and a note says how much
// that is.
func TestLargeTextsKeepTheirLayout(t *testing.T) {
	size := 256 << 10
	if os.Getenv("FN_SLACK_TEST_LONG") != "" {
		size = 4 << 20
	}
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	limits := engine.Limits{}
	if wire.RaceEnabled { // everything is ten times slower
		limits.Time = 10 * time.Second
	}
	dir, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(engine.Config{Dir: dir, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	renderer := render.New(render.Config{Engine: e, Options: formatters.Options{BaseURL: sample.BaseURL}})
	for name, html := range map[string]string{
		"short paragraphs":   fill("<p>x"),
		"one word":           fill("x"),
		"words":              fill("word "),
		"styles":             fill("<b>a</b><i>b</i>"),
		"list items":         "<ul>" + fill("<li>item</li>"),
		"one preformatted":   "<pre>" + fill("line\n") + "</pre>",
		"links":              fill(`<a href="https://x.example/">x</a> `),
		"a table":            "<table>" + fill("<tr><td>a</td><td>b</td></tr>") + "</table>",
		"what is not closed": fill("<div><b>"),
		"marks":              fill("*_~`<@U1>"),
	} {
		t.Run(name, func(t *testing.T) {
			fields := map[string]any{
				"Name":        map[string]any{"type": "string", "data": "Large"},
				"Link":        map[string]any{"type": "incident", "data": 7},
				"Description": map[string]any{"type": "richtext", "data": html},
				"Severity":    map[string]any{"type": "string", "data": "High"},
			}
			details, err := json.Marshal(fields)
			if err != nil {
				t.Fatal(err)
			}
			for _, script := range e.Scripts().Names() {
				body, err := json.Marshal(map[string]any{
					"function": map[string]any{"name": render.Function},
					"inputs":   map[string]any{"slack_channel": "soc", "slack_details": string(details), "slack_formatter": script},
				})
				if err != nil {
					t.Fatal(err)
				}
				call, err := resilient.DecodeCall(body)
				if err != nil {
					t.Fatal(err)
				}
				out, err := renderer.Render(t.Context(), render.Request{Call: call, ID: "large", Time: sample.Now})
				if err != nil || out.Failed != nil || out.Script != script {
					t.Errorf("%s: rendered by %q: %v, %v", script, out.Script, err, out.Failed)
					continue
				}
				// default.js has only labels, archive.js nothing for messages: they are not run, and show the whole.
				if told := strings.Contains(strings.Join(out.Notes, "\n"), `"Description" is long: the layout was given the first`); !told && script != "default.js" && script != "archive.js" {
					t.Errorf("%s: no note tells that it has not seen all: %q", script, out.Notes)
				}
			}
		})
	}
	for _, st := range e.Scripts().Status() {
		if st.State != engine.StateLive {
			t.Errorf("%s is %s: %v", st.Name, st.State, st.Err)
		}
	}
}
