package formatters

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// one reads details with a single label and returns its data as text.
func one(t *testing.T, text string) string {
	t.Helper()
	details, _, err := ReadDetails(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if len(details) != 1 {
		t.Fatalf("%s: %d labels: %v", text, len(details), details)
	}
	return textOf(details[0].Data)
}

func TestStringsAreReadAsTheyWereMeant(t *testing.T) {
	for _, c := range []struct{ name, raw, want string }{
		{"escaped as JSON wants it", `say \"hi\"\nC:\\temp\\new \u00e9 \ud83d\udc4d`, "say \"hi\"\nC:\\temp\\new é 👍"},
		{"raw line breaks and tabs", "one\r\ntwo\tthree", "one\r\ntwo\tthree"},
		{"a line break", `one\ntwo`, "one\ntwo"},
		{"a typed path", `C:\Users\bob\AppData`, `C:\Users\bob\AppData`},
		{"a path that was escaped", `C:\\temp\\new`, `C:\temp\new`},
		{"a share that was escaped", `\\\\server\\tools`, `\\server\tools`},
		{"an account that was escaped", `CORP\\bob`, `CORP\bob`},
		{"a letter and line breaks", `Plan B:\nfirst step\nsecond step`, "Plan B:\nfirst step\nsecond step"},
		{"a letter and a Windows line break", `Plan B:\r\nfirst`, "Plan B:\r\nfirst"},
		{"a typed path and a line break", `C:\Users\new\nnext`, `C:\Users\new\nnext`},
		{"a typed regular expression", `\d+\s\w`, `\d+\s\w`},
		{"Outlook's CSS", `v\:* {behavior:url(#default#VML);}\nx`, "v\\:* {behavior:url(#default#VML);}\nx"},
		{"an escape without its digits", `\u12 and \uzzzz`, `\u12 and \uzzzz`},
		{"a letter and an escaped letter", `B:\u00e9t\u00e9`, "B:été"},
		{"half a pair", `\ud83d x`, "\uFFFD x"},
		{"the other half", `\udc4d`, "\uFFFD"},
		{"quotes in HTML", `<a href="https://example.com/x" class="y">x</a>`, `<a href="https://example.com/x" class="y">x</a>`},
		{"quotes in text", `say "hi", then "bye"`, `say "hi", then "bye"`},
		{"quotes around it all", `"quoted"`, `"quoted"`},
		{"JSON in text", `{"a": {"b": "c"}} is what it sent`, `{"a": {"b": "c"}} is what it sent`},
		{"a backslash at the end", `C:\temp\`, `C:\temp\`},
		{"a path in quotes", `\"C:\Program Files\x\"`, `"C:\Program Files\x"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, text := range []string{
				`{"L": {"type": "string", "data": "` + c.raw + `"}}`,
				`{"L": {"data": "` + c.raw + `", "type": "string"} }`,
				`{"L":{"data":["` + c.raw + `"]}}`,
			} {
				if got := one(t, text); got != c.want {
					t.Errorf("%s\ngot  %q\nwant %q", text, got, c.want)
				}
			}
			details, _, err := ReadDetails(`{"A": {"type": "string", "data": "` + c.raw + `" },` + "\n" + `"B": {"type": "string", "data": "b"}}`)
			if err != nil || len(details) != 2 || details[1].Label != "B" || textOf(details[0].Data) != c.want {
				t.Errorf("with a label after it: %v, %v", details, err)
			}
		})
	}
}

