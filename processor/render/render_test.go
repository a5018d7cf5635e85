package render

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// TestMain makes the test binary its own render worker.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == engine.WorkerArg {
		os.Exit(Worker())
	}
	os.Exit(m.Run())
}

// noon is the moment of all renders in tests.
var noon = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

const baseURL = "https://soar.example"

// nine is slack_details as the shipped workflow writes it.
const nine = `{
  "Resilient Incident": { "type": "string", "data": "DoS attack in EMEA" },
  "Resilient URL": { "type": "incident", "data": "2223" },
  "Description": { "type": "richtext", "data": "<div class=\"rte\"><div>Severe issue affecting <b>perimeter</b> routers</div></div>" },
  "Confirmed": { "type": "boolean", "data": "True" },
  "Create Date": { "type": "datetime", "data": "1524857616000" },
  "Start Date": { "type": "datetime", "data": "1524830400000" },
  "Severity": { "type": "string", "data": "High" },
  "NIST Vectors": { "type": "string", "data": "[Attrition (Denial-of-Service and Brute-Force Attacks)]" },
  "Incident Types": { "type": "string", "data": "[Denial of Service]" }
}`

// newRenderer returns a Renderer over a folder with the scripts given, by name
// and source.
func newRenderer(t testing.TB, scripts map[string]string, change func(*Config)) *Renderer {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "scripts")
	for name, source := range scripts {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	e, err := engine.New(engine.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	for name, err := range e.Scripts().Errors() {
		t.Fatalf("%s: %s", name, err.Detail())
	}
	cfg := Config{Engine: e, Options: formatters.Options{BaseURL: baseURL}}
	if change != nil {
		change(&cfg)
	}
	return New(cfg)
}

// call is a call of the function with these inputs, as the platform sends it.
func call(t testing.TB, inputs any) resilient.Call {
	t.Helper()
	return decoded(t, map[string]any{
		"function":  map[string]any{"name": Function},
		"inputs":    inputs,
		"workflow":  map[string]any{"programmatic_name": "create_slack_message", "object_type": map[string]any{"name": "incident"}},
		"principal": map[string]any{"name": "anna@example.com", "display_name": "Anna Analyst"},
	})
}

// decoded is a call with the members.
func decoded(t testing.TB, members map[string]any) resilient.Call {
	t.Helper()
	js, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	c, err := resilient.DecodeCall(js)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// render renders a call that must be possible to render.
func render(t testing.TB, r *Renderer, c resilient.Call) Rendered {
	t.Helper()
	out, err := r.Render(t.Context(), Request{Call: c, ID: "delivery-1", Time: noon})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// js is the JSON that chat.postMessage would get.
func js(t testing.TB, v any) string {
	t.Helper()
	b, err := encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
