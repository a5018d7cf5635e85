package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-stomp/stomp/v3/frame"
)

// MaxHeader bounds command and headers of one frame, in bytes. ActiveMQ refuses
// a single header over 10 KiB; this leaves room for several of that size.
const MaxHeader = 64 << 10

// ErrHeaderTooLarge says that a frame's command and headers are over MaxHeader.
// The stream cannot be read further.
var ErrHeaderTooLarge = fmt.Errorf("frame header is over %d bytes", MaxHeader)

// TooLargeError is a frame whose body was over the reader's limit. The body has
// been read past, so the next Read gives the next frame.
type TooLargeError struct {
	Frame *frame.Frame // command and headers, no body
	Size  int64        // bytes of the body
	Limit int
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("%s frame has a body of %d bytes, the limit is %d", e.Frame.Command, e.Size, e.Limit)
}

// Reader reads frames. It is not safe for concurrent use.
type Reader struct {
	in      *bufio.Reader
	maxBody int
	section bytes.Buffer  // command and headers of the frame being read
	frames  *frame.Reader // decodes section
}

// NewReader returns a Reader of frames with bodies of up to maxBody bytes.
func NewReader(in io.Reader, maxBody int) *Reader {
	r := &Reader{in: bufio.NewReaderSize(in, MaxHeader), maxBody: maxBody}
	r.frames = frame.NewReader(&r.section)
	return r
}

// Read returns the next frame, or a nil frame for a heart-beat. After a
// *TooLargeError reading can go on, after any other error it cannot. The end of
// the stream between two frames is io.EOF, within one io.ErrUnexpectedEOF.
func (r *Reader) Read() (*frame.Frame, error) {
	section, err := r.peekSection()
	if err != nil || section == nil {
		return nil, err
	}
	f, length, err := r.decode(section)
	if err != nil {
		return nil, err
	}
	if _, err := r.in.Discard(len(section)); err != nil {
		return nil, err
	}
	var size int64
	if length >= 0 {
		f.Body, size, err = r.countedBody(length)
	} else {
		f.Body, size, err = r.terminatedBody()
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	if size > int64(r.maxBody) {
		return nil, &TooLargeError{Frame: f, Size: size, Limit: r.maxBody}
	}
	return f, nil
}

// peekSection waits until command and headers are in the buffer and returns
// them, the empty line at their end included. A lone line end, which is a
// heart-beat or follows a frame, is consumed and gives nil.
func (r *Reader) peekSection() ([]byte, error) {
	first, err := r.in.Peek(1)
	if err != nil {
		return nil, err
	}
	if first[0] == '\r' {
		if first, err = r.in.Peek(2); err != nil {
			return nil, unexpected(err)
		}
		if first[1] == '\n' {
			_, err = r.in.Discard(2)
			return nil, err
		}
	}
	if first[0] == '\n' {
		_, err = r.in.Discard(1)
		return nil, err
	}
	searched := 0
	for {
		window, err := r.in.Peek(r.in.Buffered())
		if err != nil {
			return nil, err
		}
		if end := sectionEnd(window, searched); end > 0 {
			return window[:end], nil
		}
		if len(window) == r.in.Size() {
			return nil, ErrHeaderTooLarge
		}
		searched = max(0, len(window)-2) // the end may lie across two reads
		if _, err := r.in.Peek(len(window) + 1); err != nil {
			return nil, unexpected(err)
		}
	}
}

// sectionEnd is the index behind the first empty line at or after from, 0 when
// there is none yet.
func sectionEnd(b []byte, from int) int {
	for {
		i := bytes.IndexByte(b[from:], '\n')
		if i < 0 {
			return 0
		}
		from += i + 1
		rest := b[from:]
		if bytes.HasPrefix(rest, []byte("\n")) {
			return from + 1
		}
		if bytes.HasPrefix(rest, []byte("\r\n")) {
			return from + 2
		}
	}
}

var contentLength = []byte(frame.ContentLength + ":")

// decode makes a frame without a body of a header section. length is -1 when
// the body ends at a NUL. content-length is kept from go-stomp's reader, which
// would believe it and allocate.
func (r *Reader) decode(section []byte) (f *frame.Frame, length int64, err error) {
	if bytes.IndexByte(section, 0) >= 0 {
		return nil, 0, frame.ErrInvalidFrameFormat
	}
	length = -1
	lengthText := ""
	r.section.Reset()
	for line := range bytes.Lines(section) {
		if !bytes.HasPrefix(line, contentLength) {
			r.section.Write(line)
			continue
		}
		if length >= 0 {
			continue // of a repeated header the first counts
		}
		lengthText = string(bytes.TrimRight(line[len(contentLength):], "\r\n"))
		n, err := strconv.ParseUint(lengthText, 10, 32)
		if err != nil {
			return nil, 0, fmt.Errorf("content-length: %w", err)
		}
		length = int64(n)
	}
	if f, err = r.frame(); err != nil {
		return nil, 0, err
	}
	if length >= 0 {
		f.Header.Add(frame.ContentLength, lengthText)
	}
	f.Body = nil
	return f, length, nil
}

// frame makes a frame of r.section. Where nothing is escaped, go-stomp's reader would
// only look for that, at several times the cost of all the rest.
func (r *Reader) frame() (*frame.Frame, error) {
	raw := r.section.Bytes()
	if bytes.IndexByte(raw, '\\') < 0 {
		return plainFrame(string(raw))
	}
	r.section.WriteByte(0)
	unescaped := rawHeader(raw)
	f, err := r.frames.Read()
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, frame.ErrInvalidFrameFormat
	}
	if unescaped != nil {
		f.Header = unescaped
	}
	return f, nil
}

