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

// maxHeader bounds command and headers of one frame, in bytes. ActiveMQ refuses
// a single header over 10 KiB; this leaves room for several of that size.
const maxHeader = 64 << 10

// errHeaderTooLarge says that a frame's command and headers are over maxHeader.
// The stream cannot be read further.
var errHeaderTooLarge = fmt.Errorf("frame header is over %d bytes", maxHeader)

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
}

// NewReader returns a Reader of frames with bodies of up to maxBody bytes.
func NewReader(in io.Reader, maxBody int) *Reader {
	return &Reader{in: bufio.NewReaderSize(in, maxHeader), maxBody: maxBody}
}

// Read returns the next frame, or a nil frame for a heart-beat. After a
// *TooLargeError reading can go on, after any other error it cannot. The end of
// the stream between two frames is io.EOF, within one io.ErrUnexpectedEOF.
func (r *Reader) Read() (*frame.Frame, error) {
	section, err := r.peekSection()
	if err != nil || section == nil {
		return nil, err
	}
	f, length, err := decode(string(section))
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
			return nil, errHeaderTooLarge
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

// decode makes a frame without a body of a header section, up to its empty line,
// as go-stomp's reader would, whose way of looking for escapes costs several times
// all the rest. length is -1 when the body ends at a NUL.
func decode(section string) (f *frame.Frame, length int64, err error) {
	if strings.IndexByte(section, 0) >= 0 {
		return nil, 0, frame.ErrInvalidFrameFormat
	}
	command, rest := cutLine(section)
	switch command {
	case frame.CONNECT, frame.STOMP, frame.SEND, frame.SUBSCRIBE, frame.UNSUBSCRIBE, frame.ACK, frame.NACK, frame.BEGIN,
		frame.COMMIT, frame.ABORT, frame.DISCONNECT, frame.CONNECTED, frame.MESSAGE, frame.RECEIPT, frame.ERROR:
	default:
		return nil, 0, frame.ErrInvalidCommand
	}
	f, length = frame.New(command), -1
	for {
		var line string
		if line, rest = cutLine(rest); line == "" {
			return f, length, nil
		}
		name, value, found := strings.Cut(line, ":")
		if !found || name == "" {
			return nil, 0, frame.ErrInvalidFrameFormat
		}
		if !connecting(command) {
			name, value = unescape(name), unescape(value)
		}
		if name == frame.ContentLength {
			if length >= 0 {
				continue // of a repeated header the first counts
			}
			n, err := strconv.ParseUint(value, 10, 32)
			if err != nil {
				return nil, 0, fmt.Errorf("content-length: %w", err)
			}
			length = int64(n)
		}
		f.Header.Add(name, value)
	}
}

func cutLine(s string) (line, rest string) {
	line, rest, _ = strings.Cut(s, "\n")
	return strings.TrimSuffix(line, "\r"), rest
}

// unescape leaves what is no escape of STOMP 1.2 as it is.
func unescape(s string) string {
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	b := append(make([]byte, 0, len(s)), s[:i]...)
	for ; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			if n := strings.IndexByte("rnc\\", s[i+1]); n >= 0 {
				b = append(b, "\r\n:\\"[n])
				i++
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// connecting frames know no escaping: a backslash in a password is a backslash.
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
