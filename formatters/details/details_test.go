package details_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/formatters/details"
)

// textOf is the text that data holds; what is no text is shown as JSON.
func textOf(t testing.TB, data json.RawMessage) string {
	t.Helper()
	if !json.Valid(data) {
		t.Fatalf("no JSON: %q", data)
	}
	var s string
	if json.Unmarshal(data, &s) != nil {
		return string(data)
	}
	return s
}

// one reads details with a single label and returns its data.
func one(t *testing.T, text string) (data string, notes []string) {
	t.Helper()
	list, notes, err := details.Read(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if len(list) != 1 {
		t.Fatalf("%s: %d labels: %v", text, len(list), list)
	}
	return textOf(t, list[0].Data), notes
}

func TestBackslashes(t *testing.T) {
	for _, c := range []struct{ name, raw, want, note string }{
		{"escaped as JSON wants it", `say \"hi\"\nC:\\temp\\new \u00e9 \ud83d\udc4d \/`, "say \"hi\"\nC:\\temp\\new é 👍 /", ""},
		{"raw line breaks and tabs", "one\r\ntwo\tthree", "one\r\ntwo\tthree", ""},
		{"a line break", `one\ntwo`, "one\ntwo", ""},
		{"a path that was escaped", `C:\\temp\\new`, `C:\temp\new`, ""},
		{"a share that was escaped", `\\\\server\\tools`, `\\server\tools`, ""},
		{"an account that was escaped", `CORP\\bob`, `CORP\bob`, ""},
		{"a letter and an escaped letter", `B:\u00e9t\u00e9`, "B:été", ""},
		{"half a pair", `\ud83d x`, "\uFFFD x", ""},
		{"half a pair, twice", `\ud83d\ud83d`, "\uFFFD\uFFFD", ""},
		{"the other half", `\udc4d`, "\uFFFD", ""},

		{"JSON that may be a path", `C:\temp\new`, "C:\temp\new", `\t is a tab; if a path was meant`},
		{"JSON that may be a share", `see \\server\tools`, "see \\server\tools", `\\ is one backslash; if a share was meant`},
		{"JSON that nobody writes", `a\bc`, "a\bc", `\b is a backspace`},
		{"JSON that nobody writes either", `\foo`, "\foo", `\f is a form feed`},

		{"a typed path", `C:\Users\bob\AppData`, `C:\Users\bob\AppData`, "no JSON"},
		{"a typed path and what looks like a line break", `HKLM\Software\Run\nasty`, `HKLM\Software\Run\nasty`, "no JSON"},
		{"a typed share", `\\server\share\tools`, `\\server\share\tools`, "no JSON"},
		{"a typed regular expression", `\d+\s\w`, `\d+\s\w`, "no JSON"},
		{"Outlook's CSS", `v\:* {behavior:url(#default#VML);}\nx`, `v\:* {behavior:url(#default#VML);}\nx`, "no JSON"},
		{"an escape without its digits", `\u12 and \uzzzz`, `\u12 and \uzzzz`, "no JSON"},
		{"a backslash at the end", `C:\temp\`, `C:\temp\`, "end in this backslash"},
		{"nothing but a backslash", `\`, `\`, "end in this backslash"},
		{"a path in quotes", `\"C:\Program Files\x\"`, `"C:\Program Files\x"`, "no JSON"},
		{"a typed backslash before a quote", `say \x \\"hi\\"`, `say \x \"hi\"`, "no JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, text := range []string{
				`{"L": {"type": "string", "data": "` + c.raw + `"}}`,
				`{"L": {"data": "` + c.raw + `", "type": "string"} }`,
				`{"L":"` + c.raw + "\"\n}",
			} {
				got, notes := one(t, text)
				if got != c.want {
					t.Errorf("%s\ngot  %q\nwant %q", text, got, c.want)
				}
				if told := strings.Join(notes, "\n"); !strings.Contains(told, c.note) || c.note == "" && told != "" {
					t.Errorf("%s\ngot notes %q, want %q", text, told, c.note)
				}
			}
			list, _, err := details.Read(`{"A": {"type": "string", "data": "` + c.raw + `" },` + "\n" + `"B": {"data": ["` + c.raw + `", 1, "b"]}}`)
			if err != nil || len(list) != 2 || list[1].Label != "B" || textOf(t, list[0].Data) != c.want {
				t.Fatalf("with a label after it: %v, %v", list, err)
			}
			var items []any
			if err := json.Unmarshal(list[1].Data, &items); err != nil || len(items) != 3 || items[0] != c.want {
				t.Errorf("in a list: %s, %v", list[1].Data, err)
			}
		})
	}
}