// plainFrame reads command and headers as go-stomp's reader does, up to the empty
// line.
func plainFrame(section string) (*frame.Frame, error) {
	command, rest := cutLine(section)
	switch command {
	case frame.CONNECT, frame.STOMP, frame.SEND, frame.SUBSCRIBE, frame.UNSUBSCRIBE, frame.ACK, frame.NACK, frame.BEGIN,
		frame.COMMIT, frame.ABORT, frame.DISCONNECT, frame.CONNECTED, frame.MESSAGE, frame.RECEIPT, frame.ERROR:
	default:
		return nil, frame.ErrInvalidCommand
	}
	f := frame.New(command)
	for {
		var line string
		if line, rest = cutLine(rest); line == "" {
			return f, nil
		}
		name, value, found := strings.Cut(line, ":")
		if !found || name == "" {
			return nil, frame.ErrInvalidFrameFormat
		}
		f.Header.Add(name, value)
	}
}

func cutLine(s string) (line, rest string) {
	line, rest, _ = strings.Cut(s, "\n")
	return strings.TrimSuffix(line, "\r"), rest
}

// rawHeader reads the headers of a connecting frame, which knows no escaping:
// a backslash in a password is a backslash. It is nil for all other frames.
func rawHeader(section []byte) *frame.Header {
	command, rest, _ := bytes.Cut(section, []byte("\n"))
	if !connecting(string(bytes.TrimSuffix(command, []byte("\r")))) {
		return nil
	}
	h := &frame.Header{}
	for line := range bytes.Lines(rest) {
		name, value, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(":"))
		if len(name) > 0 {
			h.Add(string(name), string(value))
		}
	}
	return h
}

func connecting(command string) bool {
	return command == frame.CONNECT || command == frame.CONNECTED || command == frame.STOMP
}

func (r *Reader) countedBody(length int64) (body []byte, size int64, err error) {
	if length > int64(r.maxBody) {
		if _, err := io.CopyN(io.Discard, r.in, length); err != nil {
			return nil, 0, err
		}
	} else {
		body = make([]byte, length)
		if _, err := io.ReadFull(r.in, body); err != nil {
			return nil, 0, err
		}
	}
	end, err := r.in.ReadByte()
	if err != nil {
		return nil, 0, err
	}
	if end != 0 {
		return nil, 0, frame.ErrInvalidFrameFormat
	}
	return body, length, nil
}

func (r *Reader) terminatedBody() (body []byte, size int64, err error) {
	for {
		part, err := r.in.ReadSlice(0)
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, 0, err
		}
		ended := err == nil
		if ended {
			part = part[:len(part)-1]
		}
		size += int64(len(part))
		if size > int64(r.maxBody) {
			body = nil
		} else {
			body = append(body, part...)
		}
		if ended {
			return body, size, nil
		}
	}
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
