package wire

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-stomp/stomp/v3/frame"
	"github.com/google/go-cmp/cmp"
)

// text is a frame in one line, for comparisons.
func text(f *frame.Frame) string {
	if f == nil {
		return "heart-beat"
	}
	var b strings.Builder
	b.WriteString(f.Command)
	for i := range f.Header.Len() {
		k, v := f.Header.GetAt(i)
		b.WriteString("|" + k + "=" + v)
	}
	return b.String() + "|" + string(f.Body)
}

// readAll gives all frames and the error that ended them.
func readAll(r *Reader) (frames []string, err error) {
	for {
		f, err := r.Read()
		if tooLarge := (*TooLargeError)(nil); errors.As(err, &tooLarge) {
			frames = append(frames, "too large: "+text(tooLarge.Frame))
			continue
		}
		if err != nil {
			return frames, err
		}
		frames = append(frames, text(f))
	}
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
		err      error
	}{
		{"two frames and heart-beats", "\nRECEIPT\nreceipt-id:1\n\n\x00\n\r\nRECEIPT\nreceipt-id:2\n\n\x00",
			[]string{"heart-beat", "RECEIPT|receipt-id=1|", "heart-beat", "heart-beat", "RECEIPT|receipt-id=2|"}, io.EOF},
		{"line ends of Windows", "MESSAGE\r\na:b\r\ncontent-length:2\r\n\r\nhi\x00", []string{"MESSAGE|a=b|content-length=2|hi"}, io.EOF},
		{"escapes", "MESSAGE\na\\cb:c\\nd\\\\n\n\n\x00", []string{"MESSAGE|a:b=c\nd\\n|"}, io.EOF},
		{"no escapes when connecting", "CONNECT\npasscode:p:a\\b\\n\n\n\x00", []string{`CONNECT|passcode=p:a\b\n|`}, io.EOF},
		{"NUL in a counted body", "MESSAGE\ncontent-length:3\n\na\x00b\x00", []string{"MESSAGE|content-length=3|a\x00b"}, io.EOF},
		{"first content-length counts", "MESSAGE\ncontent-length:1\ncontent-length:9\n\na\x00", []string{"MESSAGE|content-length=1|a"}, io.EOF},
		{"too large, counted", "MESSAGE\na:b\ncontent-length:9\n\n123456789\x00RECEIPT\na:b\n\n\x00",
			[]string{"too large: MESSAGE|a=b|content-length=9|", "RECEIPT|a=b|"}, io.EOF},
		{"too large, to the NUL", "MESSAGE\na:b\n\n123456789\x00RECEIPT\na:b\n\n\x00",
			[]string{"too large: MESSAGE|a=b|", "RECEIPT|a=b|"}, io.EOF},
		{"at the limit", "MESSAGE\n\n12345678\x00", []string{"MESSAGE|12345678"}, io.EOF},
		{"cut in the header", "MESSAGE\na:b", nil, io.ErrUnexpectedEOF},
		{"cut in the body", "MESSAGE\ncontent-length:3\n\na", nil, io.ErrUnexpectedEOF},
		{"cut before the NUL", "MESSAGE\n\nabc", nil, io.ErrUnexpectedEOF},
		{"body longer than counted", "MESSAGE\ncontent-length:1\n\nab\x00", nil, frame.ErrInvalidFrameFormat},
		{"NUL in a header", "MESSAGE\na:\x00\n\n\x00", nil, frame.ErrInvalidFrameFormat},
		{"not STOMP", "HTTP/1.1 400 Bad Request\n\n", nil, frame.ErrInvalidCommand},
		{"endless header", "MESSAGE\na:" + strings.Repeat("x", maxHeader), nil, errHeaderTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, in := range map[string]io.Reader{
				"at once": strings.NewReader(c.in), "in single bytes": iotest.OneByteReader(strings.NewReader(c.in)),
			} {
				got, err := readAll(NewReader(in, 8))
				if diff := cmp.Diff(c.want, got); diff != "" || !errors.Is(err, c.err) {
					t.Errorf("%s: error %v, want %v; frames (-want +got):\n%s", name, err, c.err, diff)
				}
			}
		})
	}
}

func TestBadContentLength(t *testing.T) {
	for _, v := range []string{"", "-1", "x", "4294967296", "1 "} {
		if _, err := readAll(NewReader(strings.NewReader("MESSAGE\ncontent-length:"+v+"\n\n\x00"), 8)); errors.Is(err, io.EOF) {
			t.Errorf("content-length %q is taken", v)
		}
	}
}

