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
	out    *bufio.Writer
	frames *frame.Writer
}

// NewWriter returns a Writer of frames to out.
func NewWriter(out io.Writer) *Writer {
	b := bufio.NewWriterSize(out, bufferSize)
	return &Writer{out: b, frames: frame.NewWriter(unflushed{b})}
}

// unflushed keeps go-stomp's writer, which flushes after each frame, from
// flushing the buffer behind it.
type unflushed struct{ out *bufio.Writer }

func (u unflushed) Write(p []byte) (int, error) { return u.out.Write(p) }

// Write puts a frame into the buffer, a heart-beat where f is nil.
func (w *Writer) Write(f *frame.Frame) error {
	if f == nil {
		return w.out.WriteByte('\n')
	}
	if connecting(f.Command) {
		return w.writeRaw(f)
	}
	if !plain(f.Header) {
		return w.frames.Write(f)
	}
	return w.writePlain(f)
}

// plain reports whether no header has to be escaped.
func plain(h *frame.Header) bool {
	for i := range h.Len() {
		name, value := h.GetAt(i)
		if strings.ContainsAny(name, escaped) || strings.ContainsAny(value, escaped) {
			return false
		}
	}
	return true
}

// escaped are the characters that STOMP 1.2 escapes in headers.
const escaped = "\\\r\n:"

// writePlain writes a frame of which nothing has to be escaped. The errors of a
// bufio.Writer stay, so the last one tells of all.
func (w *Writer) writePlain(f *frame.Frame) error {
	w.out.WriteString(f.Command)
	w.out.WriteByte('\n')
	for i := range f.Header.Len() {
		name, value := f.Header.GetAt(i)
		w.out.WriteString(name)
		w.out.WriteByte(':')
		w.out.WriteString(value)
		w.out.WriteByte('\n')
	}
	w.out.WriteByte('\n')
	w.out.Write(f.Body)
	return w.out.WriteByte(0)
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