func TestWhatIsNearlyJSONIsReadAndTold(t *testing.T) {
	for _, c := range []struct{ name, text, want, note string }{
		{"a comma at the end", `{"L": {"data": ["a", "b",],},}`, `["a","b"]`, ""},
		{"a byte order mark", "\ufeff{\"L\": {\"data\": \"x\"}}", "x", ""},
		{"a number as written", `{"L": {"data": 1525308288257.90}}`, "1525308288257.90", ""},
		{"a long number", `{"L": {"data": 123456789012345678901234567890}}`, "123456789012345678901234567890", ""},
		{"an object", `{"L": {"data": {"a": [1, {"b": null, "c": true}], "d": {}}}}`, `{"a":[1,{"b":null,"c":true}],"d":{}}`, ""},
		{"null", `{"L": {"data": null}}`, "", ""},

		{"None", "{\"L\":\n {\"data\": None}}", "", "slack_details, line 2, column 11: None is read as null: None}}"},
		{"True", `{"L": {"data": True}}`, "true", "True is read as true"},
		{"False", `{"L": {"data": [False, False]}}`, "[false,false]", "column 17: False is read as false (and 1 more)"},
		{"undefined", `{"L": {"data": undefined}}`, "", "undefined is read as null"},
		{"NaN", `{"L": {"data": NaN}}`, "NaN", `NaN is read as "NaN"`},
		{"Infinity", `{"L": {"data": -Infinity}}`, "-Infinity", "no such number"},
		{"a number with zeros before it", `{"L": {"data": 007}}`, "007", "no such number"},
		{"a number with a plus", `{"L": {"data": +5}}`, "+5", "no such number"},
		{"a value left out", `{"L": {"data": , "type": "datetime"}}`, "", "a value is missing"},
		{"literal line breaks between members", `{\n "L":\n {\t"data": "x"\r\n}\n}\n`, "x", "no white space of JSON's"},
		{"strange blanks", "{\u00a0\"L\"\u2003: {\x00\"data\"\x1f: \"x\"}}", "x", "no white space of JSON's"},
		{"a label without a type", `{"L": "x"}`, "x", ""},
		{"capital letters", `{"L": {"Type": "string", "DATA": "x"}}`, "x", `label "L": "DATA" is read as data`},
		{"data that comes twice", `{"L": {"data": "x", "data": "y"}}`, "y", `label "L": its data comes twice; the last is taken`},
		{"a member that nobody reads", `{"L": {"data": "x", "Owner": {"data": "y"}}}`, "x", `label "L": its member "Owner" is not shown`},
		{"bytes that are no text", "{\"L\": {\"data\": \"\xff\"}}", "\uFFFD", "not UTF-8"},

		{"Python's notation", `{'L': {u'type': u'string', 'data': [u"it's", 'b\\c\'d\n\xe9', None, 5L]}}`, `["it's","b\\c'd\né",null,5]`, "Python's notation"},
		{"Python's notation of Python 2", `{u'L': {u'data': u'\u201cx\u201d \U0001f44d \ud83d\udc4d'}}`, "“x” 👍 👍", "Python's notation"},
		{"Python's quotes, pasted", `{'L': {'data': 'C:\Users\new and \'x\''}}`, `C:\Users\new and 'x'`, "no JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, notes := one(t, c.text)
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if told := strings.Join(notes, "\n"); !strings.Contains(told, c.note) || c.note == "" && told != "" {
				t.Errorf("got notes %q, want %q", told, c.note)
			}
		})
	}
}

