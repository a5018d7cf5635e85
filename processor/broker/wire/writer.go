package wire

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/go-stomp/stomp/v3/frame"
)

// bufferSize holds some thirty answers of 2 kB, so that what many goroutines
// write at once leaves in one system call.
const bufferSize = 64 << 10

// Writer writes frames into a buffer. It is not safe for concurrent use.
type Writer struct {
	out *bufio.Writer
}

// NewWriter returns a Writer of frames to out.
func NewWriter(out io.Writer) *Writer {
	return &Writer{out: bufio.NewWriterSize(out, bufferSize)}
}

// Write puts a frame into the buffer, a heart-beat where f is nil. The errors of
// the buffer stay, so the last one tells of all.
func (w *Writer) Write(f *frame.Frame) error {
	if f == nil {
		return w.out.WriteByte('\n')
	}
	if connecting(f.Command) {
		return w.writeRaw(f)
	}
	w.out.WriteString(f.Command)
	w.out.WriteByte('\n')
	for i := range f.Header.Len() {
		name, value := f.Header.GetAt(i)
		w.escaped(name)
		w.out.WriteByte(':')
		w.escaped(value)
		w.out.WriteByte('\n')
	}
	w.out.WriteByte('\n')
	w.out.Write(f.Body)
	return w.out.WriteByte(0)
}

// escaped writes a part of a header as STOMP 1.2 wants it.
func (w *Writer) escaped(s string) {
	for {
		i := strings.IndexAny(s, "\r\n:\\")
		if i < 0 {
			w.out.WriteString(s)
			return
		}
		w.out.WriteString(s[:i])
		w.out.WriteByte('\\')
		w.out.WriteByte("rnc\\"[strings.IndexByte("\r\n:\\", s[i])])
		s = s[i+1:]
	}
}

// writeRaw writes a connecting frame. Without escapes a line break in a value
// would begin another header, so it is an error.
func (w *Writer) writeRaw(f *frame.Frame) error {
	var b strings.Builder
	b.WriteString(f.Command + "\n")
	for i := range f.Header.Len() {
		name, value := f.Header.GetAt(i)
		if strings.ContainsAny(name+value, "\r\n\x00") {
			return fmt.Errorf("header %s of a %s frame: a line break or NUL cannot be sent", name, f.Command)
		}
		b.WriteString(name + ":" + value + "\n")
	}
	b.WriteString("\n\x00")
	_, err := w.out.WriteString(b.String())
	return err
}

// Flush sends what has been written.
func (w *Writer) Flush() error { return w.out.Flush() }
