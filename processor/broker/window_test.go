package broker

import (
	"strconv"
	"testing"

	"github.com/go-stomp/stomp/v3/frame"
)

// sendOf is a SEND of so many bytes on the wire.
func sendOf(bytes int64, receipt string) *frame.Frame {
	f := frame.New(frame.SEND)
	if receipt != "" {
		f.Header.Add(frame.Receipt, receipt)
	}
	f.Body = make([]byte, bytes-size(f))
	return f
}

func TestWindowIsBounded(t *testing.T) {
	w := newWindow()
	sent := 0
	for w.admit(sendOf(4<<10, strconv.Itoa(sent))) {
		sent++
	}
	if sent != maxUnread/(4<<10) {
		t.Fatalf("%d frames of 4 KiB are on their way, want %d KiB in all", sent, maxUnread>>10)
	}
	// A receipt is for all before it, and those of these change nothing any more.
	w.confirm("2")
	w.confirm("0")
	w.confirm("nobody's")
	for i := range 3 {
		if !w.admit(sendOf(4<<10, "more"+strconv.Itoa(i))) {
			t.Errorf("frame %d after the receipt of three is kept back", i)
		}
	}
	if w.admit(sendOf(4<<10, "no")) {
		t.Error("a fourth went")
	}
}

func TestFrameOverTheBoundGoesAlone(t *testing.T) {
	w := newWindow()
	if !w.admit(sendOf(10*maxUnread, "large")) {
		t.Fatal("it never goes")
	}
	if w.admit(sendOf(100, "")) {
		t.Error("another went with it")
	}
	w.confirm("large")
	if !w.admit(sendOf(100, "")) {
		t.Error("nothing goes after it")
	}
}

// What asks for no receipt is made to before it is too much, so that there always
// is one to wait for.
func TestFramesWithoutReceiptsAreCounted(t *testing.T) {
	w := newWindow()
	asking, n := 0, 0
	for {
		f := sendOf(1<<10, "")
		if !w.admit(f) {
			break
		}
		n++
		if f.Header.Get(frame.Receipt) != "" {
			asking++
		}
		if n > 1000 {
			t.Fatal("no end to it")
		}
	}
	if asking < 2 || asking > n/4 || n > maxUnread>>10 {
		t.Errorf("%d frames of 1 KiB are on their way, %d ask for a receipt", n, asking)
	}
	if !w.admit(sendOf(10, "")) && len(w.ends) == 0 {
		t.Error("there is no receipt to wait for")
	}
}
