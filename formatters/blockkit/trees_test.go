package blockkit

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"testing"
)

// A tree is what encoding/json makes of the same text, and what is no JSON is an error.
func FuzzTrees(f *testing.F) {
	for _, js := range []string{
		`{"type":"section","text":{"type":"mrkdwn","text":"*a*\n\u003cb\u003e 😀","verbatim":true},"fields":[],"x":null}`, ` [ ] `, `[1,[2,{}],-0,1.50,1e400]`,
		`{"a":1,"a":{"b":false}}`, `{"a":1,}`, `[1,]`, `[1`, `{"a"}`, `{"a":tru}`, `nul`, ``, `1 2`, `"\ud83d\ude00\ud83d"`, "[\"\xff\"]", "[\"\n\"]",
	} {
		f.Add([]byte(js))
	}
	f.Fuzz(func(t *testing.T, js []byte) {
		got, err := new(Trees).Decode(js)
		dec := json.NewDecoder(bytes.NewReader(js))
		dec.UseNumber()
		var want any
		wrong := dec.Decode(&want)
		if _, more := dec.Token(); wrong == nil && more != io.EOF {
			wrong, want = errTrailing, nil
		}
		if (err == nil) != (wrong == nil) || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %#v, %v; want %#v, %v", js, got, err, want, wrong)
		}
	})
}
