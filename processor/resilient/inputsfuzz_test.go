package resilient

import (
	"encoding/json"
	"testing"
)

// The members are those that encoding/json finds, with the same values.
func FuzzInputs(f *testing.F) {
	for _, js := range []string{
		`{}`, " {\r\n\t} ", `{"a":1}`, `{"a" : "b" , "c":[1,{"d":"]}"}],"e":{"f":{}},"g":null}`,
		`{"a\"b":"\\","":"\\\"}","ü":"\ud83d\ude00","\u0061":-1.5e3}`, `{"a":1,"a":[],"b":true,"a":2}`,
		"{\"a\xff\":\"\xff\"}", `{"a":[[],[[]]],"b":"{"}`,
	} {
		f.Add([]byte(js))
	}
	f.Fuzz(func(t *testing.T, js []byte) {
		var in Inputs
		err := in.UnmarshalJSON(js) // ends, whatever it is given
		var want map[string]json.RawMessage
		if json.Unmarshal(js, &want) != nil || want == nil {
			return
		}
		if err != nil || len(in.list) != len(want) {
			t.Fatalf("got %q, %v; want %q", in.list, err, want)
		}
		for _, one := range in.list {
			if string(one.raw) != string(want[one.name]) {
				t.Errorf("%q is %q, want %q", one.name, one.raw, want[one.name])
			}
		}
		if again, err := in.MarshalJSON(); err != nil || !json.Valid(again) {
			t.Errorf("written again: %s, %v", again, err)
		}
	})
}

func TestInputsAreNotTheMessages(t *testing.T) {
	js := []byte(`{"a":"kept"}`)
	var in Inputs
	if err := in.UnmarshalJSON(js); err != nil {
		t.Fatal(err)
	}
	copy(js, `{"b":"lost"}`)
	if raw, ok := in.Raw("a"); !ok || string(raw) != `"kept"` {
		t.Errorf("a is %s after the message's bytes have changed", raw)
	}
}
