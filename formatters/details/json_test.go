package details_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/formatters/details"
)

// Data that is properly escaped cannot be a label, a type or an end, whatever it
// holds; and backslashes in it mean what JSON says.
func TestJSONIsReadAsJSON(t *testing.T) {
	for _, name := range []string{
		`Ransomware"}, 'Severity': {'type':'string','data':'Low'}, 'q': {'data': 1}, `,
		`URGENT "}, 'a': `,
		`x"}, "Severity": {"type": "string", "data": "Low"}, "z": {"type": "string", "data": "`,
		`a\\"}, 'Severity': {'data':'Low'}`,
		`C:\temp\new`, `\\server\tools\`, `"`, `\"`, `",`, `"},`, "one\ntwo\u2028", `\d+`,
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
			list, notes, err := details.Read(text)
			if err != nil || len(notes) > 0 || len(list) != 2 || list[0].Label != "Resilient Incident" || list[1].Label != "Severity" {
				t.Errorf("%s: got %v, notes %q, error %v", text, list, notes, err)
				continue
			}
			if got := textOf(t, list[0].Data); got != name || textOf(t, list[1].Data) != "High" {
				t.Errorf("%s: got %q and %s", text, got, list[1].Data)
			}
		}
	}
}

// What is JSON means what encoding/json says. Of other texts there are labels
// with valid data, or an error with its place and the text that was not read.
func FuzzRead(f *testing.F) {
	f.Add(`{"A": {"type": "string", "data": "x\ud83d\n\\\"\b"}, "B": 1e400, "C": {"Data": {"a": [1, {"a": null}], "a": ""}, "data": 2}, "A": "\u0041"}`)
	f.Add(`{"L": {'type': u"string", "data": "C:\temp\"}, \n "M": {"data": [1,"a"b",]}}`)
	f.Add(`{u'L': {'type': u"it's", 'data': 'C:\\temp\x41\''}, 'M': None}`)
	f.Add(`{"A": {"data": "x","y": "z", "w"}}`)
	f.Add(`{"A": 1, "L": {"data": "x\`)
	f.Add("{\"\xff\xff\": 1}")
	f.Fuzz(func(t *testing.T, text string) {
		list, notes, err := details.Read(text)
		for _, d := range list {
			textOf(t, d.Data)
		}
		if len(notes) > 21 {
			t.Errorf("%d notes", len(notes))
		}
		want, isJSON := labelsOf(text)
		var e *details.Error
		switch {
		case err != nil && !errors.As(err, &e):
			t.Errorf("%q: error %v", text, err)
		case err != nil && (e.Line < 1 || e.Column < 1 || e.Excerpt == "" || !strings.Contains(strings.ToValidUTF8(text, "\uFFFD"), e.Rest)):
			t.Errorf("%q: error %+v", text, e)
		case isJSON && err != nil && len(want) > 0 && !strings.Contains(e.Reason, "too deeply"):
			t.Errorf("%q: %v", text, err)
		case isJSON && err == nil:
			if diff := cmp.Diff(want, list, cmp.Comparer(equalJSON)); diff != "" {
				t.Errorf("%q (-want +got):\n%s", text, diff)
			}
		}
	})
}

// labelsOf reads the labels of an object as encoding/json has them.
func labelsOf(text string) (list []details.Detail, ok bool) {
	dec := json.NewDecoder(strings.NewReader(text))
	if token, _ := dec.Token(); token != json.Delim('{') || !json.Valid([]byte(text)) || !utf8.ValidString(text) {
		return nil, false
	}
	each(dec, func(label string, value json.RawMessage) {
		d := details.Detail{Label: label, Data: value}
		if value[0] == '{' {
			d.Data = nil
			inner := json.NewDecoder(bytes.NewReader(value))
			inner.Token()
			each(inner, func(name string, value json.RawMessage) {
				switch strings.ToLower(name) {
				case "type":
					if d.Type = ""; json.Unmarshal(value, &d.Type) != nil {
						d.Type = string(value)
					}
				case "data":
					d.Data = value
				}
			})
		} else if value[0] == '[' || details.Empty(value) {
			return
		}
		if d.Data != nil {
			list = append(list, d)
		}
	})
	return list, true
}

func each(dec *json.Decoder, do func(string, json.RawMessage)) {
	for dec.More() {
		name, _ := dec.Token()
		var value json.RawMessage
		_ = dec.Decode(&value) // the text is valid
		do(name.(string), value)
	}
}

func equalJSON(a, b json.RawMessage) bool {
	value := func(js json.RawMessage) (v any) {
		dec := json.NewDecoder(bytes.NewReader(js))
		dec.UseNumber()
		_ = dec.Decode(&v)
		return v
	}
	return cmp.Equal(value(a), value(b))
}