func TestLabelsKeepTheirOrderAndComeTwice(t *testing.T) {
	list, notes, err := details.Read(`{"Z": {"type": "string", "data": "1"}, "A": {"type": 5, "data": 2}, "Z": {"type": "string", "data": "3"}, "Skip": {"type": "string"}, "S": "x", "N": null}`)
	if err != nil {
		t.Fatal(err)
	}
	want := []details.Detail{
		{"Z", "string", json.RawMessage(`"1"`)}, {"A", "5", json.RawMessage(`2`)}, {"Z", "string", json.RawMessage(`"3"`)}, {"S", "", json.RawMessage(`"x"`)},
	}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
	told := []string{
		`slack_details, line 1, column 69: label "Z" comes twice; both are shown: "Z": {"type": "string", "da...`,
		`slack_details, line 1, column 107: label "Skip" is left out: it has no data: "Skip": {"type": "string"},...`,
		`slack_details, line 1, column 145: label "N" is left out: it has no type and data: "N": null}`,
	}
	if diff := cmp.Diff(told, notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

func TestALabelComesTwiceAmongMany(t *testing.T) {
	const many = 40
	text := "{"
	for i := range many {
		text += fmt.Sprintf(`"L%d": "x", `, i)
	}
	for _, again := range []int{0, 15, 16, many - 1} {
		list, notes, err := details.Read(text + fmt.Sprintf(`"L%d": "y"}`, again))
		want := fmt.Sprintf(`label "L%d" comes twice; both are shown`, again)
		if err != nil || len(list) != many+1 || len(notes) != 1 || !strings.Contains(notes[0], want) {
			t.Errorf("%d labels, notes %q, %v; want %s", len(list), notes, err, want)
		}
	}
}

func TestNotesAreNotWithoutEnd(t *testing.T) {
	text := "{"
	for c := range 100 {
		text += `"` + string(rune('一'+c)) + `": null, `
	}
	_, notes, err := details.Read(text + `"A": {"data": 1}}`)
	if err != nil || len(notes) != 21 || !strings.Contains(notes[20], "more of slack_details") {
		t.Errorf("%d notes, %v: %q", len(notes), err, notes)
	}
}

func TestWhatCannotBeReadIsExplained(t *testing.T) {
	for _, c := range []struct {
		text         string
		line, column int
		reason       string
		caret        string
		rest         string
	}{
		{"", 1, 1, "empty", "\n^", ""},
		{" \n ", 2, 2, "empty", "", ""},
		{"{}", 1, 1, "nothing to post", "{}\n^", ""},
		{`{"A": {}}`, 1, 1, `label "A" is left out`, "", ""},
		{"hello", 1, 1, "must begin with {", "", "hello"},
		{"{\n  \"A\": {\"type\": \"string\" \"data\": \"x\"}\n}", 2, 26, "a comma or } should stand here, or a backslash before the last quote",
			"  \"A\": {\"type\": \"string\" \"data\": \"x\"}\n                         ^", "\"A\": {\"type\": \"string\" \"data\": \"x\"}\n}"},
		{"{\n \"A\": {\"data\": High}}", 2, 16, "double quotes", "", "\"A\": {\"data\": High}}"},
		{`{"A" {"data": "x"}}`, 1, 6, "colon", "", `{"A" {"data": "x"}}`},
		{`{"A": {"data": "x"}`, 1, 20, "ends before", "", `"A": {"data": "x"}`},
		{`{"A": {"data": "x}}`, 1, 16, "no closing quote", "", `"A": {"data": "x}}`},
		{`{"é语👍": {"data": "x" oops}}`, 1, 22, "backslash before the last quote", "", `"é语👍": {"data": "x" oops}}`},
		{`{"A": {"data": "x"}, "B": 1} {"B": {}}`, 1, 30, "more text", "", `"B": 1} {"B": {}}`},
		{`{"A": {"data": ` + strings.Repeat("[", 300), 1, 214, "too deeply", "", `"A": {"data": ` + strings.Repeat("[", 300)},
		{strings.Repeat(" ", 100) + `{"A" 1}` + strings.Repeat("x", 100), 1, 106, "colon", "...", `{"A" 1}` + strings.Repeat("x", 100)},
		{`{'A': {'data': [1}, }`, 1, 18, "a comma or ]", "", `{'A': {'data': [1}, }`},
		{`{"A": "x", "B": "\q", "C": 'D'}`, 1, 28, "double quotes", "", `"C": 'D'}`},
		// Here x" would be taken for the end, and the end for a label.
		{`{"A": {"data": "x\"}, "} ": 5": {"data": 1}}`, 1, 30, "a comma", "", `"A": {"data": "x\"}, "} ": 5": {"data": 1}}`},
		{`{"A": {"data": [,]}}`, 1, 17, "a value", "", `"A": {"data": [,]}}`},
	} {
		list, _, err := details.Read(c.text)
		var e *details.Error
		if !errors.As(err, &e) {
			t.Errorf("%q: got %v", c.text, err)
			continue
		}
		if e.Line != c.line || e.Column != c.column || !strings.Contains(e.Reason, c.reason) || !strings.Contains(e.Excerpt, c.caret) || e.Rest != c.rest {
			t.Errorf("%q: line %d, column %d: %s\n%s\nrest %q", c.text, e.Line, e.Column, e.Reason, e.Excerpt, e.Rest)
		}
		for _, d := range list {
			if strings.Contains(e.Rest, `"`+d.Label+`"`) && d.Label != "B" {
				t.Errorf("%q: %s is read and in the rest %q", c.text, d.Label, e.Rest)
			}
		}
		lines := strings.Split(e.Excerpt, "\n")
		if len(lines) != 2 || utf8.RuneCountInString(lines[1]) > utf8.RuneCountInString(lines[0])+1 || utf8.RuneCountInString(lines[0]) > 90 {
			t.Errorf("%q: excerpt\n%s", c.text, e.Excerpt)
		}
	}
}

func TestEmpty(t *testing.T) {
	for data, want := range map[string]bool{"": true, "null": true, `""`: true, "[]": true, "{}": true, "0": false, "false": false, `" "`: false} {
		if got := details.Empty(json.RawMessage(data)); got != want {
			t.Errorf("%s: got %v", data, got)
		}
	}
}
