package details_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/formatters/details"
)

// field is what a workflow means to say; all of it may be written by an attacker.
type field struct{ label, typ, data string }

// A writer escapes a text as it will stand between quotes.
type writer struct {
	name   string
	escape func(string) string
	pastes bool // backslashes stay as they are
}

var writers = []writer{
	{"json.dumps", func(s string) string {
		js, _ := json.Marshal(s)
		return string(js[1 : len(js)-1])
	}, false},
	{"quote.py", func(s string) string { // of the workflows that come with the service
		s = strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\u005c`), `"`, `\u0022`)
		for c := range rune(32) {
			s = strings.ReplaceAll(s, string(c), fmt.Sprintf(`\u%04x`, c))
		}
		return strings.ReplaceAll(s, `:\`, `\u003a\`)
	}, false},
	{"the original's scripts", func(s string) string { return strings.ReplaceAll(s, `"`, `\"`) }, true},
}

// A layout puts a field together from texts that are escaped, and says what its
// data is as JSON.
type layout struct {
	name  string
	write func(label, typ, data string) string
	data  func(data any) any
}

var layouts = []layout{
	{"the original's", func(l, y, d string) string {
		return "\n" + `  "` + l + `": { "type": "` + y + `", "data": "` + d + `" }`
	}, same},
	{"data first", func(l, y, d string) string { return `"` + l + `":{"data":"` + d + `","type":"` + y + `"}` }, same},
	{"None", func(l, y, d string) string {
		return `"` + l + `": {"x": None, "data": "` + d + `", "type": "` + y + `"}`
	}, same},
	{"literal line breaks", func(l, y, d string) string {
		return `\n "` + l + `": {\n "type": "` + y + `",\n "data": "` + d + `"\n }\n`
	}, same},
	{"a list", func(l, y, d string) string {
		return `"` + l + `": {"type": "` + y + `", "data": ["` + d + `", 7, "` + d + `"]}`
	},
		func(d any) any { return []any{d, 7.0, d} }},
	{"an object", func(l, y, d string) string {
		return `"` + l + `": {"type": "` + y + `", "data": {"a": "` + d + `", "b": {"c": "` + d + `"}}}`
	},
		func(d any) any { return map[string]any{"a": d, "b": map[string]any{"c": d}} }},
}

func same(d any) any { return d }

// typed and decoded are what a text between quotes means: every backslash itself,
// or what JSON says.
func typed(escaped string) string { return strings.ReplaceAll(escaped, `\"`, `"`) }

func decoded(escaped string) (s string) {
	var js strings.Builder
	for _, c := range []byte(escaped) {
		if c < ' ' {
			fmt.Fprintf(&js, `\u%04x`, c)
		} else {
			js.WriteByte(c)
		}
	}
	if json.Unmarshal([]byte(`"`+js.String()+`"`), &s) != nil {
		return "no JSON"
	}
	return s
}

// checkWritten writes fields in one way and looks at what is read: no label, type or
// value that the fields do not have. It reports whether the text was read.
func checkWritten(t testing.TB, w writer, l layout, fields []field) bool {
	t.Helper()
	var parts []string
	for _, f := range fields {
		parts = append(parts, l.write(w.escape(f.label), w.escape(f.typ), w.escape(f.data)))
	}
	text := "{" + strings.Join(parts, ", ") + "}"
	list, _, err := details.Read(text)
	if err != nil && !w.pastes {
		t.Fatalf("%s, %s: %v\n%s", w.name, l.name, err, text)
	}
	var got []field
	for i, d := range list {
		got = append(got, field{d.Label, d.Type, textOf(t, d.Data)})
		if i >= len(fields) {
			t.Fatalf("%s, %s: %d labels of %d: %q\n%s", w.name, l.name, len(list), len(fields), got, text)
		}
	}
	meant := func(read func(string) string) []field {
		var want []field
		for _, f := range fields[:len(list)] {
			js, err := json.Marshal(l.data(read(w.escape(f.data))))
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, field{read(w.escape(f.label)), read(w.escape(f.typ)), textOf(t, js)})
		}
		return want
	}
	same := func(want []field) bool {
		for i := range got {
			if got[i] != want[i] && !(got[i].label == want[i].label && got[i].typ == want[i].typ && sameJSON(got[i].data, want[i].data)) {
				return false
			}
		}
		return true
	}
	if !same(meant(decoded)) && !(w.pastes && same(meant(typed))) {
		t.Fatalf("%s, %s: got other fields (-want +got):\n%s\n%s", w.name, l.name, cmp.Diff(meant(typed), got, cmp.AllowUnexported(field{})), text)
	}
	var unread *details.Error
	switch {
	case err == nil && len(got) != len(fields):
		t.Fatalf("%s, %s: %d labels of %d\n%s", w.name, l.name, len(got), len(fields), text)
	case errors.As(err, &unread) && !strings.HasPrefix(unread.Rest, `"`+w.escape(fields[len(got)].label)) && len(got) > 0:
		t.Fatalf("%s, %s: %d labels are read, and the rest is %s\n%s", w.name, l.name, len(got), unread.Rest, text)
	}
	return err == nil
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && cmp.Equal(x, y)
}

// shards are what the reading of a text turns on.
var shards = []string{
	`"`, `\`, `\\`, `\"`, `"}`, `"},`, `"}, `, `", `, `": `, `": {`, `{`, `}`, `[`, `]`, `:`, `,`, `, 5`, `'`, `u'`, `"}, "Severity": {"type": "string", "data": "Low`,
	`"}, "Severity": {"type": "string", "data": "Low"}, "z": {"data": "`, `\"}, \"Severity\": {\"type\": \"string\", \"data\": \"Low\"}, \"z\": {\"data\": \"`,
	`"}, 'Severity': {'data': 'Low'}`, `", "data": "`, `", "type": "incident`, `}, "Severity": {`, `: {"data": 1}, `, `: 5, `, `: 5}, `, `]}, `, `"]}, "a": ["`,
	`\n`, `\t`, `\nasty`, `\u0041`, `\u005c`, `\x41`, `\q`, `C:\temp\`, `C:\Users\bob`, `\\server\share`, "\n", "\t", "\x00", "None", "null", "7", " ", "word", "é", "\u00a0", "\u2028", "\ufeff", "日",
}

var natural = []string{"Severity", "Resilient Incident", "Owner's name", "Create Date", "Count: 5", "a, b", "C:\\path", "\"x\"", "語"}

func someFields(random *rand.Rand, labels []string) []field {
	text := func() string {
		var b strings.Builder
		for range random.IntN(6) {
			b.WriteString(shards[random.IntN(len(shards))])
		}
		return b.String()
	}
	fields := make([]field, 1+random.IntN(4))
	for i := range fields {
		fields[i] = field{text(), "string", text()}
		if labels != nil {
			fields[i].label = labels[random.IntN(len(labels))]
		} else if random.IntN(2) == 0 {
			fields[i].typ = text()
		}
	}
	return fields
}

// TestNothingIsForged writes random fields in every way: FN_SLACK_TEST_SHARDS of
// them, or 5,000. A pasted text may be refused, but seldom: where a text ends in a
// backslash, and the one after it begins like the rest of a document.
func TestNothingIsForged(t *testing.T) {
	n := 5_000
	if s := os.Getenv("FN_SLACK_TEST_SHARDS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for i := range n {
		l, labels := layouts[i%len(layouts)], natural
		if i/len(layouts)%2 == 0 {
			labels = nil
		}
		fields := someFields(random, labels)
		for _, w := range writers {
			if checkWritten(t, w, l, fields) {
				continue
			}
			if refused++; labels != nil && l.name != "a list" {
				t.Errorf("%s, %s: refused, though the next label says where a value ends: %q", w.name, l.name, fields)
			}
		}
	}
	if t.Logf("%d of %d pasted texts are refused", refused, n); refused > n/500 {
		t.Error("these are too many")
	}
}

// Python's repr chooses its quotes by what a text holds, and is read exactly.
func TestPythonsReprIsReadExactly(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 1_000 {
		fields := someFields(random, nil)
		var parts []string
		for _, f := range fields {
			parts = append(parts, pythonRepr(f.label)+": {u'type': "+pythonRepr(f.typ)+", u'data': "+pythonRepr(f.data)+"}")
		}
		text := "{" + strings.Join(parts, ", ") + "}"
		list, _, err := details.Read(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		var got []field
		for _, d := range list {
			got = append(got, field{d.Label, d.Type, textOf(t, d.Data)})
		}
		if diff := cmp.Diff(fields, got, cmp.AllowUnexported(field{})); diff != "" {
			t.Fatalf("(-want +got):\n%s\n%s", diff, text)
		}
	}
}

// pythonRepr is a text as Python 2 shows it.
func pythonRepr(s string) string {
	quote := "'"
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = `"`
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\\' || string(r) == quote:
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r >= ' ' && r < 0x7f:
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return "u" + quote + b.String() + quote
}

func FuzzWritten(f *testing.F) {
	for i, s := range shards {
		f.Add("Severity", "string", s, "Owner", shards[(i*7+1)%len(shards)]+s, uint8(i))
	}
	f.Fuzz(func(t *testing.T, label, typ, data, label2, data2 string, which uint8) {
		fields := []field{{label, typ, data}, {label2, typ, data2}, {"Severity", "string", "High"}}
		for i := range fields {
			for _, s := range []*string{&fields[i].label, &fields[i].typ, &fields[i].data} {
				*s = strings.ToValidUTF8(*s, "?")
			}
		}
		for _, w := range writers {
			checkWritten(t, w, layouts[int(which)%len(layouts)], fields)
		}
	})
}
