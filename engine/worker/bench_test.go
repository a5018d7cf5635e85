package worker

import (
	"encoding/json"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine/bundle"
	"github.com/fn-slack/fn-slack/engine/wire"
)

// benchPredeclared lays out as the shipped driver does, in small.
func benchPredeclared() Predeclared {
	return Predeclared{
		DriverName: "driver.js",
		Driver:     "(host) => { globalThis.host = { upper: (s) => host(\"upper\", s) }; return (exports, input) => { host(\"accept\"); return exports.format(input); }; }",
		Host:       map[string]any{"upper": strings.ToUpper},
	}
}

const cardSource = `export default { format: (m) => ({
	text: m.fields.map((f) => f.label + ": " + f.text).join("\n"),
	blocks: [{ type: "section", fields: m.fields.map((f) => ({ type: "mrkdwn", text: "*" + host.upper(f.label) + "*\n" + f.text })) }],
}) }`

func benchFields() json.RawMessage {
	field := `{"label":"Label","type":"string","text":"some text of a field, as long as they are"}`
	return json.RawMessage(`{"fields":[` + field + strings.Repeat(","+field, 8) + `]}`)
}

func BenchmarkFreshRuntime(b *testing.B) {
	c, err := benchPredeclared().Compile()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := newEnvironment(c, wire.Limits{}.WithDefaults()); err != nil {
			b.Fatal(err)
		}
	}
}

// What a worker does for a render, without the way to it.
func BenchmarkInTheWorker(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	w := benchmarkWorker(b)
	bundle, failed := bundle.Make(wire.BundleRequest{Entry: "a.js", Files: map[string]string{"a.js": cardSource}}, w.limits)
	if failed != nil {
		b.Fatal(failed)
	}
	if _, wire := w.load(wire.ProgramRequest{Key: "k", Name: "a.js"}, bundle.Code); wire != nil {
		b.Fatal(wire)
	}
	input := benchFields()
	b.ReportAllocs()
	for b.Loop() {
		env, err := w.environment(w.programs["k"], time.Time{}, "")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := env.run(w.programs["k"], input, nil, func() {}); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkWorker(b *testing.B) *worker {
	c, err := benchPredeclared().Compile()
	if err != nil {
		b.Fatal(err)
	}
	return &worker{limits: wire.Limits{}.WithDefaults(), compiled: c, programs: map[string]*program{}, memory: newMemoryMeter()}
}

func BenchmarkCompile(b *testing.B) {
	w := benchmarkWorker(b)
	bundle, failed := bundle.Make(wire.BundleRequest{Entry: "a.js", Files: map[string]string{"a.js": cardSource}}, w.limits)
	if failed != nil {
		b.Fatal(failed)
	}
	for b.Loop() {
		if _, wire := w.load(wire.ProgramRequest{Key: "k", Name: "a.js", Load: true}, bundle.Code); wire != nil {
			b.Fatal(wire)
		}
	}
}