// Data that is properly escaped cannot be a label, a type or an end, whatever it
// holds; and backslashes in it mean what JSON says.
func TestJSONIsReadAsJSON(t *testing.T) {
	for _, name := range []string{
		`Ransomware"}, 'Severity': {'type':'string','data':'Low'}, 'q': {'data': 1}, `,
		`URGENT "}, 'a': `,
		`x"}, "Severity": {"type": "string", "data": "Low"}, "z": {"type": "string", "data": "`,
		`a\\"}, 'Severity': {'data':'Low'}`,
		`C:\temp\new`, `\\server\tools\`, `"`, `\"`, `",`, `"},`, "one\ntwo\u2028\b\f", `\u0022}`,
	} {
		js, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{
			`{"Resilient Incident": {"type": "string", "data": %}, "Severity": {"type": "string", "data": "High"}}`,
			"\ufeff {\"Resilient Incident\": {\"data\": %, \"type\": \"string\",\n},\r\n \"Severity\": {\"type\": \"string\", \"data\": \"High\"}, }\n",
		} {
			text := strings.Replace(form, "%", string(js), 1)
			details, notes, err := ReadDetails(text)
			if err != nil || len(notes) > 0 || len(details) != 2 || details[0].Label != "Resilient Incident" || details[1].Label != "Severity" {
				t.Errorf("%s: got %v, notes %q, error %v", text, details, notes, err)
				continue
			}
			if got := textOf(details[0].Data); got != name || textOf(details[1].Data) != "High" {
				t.Errorf("%s: got %q and %s", text, got, details[1].Data)
			}
		}
	}
}

