package members

import (
	"encoding/json"
	"strings"
	"testing"
)

// The members are those that encoding/json finds, with the same values, and what it
// does not take is not taken.
func FuzzMembers(f *testing.F) {
	for _, js := range []string{
		`{}`, " {\r\n\t} ", `{"a":1}`, `{"a" : "b" , "c":[1,{"d":"]}"}],"e":{"f":{}},"g":null}`,
		`{"a\"b":"\\","":"\\\"}","ü":"\ud83d\ude00","\u0061":-1.5e3}`, `{"a":1,"a":[],"b":true,"a":2}`,
		"{\"a\xff\":\"\xff\"}", `{"a":[[],[[]]],"b":"{"}`, `[]`, `[1,"a" , {"b":[true,false,null]},-0.1E+2]`, "null", "", "{", "[",
		`{"a"}`, `{"a":}`, `{"a":1,}`, `{a:1}`, `{"a":1]`, `{"a":1}}`, `{"a":1}{}`, `[1,]`, `[1 2]`, `["a]`, "[\"\n\"]", `["\x"]`, `["\u00g0"]`, `["\u12`, `["\`,
		`[01]`, `[-]`, `[1.]`, `[.5]`, `[1e]`, `[+1]`, `[nul]`, `[truefalse]`, `["\/\b\f\n\r\tAbF9"]`, `["\u00AF\uffff"]`,
		nested(10_000), nested(10_001),
	} {
		f.Add([]byte(js))
	}
	f.Fuzz(func(t *testing.T, js []byte) {
		got := map[string]json.RawMessage{}
		err := Each(js, func(name []byte, raw json.RawMessage) { got[string(name)] = raw })
		var want map[string]json.RawMessage
		if refused := json.Unmarshal(js, &want); (err == nil) != (refused == nil && want != nil) {
			t.Fatalf("members of %.100q: %v, but encoding/json says %v", js, err, refused)
		}
		for name, raw := range want {
			if string(got[name]) != string(raw) {
				t.Errorf("%q is %q, want %q", name, got[name], raw)
			}
		}
		if err == nil && len(got) != len(want) {
			t.Errorf("%d members, want %d", len(got), len(want))
		}
		var list, wanted []json.RawMessage
		err = Elements(js, func(raw json.RawMessage) { list = append(list, raw) })
		if refused := json.Unmarshal(js, &wanted); (err == nil) != (refused == nil && wanted != nil) {
			t.Fatalf("elements of %.100q: %v, but encoding/json says %v", js, err, refused)
		}
		if err != nil {
			return
		}
		for i, raw := range wanted {
			if string(list[i]) != string(raw) {
				t.Errorf("element %d is %q, want %q", i, list[i], raw)
			}
			var text string
			refused := json.Unmarshal(raw, &text)
			if s, err := Text(list[i]); s != text || (err == nil) != (refused == nil) {
				t.Errorf("text %q, %v; want %q, %v", s, err, text, refused)
			}
		}
	})
}

// nested are lists in each other.
func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }
