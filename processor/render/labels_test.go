package render

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A script that has only labels is not run for a message. What it makes must be
// what it would make if it were.
func TestLabelsAloneAreAsIfTheScriptRan(t *testing.T) {
	scripts := map[string]string{
		"none.js":  `export default {}`,
		"empty.js": `export default { labels: {}, fields: {}, types: {} }`,
		"some.js": `export default { labels: { "Resilient Incident": "Incident *name*", "Severity": "a_b_ & <c>",
			"Confirmed": null, "Description": "", "not there": "x", constructor: "y", "\u{1F534}": "\u{1F534}\u{1F535}" } }`,
		"all.js": `const labels = {};
			for (const l of ["Resilient Incident", "Resilient URL", "Description", "Confirmed", "Create Date", "Start Date", "Severity", "NIST Vectors", "Incident Types"]) labels[l] = null;
			export default { labels }`,
	}
	r := newRenderer(t, scripts, nil)
	details := []string{
		nine,
		`{"Severity": {"type": "string", "data": "High"}, "Severity": {"type": "string", "data": "Low"}}`,
		`{"constructor": {"type": "string", "data": "<!channel>"}, "Severity": {"type": "boolean", "data": null}}`,
		`{"List": {"type": "richtext", "data": "<ul><li>a<li>b</ul>"}, "Odd": {"type": "odd", "data": [1, "2"]}}`,
	}
	for name := range scripts {
		s := r.Engine().Scripts().Script(name)
		d, err := r.Describe(t.Context(), s)
		if err != nil || d.Labels == nil {
			t.Fatalf("%s: labels %v, %v", name, d.Labels, err)
		}
		for _, text := range details {
			for _, mrkdwn := range []string{"true", "false"} {
				c := call(t, map[string]any{"slack_channel": "soc", "slack_details": text, "slack_formatter": name,
					"slack_markdwn": map[string]any{"id": 1, "name": mrkdwn}})
				req := Request{Call: c, ID: "delivery-1", Time: noon}
				known, err := r.Render(t.Context(), req)
				if err != nil {
					t.Fatal(err)
				}
				req.Script, req.Asked = s, true
				ran, err := r.Render(t.Context(), req)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(js(t, ran.Messages), js(t, known.Messages)); diff != "" || known.Script != ran.Script {
					t.Errorf("%s, mrkdwn %s, %s: %s, want %s (-ran +known):\n%s", name, mrkdwn, text, known.Script, ran.Script, diff)
				}
				if diff := cmp.Diff(ran.Notes, known.Notes); diff != "" {
					t.Errorf("%s: notes (-ran +known):\n%s", name, diff)
				}
			}
		}
	}
}

// Everything else is run: it may say another thing for another message.
func TestMoreThanLabelsIsRun(t *testing.T) {
	for name, source := range map[string]string{
		"match":         `export default { match: () => true, labels: {} }`,
		"format":        `export default { format: (m) => m.text }`,
		"types":         `export default { types: { string: (v) => slack.esc(v) } }`,
		"fields":        `export default { fields: { Severity: "string" } }`,
		"clock":         `export default { labels: { Severity: "Severity in " + new Date().getFullYear() } }`,
		"random":        `export default { labels: { Severity: String(Math.random()) } }`,
		"console":       `console.log("here"); export default { labels: {} }`,
		"getter":        `let n = 0; export default { labels: { get Severity() { return String(n++); } } }`,
		"own getter":    `export default { get labels() { return { Severity: "s" }; } }`,
		"hidden types":  `export default { types: Object.defineProperty({}, "string", { value: () => "typed" }) }`,
		"hidden fields": `export default { fields: Object.defineProperty({}, "A", { value: "boolean" }) }`,
		"inherited":     `class L { toJSON() { return {}; } } export default { labels: Object.assign(new L(), { A: "AA" }) }`,
		"half a pair":   `export default { labels: { "a\ud800": "x" } }`,
		"other half":    `export default { labels: { a: "\udc00x" } }`,
		"hidden":        `export default { labels: Object.defineProperty({}, "Severity", { value: "s" }) }`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRenderer(t, map[string]string{"a.js": source}, nil)
			d, err := r.Describe(t.Context(), r.Engine().Scripts().Script("a.js"))
			if err != nil {
				t.Fatal(err)
			}
			if d.Labels != nil {
				t.Errorf("labels are %v", d.Labels)
			}
		})
	}
}

// It needs no worker.
func TestLabelsAloneAreNotRun(t *testing.T) {
	r := newRenderer(t, map[string]string{"default.js": `export default { labels: { Severity: "How bad" } }`}, nil)
	c := call(t, map[string]any{"slack_channel": "soc", "slack_details": `{"Severity": {"type": "string", "data": "High"}}`})
	render(t, r, c) // it is described now
	r.Engine().Close()
	if got := render(t, r, c).Messages[0].Text; got != "How bad: High" {
		t.Errorf("%q without the engine's workers", got)
	}
}

// The scripts before the default one are asked all the same, and are passed over
// also where they have to be killed.
func TestLabelsComeLast(t *testing.T) {
	r := newRenderer(t, map[string]string{
		"default.js": `export default { labels: { Severity: "How bad" } }`,
		"z-hangs.js": `export default { match: (call) => !call.isReply && Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1) >= 0 }`,
		"reply.js":   `export default { match: (call) => call.isReply, format: () => "a reply" }`,
	}, nil)
	const details = `{"Severity": {"type": "string", "data": "High"}}`
	for thread, want := range map[string]string{"": "How bad: High", "1524857616.000100": "a reply"} {
		out := render(t, r, call(t, map[string]any{"slack_channel": "soc", "slack_details": details, "slack_thread_id": thread}))
		if got := out.Messages[0].Text; got != want {
			t.Errorf("thread %q: %q, want %q", thread, got, want)
		}
		if thread == "" && (len(out.Notes) != 1 || out.Failed != nil) {
			t.Errorf("notes %q, want one about z-hangs.js; failed: %v", out.Notes, out.Failed)
		}
	}
}

// default.js as it comes is one that need not be run.
func TestDefaultScriptHasOnlyLabels(t *testing.T) {
	source, err := os.ReadFile("../../scripts/default.js")
	if err != nil {
		t.Fatal(err)
	}
	r := newRenderer(t, map[string]string{"default.js": string(source)}, nil)
	d, err := r.Describe(t.Context(), r.Engine().Scripts().Script("default"))
	if err != nil || d.Labels == nil {
		t.Errorf("labels %v, %v", d.Labels, err)
	}
}
