package engine

import (
	"bufio"
	"bytes"
	"testing"
)

func FuzzFrames(f *testing.F) {
	f.Add([]byte(`{"a":1}`), []byte("body"))
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, head, body []byte) {
		var wire bytes.Buffer
		w := frameWriter{w: &wire}
		if err := w.write(frameOutput, nil, body); err != nil {
			t.Fatal(err)
		}
		got, err := readFrame(bufio.NewReader(&wire), maxFrame)
		if err != nil || got.kind != frameOutput || len(got.header) != 0 || !bytes.Equal(got.body, body) {
			t.Errorf("got %c %q %q, %v", got.kind, got.header, got.body, err)
		}
		// Whatever comes, the reader neither panics nor makes room for more than there is.
		if got, err := readFrame(bufio.NewReader(bytes.NewReader(head)), 1<<16); err == nil && len(got.header)+len(got.body)+9 > len(head) {
			t.Errorf("%q: a frame of %d bytes", head, len(got.header)+len(got.body))
		}
	})
}
