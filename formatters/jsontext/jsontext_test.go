package jsontext

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestMostTextsAreRead(t *testing.T) {
	for _, js := range []string{`""`, `"as it is"`, `"ü"`, `"\u00fc\u2028"`, `"a\"b\\c\/d\b\f\n\r\t"`} {
		r, ok := New(" " + js + "\n")
		if r.Next(); !ok {
			t.Fatalf("%s is left to others", js)
		}
		if _, ok := r.String(); !ok || !r.Ended() {
			t.Errorf("%s is left to others", js)
		}
	}
	for _, js := range []string{`0`, `12`, `-0`, `1.5e300`, strings.Repeat("9", 30)} {
		r, _ := New(js)
		if number, short, ok := r.Number(); number != js || short != (js == "0" || js == "12") || !ok || !r.Ended() {
			t.Errorf("%s is read as %q, short %v, %v", js, number, short, ok)
		}
	}
}

// What is read is what encoding/json makes of it, and JSON.
func FuzzScalars(f *testing.F) {
	for _, js := range []string{
		`"as it is"`, `"ü\u00fc\ud83d\ude00\ud83d"`, `"a\"b\\"`, "\"\xff\"", "\"a\nb\"", "\"a\\\n\"", `"a"b"`, `"a\"`, `"\x"`, `"\u12"`, `"\u+123"`, `"`, `"\`,
		`0`, `-1`, `01`, `-`, `1.`, `1-1`, `1e5`, `true`, `truer`,
	} {
		f.Add(js)
	}
	f.Fuzz(func(t *testing.T, js string) {
		r, ok := New(js)
		if !ok {
			return
		}
		var got any
		switch c := r.Next(); {
		case c == '"':
			got, ok = r.String()
		case c == 't':
			got, ok = true, r.Word("true")
		default:
			var number string
			number, _, ok = r.Number()
			got = json.Number(number)
		}
		if !ok || !r.Ended() {
			return
		}
		var want any
		dec := json.NewDecoder(strings.NewReader(js))
		dec.UseNumber()
		if err := dec.Decode(&want); err != nil || got != want {
			t.Errorf("%q is read as %#v; want %#v, %v", js, got, want, err)
		}
	})
}
