package bundle

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/engine/wire"
)

func longSource() string {
	var b strings.Builder
	b.WriteString("export default { format(m) {\n")
	for i := range 148 {
		fmt.Fprintf(&b, "\tif (m.fields[%d]?.label === \"x\") return { text: m.fields[%d].text + %d };\n", i, i, i)
	}
	b.WriteString("} }\n")
	return b.String()
}

// A script of 150 lines.
func BenchmarkBundle(b *testing.B) {
	files := map[string]string{"a.js": "import \"./b\";\n" + longSource(), "b.ts": "export const x: number = 1;"}
	for b.Loop() {
		if _, wire := Make(wire.BundleRequest{Entry: "a.js", Files: files}, wire.Limits{}.WithDefaults()); wire != nil {
			b.Fatal(wire)
		}
	}
}
