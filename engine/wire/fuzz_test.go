package wire

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
		w := FrameWriter{W: &wire}
		if err := w.Write(FrameOutput, nil, body); err != nil {
			t.Fatal(err)
		}
		got, err := ReadFrame(bufio.NewReader(&wire), MaxFrame, make([]byte, 64))
		if err != nil || got.Kind != FrameOutput || len(got.Header) != 0 || !bytes.Equal(got.Body, body) {
			t.Errorf("got %c %q %q, %v", got.Kind, got.Header, got.Body, err)
		}
		// Whatever comes, the reader neither panics nor makes room for more than there is.
		if got, err := ReadFrame(bufio.NewReader(bytes.NewReader(head)), 1<<16, nil); err == nil && len(got.Header)+len(got.Body)+9 > len(head) {
			t.Errorf("%q: a frame of %d bytes", head, len(got.Header)+len(got.Body))
		}
	})
}
