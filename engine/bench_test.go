package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine/wire"
)

// nineFields is about as much as a usual incident has.
func nineFields() json.RawMessage {
	var fields []string
	for i := range 9 {
		fields = append(fields, fmt.Sprintf(`{"label":"Label %d","type":"string","text":"some text of field %d, as long as they are"}`, i, i))
	}
	return json.RawMessage(`{"fields":[` + strings.Join(fields, ",") + `]}`)
}

const cardScript = `export default { format: (m) => ({
	text: m.fields.map((f) => f.label + ": " + f.text).join("\n"),
	blocks: [{ type: "section", fields: m.fields.map((f) => ({ type: "mrkdwn", text: "*" + host.upper(f.label) + "*\n" + f.text })) }],
}) }`

func benchmarkRender(b *testing.B, script string, input json.RawMessage) {
	e := startWith(b, map[string]string{"a.js": script})
	q := Request{Scripts: []*Script{e.Scripts().Script("a.js")}, Input: input, Time: time.Unix(0, 0)}
	ctx := context.Background()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if r, err := e.Render(ctx, q); err != nil || r.Script == nil {
				b.Errorf("%v %v", r.Passed, err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "renders/s")
}

// The way to a worker and back, with a fresh runtime and a script that does nothing.
func BenchmarkRenderNothing(b *testing.B) {
	benchmarkRender(b, `export default { format: () => 1 }`, json.RawMessage("{}"))
}

func BenchmarkRenderNineFields(b *testing.B) { benchmarkRender(b, cardScript, nineFields()) }

// One render at a time: what a message waits.
func BenchmarkRenderOneByOne(b *testing.B) {
	e := startWith(b, map[string]string{"a.js": `export default { format: () => 1 }`})
	q := Request{Scripts: []*Script{e.Scripts().Script("a.js")}, Input: json.RawMessage("{}"), Time: time.Unix(0, 0)}
	for b.Loop() {
		if _, err := e.Render(context.Background(), q); err != nil {
			b.Fatal(err)
		}
	}
}

func longScript() string {
	var b strings.Builder
	b.WriteString("export default { format(m) {\n")
	for i := range 148 {
		fmt.Fprintf(&b, "\tif (m.fields[%d]?.label === \"x\") return { text: m.fields[%d].text + %d };\n", i, i, i)
	}
	b.WriteString("} }\n")
	return b.String()
}

// From a changed file to a version that is live, without the quiet time.
func BenchmarkReload(b *testing.B) {
	dir := write(b, map[string]string{"a.js": longScript(), "b.js": longScript()})
	e := start(b, Config{Dir: dir, StateDir: filepath.Join(b.TempDir(), "state")})
	i := 0
	for b.Loop() {
		i++
		put(b, dir, map[string]string{"a.js": longScript() + fmt.Sprintf("// %d\n", i)})
		e.loader.reload(context.Background())
	}
}

func BenchmarkWorkerStart(b *testing.B) {
	self, err := workerExecutable()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		p, err := startProcess(context.Background(), []string{self, WorkerArg}, wire.Limits{}.WithDefaults(), func() {})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		p.stop()
		b.StartTimer()
	}
}