func TestDetailsAreReadLeniently(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"None", `{"L": {"data": None}}`, ""},
		{"True", `{"L": {"data": True}}`, "true"},
		{"False", `{"L": {"data": False}}`, "false"},
		{"NaN", `{"L": {"data": NaN}}`, "NaN"},
		{"Infinity", `{"L": {"data": -Infinity}}`, "-Infinity"},
		{"a number as written", `{"L": {"data": 1525308288257.90}}`, "1525308288257.90"},
		{"a long number", `{"L": {"data": 123456789012345678901234567890}}`, "123456789012345678901234567890"},
		{"no JSON number", `{"L": {"data": 007}}`, "007"},
		{"commas at the end", `{"L": {"data": ["a", "b",],},}`, "a, b"},
		{"a byte order mark", "\ufeff{\"L\": {\"data\": \"x\"}}", "x"},
		{"literal line breaks between members", `{\n "L":\n {\t"data": "x"\r\n}\n}\n`, "x"},
		{"strange blanks", "{\u00a0\"L\"\u2003: {\x00\"data\"\x1f: \"x\"}}", "x"},
		{"a value left out", `{"L": {"data": , "type": "datetime"}}`, ""},
		{"Python's quotes", `{'L': {u'type': u'string', 'data': [u'it's', 'b']}}`, "it's, b"},
		{"the last of two", `{"L": {"data": "x", "data": "y"}}`, "y"},
		{"an object", `{"L": {"data": {"a": [1, {"b": null, "c": true}], "d": {}}}}`, "a: 1, c: true"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := one(t, c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLabelsKeepTheirOrderAndComeTwice(t *testing.T) {
	details, notes, err := ReadDetails(`{"Z": {"type": "string", "data": "1"}, "A": {"data": 2}, "Z": {"type": "string", "data": "3"}, "Skip": {"type": "string"}, "S": "x", "N": null}`)
	if err != nil {
		t.Fatal(err)
	}
	want := []Detail{
		{"Z", "string", json.RawMessage(`"1"`)}, {"A", "", json.RawMessage(`2`)}, {"Z", "string", json.RawMessage(`"3"`)}, {"S", "", json.RawMessage(`"x"`)},
	}
	if diff := cmp.Diff(want, details); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{`label "Skip" is left out: it has no data`, `label "N" is left out: it has no type and data`}, notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

func TestWhatCannotBeReadIsExplained(t *testing.T) {
	for _, c := range []struct {
		text         string
		line, column int
		reason       string
		caret        string
	}{
		{"", 1, 1, "empty", "\n^"},
		{" \n ", 2, 2, "empty", ""},
		{"{}", 1, 1, "nothing to post", "{}\n^"},
		{`{"A": {}}`, 1, 1, `label "A" is left out`, ""},
		{"hello", 1, 1, "must begin with {", ""},
		{"{\n  \"A\": {\"type\": \"string\" \"data\": \"x\"}\n}", 2, 26, "comma", "  \"A\": {\"type\": \"string\" \"data\": \"x\"}\n                         ^"},
		{"{\n \"A\": {\"data\": High}}", 2, 16, "double quotes", ""},
		{`{"A" {"data": "x"}}`, 1, 6, "colon", ""},
		{`{"A": {"data": "x"}`, 1, 20, "ends before", ""},
		{`{"A": {"data": "x}}`, 1, 16, "no closing quote", ""},
		{`{"é语👍": {"data": "x" oops}}`, 1, 20, "does not fit", ""},
		{`{"A": {"data": "x"}} {"B": {}}`, 1, 22, "more text", ""},
		{`{"A": {"data": 1}} {"B": {}}`, 1, 20, "more text", ""},
		{`{"A": {"data": ` + strings.Repeat("[", 300), 1, 214, "too deeply", ""},
		{strings.Repeat(" ", 100) + `{"A" 1}` + strings.Repeat("x", 100), 1, 104, "colon", "..."},
	} {
		_, _, err := ReadDetails(c.text)
		var e *DetailsError
		if !errors.As(err, &e) {
			t.Errorf("%q: got %v", c.text, err)
			continue
		}
		if e.Line != c.line || e.Column != c.column || !strings.Contains(e.Reason, c.reason) || !strings.Contains(e.Excerpt, c.caret) {
			t.Errorf("%q: line %d, column %d: %s\n%s", c.text, e.Line, e.Column, e.Reason, e.Excerpt)
		}
		lines := strings.Split(e.Excerpt, "\n")
		if len(lines) != 2 || utf8.RuneCountInString(lines[1]) > utf8.RuneCountInString(lines[0])+1 || utf8.RuneCountInString(lines[0]) > 90 {
			t.Errorf("%q: excerpt\n%s", c.text, e.Excerpt)
		}
	}
}

// Whatever is proper JSON is read as JSON has it, apart from backslashes, on
// which the writer's habit decides: a backspace, \b in JSON, counts as typed, and
// a line break after "x:" as a path.
func FuzzReadDetails(f *testing.F) {
	f.Add(sampleDetails, "x")
	f.Add(`{"L": {'type': u"string", "data": "C:\temp\"}, \n "M": {"data": [1,"a"b",]}}`, `say "hi", {"a": "b"}`)
	f.Add(`{"A": {"data": "x","y": "z", "w"}}`, `\", "x": "`)
	f.Add(`{"L": {"data": "x\`, "")
	f.Add(`{`, `say "hi",} {"a": "b"}`)
	f.Fuzz(func(t *testing.T, text, value string) {
		details, notes, err := ReadDetails(text)
		var e *DetailsError
		if err != nil && (!errors.As(err, &e) || e.Line < 1 || e.Column < 1 || details != nil) {
			t.Errorf("%q: error %v, details %v", text, err, details)
		}
		for _, d := range details {
			if !json.Valid(d.Data) || !utf8.ValidString(d.Label) {
				t.Errorf("%q: data is no JSON: %q", text, d.Data)
			}
			Options{}.Field(d)
		}
		if len(notes) > 21 {
			t.Errorf("%d notes", len(notes))
		}
		value = strings.ToValidUTF8(strings.NewReplacer(`\`, "/", "\b", "", "\f", "", ":", ";").Replace(value), "?")
		proper, _ := json.Marshal(map[string]any{"L": map[string]any{"type": "string", "data": value}})
		details, _, err = ReadDetails(string(proper))
		if err != nil || len(details) != 1 || textOf(details[0].Data) != value {
			t.Errorf("proper JSON %s: %v, %v", proper, details, err)
		}
	})
}