// go-stomp's own reader allocates what the header says: 764 MiB here.
func TestAnnouncedBodyIsNotAllocated(t *testing.T) {
	in := strings.NewReader("MESSAGE\ncontent-length:800000000\n\nx")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := NewReader(in, 1<<20).Read()
	runtime.ReadMemStats(&after)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v", err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 2<<20 {
		t.Errorf("%d bytes allocated", got)
	}
}

type counting struct{ writes int }

func (c *counting) Write(p []byte) (int, error) { c.writes++; return len(p), nil }

func TestWriterGathers(t *testing.T) {
	var out counting
	w := NewWriter(&out)
	for range 10 {
		if err := w.Write(frame.New(frame.ACK, frame.Id, "1")); err != nil {
			t.Fatal(err)
		}
	}
	if out.writes != 0 {
		t.Errorf("%d writes before Flush", out.writes)
	}
	if err := w.Flush(); err != nil || out.writes != 1 {
		t.Errorf("%d writes after Flush, error %v; want 1", out.writes, err)
	}
}

func TestConnectCannotSmuggleHeaders(t *testing.T) {
	w := NewWriter(io.Discard)
	if err := w.Write(frame.New(frame.CONNECT, frame.Passcode, "x\nhost:other")); err == nil {
		t.Error("a line break in a passcode is written")
	}
}

// Whatever is written comes back as it was.
func FuzzRoundTrip(f *testing.F) {
	f.Add("correlation-id", "a:b\\c\r\nd", []byte("body\x00"))
	f.Add("a", "", []byte{})
	f.Fuzz(func(t *testing.T, name, value string, body []byte) {
		if name == "" || name == frame.ContentLength || strings.Contains(name+value, "\x00") || len(name)+len(value) > maxHeader/4 {
			return
		}
		var wire bytes.Buffer
		w := NewWriter(&wire)
		sent := frame.New(frame.SEND, name, value, frame.ContentLength, strconv.Itoa(len(body)))
		sent.Body = body
		if err := errors.Join(w.Write(sent), w.Write(nil), w.Flush()); err != nil {
			t.Fatal(err)
		}
		got, err := readAll(NewReader(&wire, len(body)))
		if diff := cmp.Diff([]string{text(sent), "heart-beat"}, got); diff != "" || err != io.EOF {
			t.Errorf("error %v; frames (-want +got):\n%s", err, diff)
		}
	})
}

// No input makes the reader panic, hand out more than the limit, or allocate
// beyond a few times what it was given; and what go-stomp's reader understands,
// this one understands alike.
func FuzzRead(f *testing.F) {
	f.Add([]byte("MESSAGE\na:b\ncontent-length:2\n\nhi\x00\n"))
	f.Add([]byte("MESSAGE\ncontent-length:800000000\n\nx\x00"))
	f.Add([]byte("CONNECTED\r\nversion:1.2\r\n\r\n\x00"))
	f.Add([]byte("MESSAGE\r\na:b\r\r\nc:d:e\nf\\c:g\\n\n\nbody\x00"))
	f.Add([]byte("MESSAGE\na:b:c\n :\n\nbody\x00"))
	f.Add([]byte("ERROR\n\n" + strings.Repeat("x", 5000) + "\x00RECEIPT\n\n\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		const limit = 4096
		r := NewReader(bytes.NewReader(in), limit)
		var ours []string
		for {
			f, err := r.Read()
			if tooLarge := (*TooLargeError)(nil); errors.As(err, &tooLarge) {
				if tooLarge.Size <= limit || tooLarge.Size > int64(len(in)) {
					t.Fatalf("%d bytes are called too large of an input of %d", tooLarge.Size, len(in))
				}
				return // go-stomp's reader has no limit to compare with
			}
			if err != nil {
				break
			}
			if f == nil {
				ours = append(ours, "heart-beat")
				continue
			}
			if len(f.Body) > limit {
				t.Fatalf("body of %d bytes", len(f.Body))
			}
			if connecting(f.Command) {
				return // go-stomp's reader decodes escapes in them
			}
			ours = append(ours, text(f))
		}
		if bytes.Contains(in, []byte("content-length:")) {
			return // go-stomp's reader would allocate what it says
		}
		theirs := frame.NewReader(bytes.NewReader(in))
		for i, got := range ours {
			f, err := theirs.Read()
			if err != nil {
				t.Fatalf("frame %d is %q, go-stomp's reader says %v", i, got, err)
			}
			if want := text(f); got != want {
				t.Fatalf("frame %d is %q, go-stomp's reader says %q", i, got, want)
			}
		}
	})
}
