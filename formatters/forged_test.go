package formatters

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/formatters/details"
)

// A value whose lines read as fields of the message stands in a quote, in the classic
// text and in its block; one whose lines do not is left as the original has it.
func TestAValueThatReadsAsFields(t *testing.T) {
	const plain = `"a\nSource: b"`
	for _, c := range []struct {
		typ, data, text, block string
	}{
		{"string", plain, "Description: a\nSource: b", `{"type":"text","text":"a\nSource: b"}`},
		{"string", `"a\nSeverity: Low"`, "Description:\n> a\n> Severity: Low", `{"type":"rich_text_quote","elements":[{"type":"text","text":"a\nSeverity: Low"}`},
		{"string", `"a\n  ＳＥＶＥＲＩＴＹ ： Low"`, "Description:\n> a\n>   ＳＥＶＥＲＩＴＹ ： Low", `{"type":"rich_text_quote"`},
		{"string", `"a\nNote: who: x"`, "Description:\n> a\n> Note: who: x", `{"type":"rich_text_quote"`},
		{"string", `"a\nSeverity\ua789 Low"`, "Description:\n> a\n> Severity\ua789 Low", `{"type":"rich_text_quote"`},
		{"richtext", `"<p>a</p><pre>Severity: x</pre><p>Seve<b>rity:</b> Low</p>"`, "Description:\n> a\n> \n```\nSeverity: x\n```\n> \n> Severity: Low", `{"type":"rich_text_quote"`},
		{"richtext", `"<p>Severity: x</p>"`, "Description: Severity: x", `{"type":"text","text":"Severity: x"}`},
	} {
		var fields []Field
		for _, d := range []details.Detail{
			{Label: "Severity", Type: "string", Data: json.RawMessage(`"High"`)},
			{Label: "Note: who", Type: "string", Data: json.RawMessage(`""`)},
			{Label: "Description", Type: c.typ, Data: json.RawMessage(c.data)},
		} {
			f := Options{}.Field(d)
			f.Label = d.Label
			fields = append(fields, f)
		}
		text := strings.ReplaceAll(Classic(fields, true), "\u2060", "")
		if want := "Severity: High\n" + c.text; text != want {
			t.Errorf("%s:\ngot  %q\nwant %q", c.data, text, want)
		}
		var block any
		if err := json.Unmarshal(Lines(fields, true, nil), &block); err != nil {
			t.Fatal(err)
		}
		if got := string(Lines(fields, true, nil)); !strings.Contains(got, strings.ReplaceAll(c.block, "\n", `\n`)) {
			t.Errorf("%s: got the block %s, want %s in it", c.data, got, c.block)
		}
	}
}
