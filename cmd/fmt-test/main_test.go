package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/processor/render"
)

// TestMain makes the test binary its own render worker.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == engine.WorkerArg {
		os.Exit(render.Worker())
	}
	os.Exit(m.Run())
}

const (
	plainScript = "../../scripts/default.js"
	incident    = "../../scripts/samples/default/incident.json"
	note        = "../../scripts/samples/default/note.json"
)

func fmtTest(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	none := func(string) (string, bool) { return "", false }
	code = run(context.Background(), args, none, strings.NewReader(stdin), &out, &errs)
	return out.String(), errs.String(), code
}

func TestPrintsTheMessage(t *testing.T) {
	const want = `Resilient Incident: DoS attack in EMEA
Resilient URL: https://localhost:8443/#incidents/2223
Description: Severe issue affecting perimeter routers
Confirmed: Yes
Create Date: 2018-04-27T19:33:36Z
Start Date: 2018-04-27T12:00:00Z
Severity: High
NIST Vectors: [Attrition (Denial-of-Service and Brute-Force Attacks)]
Incident Types: [Denial of Service]
`
	stdout, stderr, code := fmtTest(t, "", plainScript, incident)
	if code != 0 || stderr != "" || !strings.Contains(stdout, want) {
		t.Errorf("exit %d, stderr %q, got:\n%s", code, stderr, stdout)
	}
}

func TestJSONIsWhatSlackWouldGet(t *testing.T) {
	stdout, _, code := fmtTest(t, "", "--json", plainScript, note)
	var m blockkit.Message
	if err := json.Unmarshal([]byte(stdout), &m); err != nil || code != 0 {
		t.Fatalf("exit %d, %v: %s", code, err, stdout)
	}
	if m.Username != "Anna Analyst" || m.ThreadTS != "1524857620.000100" || !m.ReplyBroadcast ||
		m.Text != "Resilient URL: https://localhost:8443/#incidents/2223\nNote: Review firewall rules in GR and UK" {
		t.Errorf("%+v", m)
	}
}

// The three forms of a sample give the same message.
func TestSampleForms(t *testing.T) {
	details, err := os.ReadFile(incident)
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := json.Marshal(map[string]any{"slack_channel": "general", "slack_details": string(details)})
	if err != nil {
		t.Fatal(err)
	}
	message := `{"function": {"name": "slack_post_message"}, "inputs": ` + string(inputs) + `}`
	// No JSON, and still readable: a script wrote a comma too many.
	lenient := string(details[:strings.LastIndex(string(details), "}")]) + ",}"
	want, _, _ := fmtTest(t, "", "--json", plainScript, incident)
	for name, form := range map[string]string{"details": string(details), "inputs": string(inputs), "message": message, "lenient": lenient} {
		if got, stderr, code := fmtTest(t, form, "--json", plainScript, "-"); code != 0 || got != want {
			t.Errorf("%s: exit %d: %s\ngot  %s\nwant %s", name, code, stderr, got, want)
		}
	}
}

func TestOptionsSetTheEnvironment(t *testing.T) {
	stdout, stderr, code := fmtTest(t, "", "--base-url", "https://soar.example.com/", "--tz", "Europe/Berlin", plainScript, incident)
	for _, want := range []string{"https://soar.example.com/#incidents/2223", "21:33:36"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("exit %d, %s, lacks %q: %s", code, stderr, want, stdout)
		}
	}
	if stdout, _, _ := fmtTest(t, "", "--json", "--input", "slack_channel=elsewhere", plainScript, incident); !strings.Contains(stdout, `"channel": "elsewhere"`) {
		t.Errorf("input not overridden: %s", stdout)
	}
}

func TestExitStatus(t *testing.T) {
	dir := t.TempDir()
	script := func(name, source string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	throws := script("throws.js", "export default {\n  format(m) { return m.nope.text; },\n};\n")
	syntax := script("syntax.js", "export default {\n  format(m) { return ; ) },\n};\n")
	invalid := script("invalid.js", `export default { format: () => ({ blocks: [{ type: "section" }] }) };`)
	misspelt := script("misspelt.js", `export default { fromat: () => "x" };`)
	for _, c := range []struct {
		name  string
		args  []string
		stdin string
		code  int
		want  []string // of stderr; the first in its first line
	}{
		{"no arguments", nil, "", 2, []string{"script and a sample", "give a folder"}},
		{"unknown flag", []string{"--nonsense", plainScript, incident}, "", 2, []string{"nonsense"}},
		{"bad input flag", []string{"--input", "x", plainScript, incident}, "", 2, []string{"NAME=VALUE"}},
		{"bad zone", []string{"--tz", "Mars/Base", plainScript, incident}, "", 2, []string{"Mars/Base"}},
		{"no script", []string{filepath.Join(dir, "missing.js"), incident}, "", 1, []string{"missing.js"}},
		{"no sample", []string{plainScript, filepath.Join(dir, "missing.json")}, "", 1, []string{"missing.json"}},
		{"not a script", []string{incident, incident}, "", 2, []string{"not a formatter script"}},
		{"throws", []string{throws, incident}, "", 1, []string{"throws.js:2:", "TypeError", "^"}},
		{"syntax", []string{syntax, incident}, "", 1, []string{"syntax.js:2:", "^"}},
		{"invalid message", []string{invalid, incident}, "", 1, []string{"invalid.js", "blocks[0]"}},
		{"misspelt member", []string{misspelt, incident}, "", 1, []string{"misspelt.js", "fromat"}},
		{"unreadable details", []string{plainScript, "-"}, `{"A": {"type": "string", "data": `, 1, []string{"line 1", "\n{\"A\": {\"type\"", "^"}},
		{"empty sample", []string{plainScript, "-"}, "", 1, []string{"slack_details"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			stdout, stderr, code := fmtTest(t, c.stdin, c.args...)
			if code != c.code || stdout != "" {
				t.Errorf("exit %d, want %d; stdout %q", code, c.code, stdout)
			}
			first, _, _ := strings.Cut(stderr, "\n")
			if !strings.Contains(first, c.want[0]) {
				t.Errorf("first line %q lacks %q", first, c.want[0])
			}
			for _, want := range c.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("stderr lacks %q: %s", want, stderr)
				}
			}
		})
	}
}
