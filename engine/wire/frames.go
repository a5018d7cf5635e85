package wire

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Parent and worker talk in frames over the worker's standard input and
// output: four bytes of length, one byte of kind, four bytes of header length,
// a header, and a body that is passed on as it is. Headers are JSON, but for what
// every render needs: that would cost as much as a short script.
type FrameKind byte

const (
	// to the worker
	FrameHello   FrameKind = 'h' // hello; answered by ready, body: a JSON array of Barrier
	FrameBundle  FrameKind = 'b' // bundleRequest; answered by bundled or failed
	FrameProgram FrameKind = 'p' // programRequest, body: code; answered by ready or failed
	FrameRender  FrameKind = 'r' // renderRequest, body: input; answered by progress and then output, none or failed

	// from the worker
	FrameReady    FrameKind = 'R'
	FrameBundled  FrameKind = 'B'
	FrameAccepted FrameKind = 'a' // progress: the running script has accepted the input; not told of the last one unless there is More
	FrameDeclined FrameKind = 'd' // progress: it has declined, the next one runs
	FramePassed   FrameKind = 'x' // finish: it failed before accepting, the next one runs
	FrameOutput   FrameKind = 'O' // body: output, aside
	FrameNone     FrameKind = 'N' // every script declined or was passed over
	FrameFailed   FrameKind = 'E'
)

// Hello configures a worker.
type Hello struct {
	Limits Limits `json:"limits"`
}

// BundleRequest asks for a bundle of Entry out of Files, names to contents.
// Unusable says of other names why they are not among them.
type BundleRequest struct {
	Entry    string            `json:"entry"`
	Files    map[string]string `json:"-"` // see pack
	Unusable map[string]string `json:"unusable,omitempty"`
	Names    []string          `json:"names"` // of Files, in the order of the body
	Sizes    []int             `json:"sizes"` // bytes of each
}

// Pack makes the body that holds Files: they can be megabytes, and JSON would
// quote them all.
func (r *BundleRequest) Pack() []byte {
	size := 0
	for _, text := range r.Files {
		size += len(text)
	}
	body := make([]byte, 0, size)
	for name, text := range r.Files {
		r.Names, r.Sizes = append(r.Names, name), append(r.Sizes, len(text))
		body = append(body, text...)
	}
	return body
}

func (r *BundleRequest) Unpack(body []byte) error {
	r.Files = make(map[string]string, len(r.Names))
	for i, name := range r.Names {
		if i >= len(r.Sizes) || r.Sizes[i] < 0 || r.Sizes[i] > len(body) {
			return ErrNonsense
		}
		r.Files[name] = string(body[:r.Sizes[i]])
		body = body[r.Sizes[i]:]
	}
	return nil
}

type BundleReply struct {
	Code     string   `json:"code"`
	Mappings string   `json:"mappings"`
	Sources  []string `json:"sources"` // that Mappings numbers
	Inputs   []string `json:"inputs"`  // all files that were read; the map leaves out those that left no code
	Warnings []*Error `json:"warnings,omitempty"`
}

// ProgramRequest gives a worker a script; Load also looks for what the engine
// would get wrong, and runs the top level.
type ProgramRequest struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	Load bool   `json:"load,omitempty"`
}

type RenderRequest struct {
	Keys  []string
	Time  time.Time
	Seed  string
	More  bool // see Request.More
	Texts []string
}

func (r RenderRequest) appendTo(b []byte) []byte {
	b = binary.AppendVarint(b, r.Time.Unix())
	b = binary.AppendUvarint(b, uint64(r.Time.Nanosecond()))
	b = appendText(b, r.Seed)
	more := uint64(0)
	if r.More {
		more = 1
	}
	b = binary.AppendUvarint(b, more)
	b = binary.AppendUvarint(b, uint64(len(r.Keys)))
	for _, key := range r.Keys {
		b = appendText(b, key)
	}
	b = binary.AppendUvarint(b, uint64(len(r.Texts)))
	for _, text := range r.Texts {
		b = appendText(b, text)
	}
	return b
}

func ReadRenderRequest(header []byte) (r RenderRequest, err error) {
	h := headerReader{b: header}
	seconds, n := binary.Varint(h.b)
	h.skip(n)
	r.Time = time.Unix(seconds, int64(h.number(1e9)))
	r.Seed = h.text()
	r.More = h.number(1) == 1
	for range h.number(len(header)) {
		r.Keys = append(r.Keys, h.text())
	}
	for range h.number(len(header)) {
		r.Texts = append(r.Texts, h.text())
	}
	if h.bad || len(h.b) > 0 {
		return r, fmt.Errorf("the %d bytes of a render request's header are none", len(header))
	}
	return r, nil
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// headerReader reads what is left of a header. After something impossible it is
// bad, and reads nothing but zeros.
type headerReader struct {
	b   []byte
	bad bool
}

func (h *headerReader) skip(n int) {
	if n <= 0 || n > len(h.b) {
		h.bad, h.b = true, nil
		return
	}
	h.b = h.b[n:]
}

// number is one of at most limit.
func (h *headerReader) number(limit int) int {
	v, n := binary.Uvarint(h.b)
	if h.skip(n); h.bad || v > uint64(limit) {
		h.bad = true
		return 0
	}
	return int(v)
}

func (h *headerReader) text() string {
	n := h.number(len(h.b))
	if n == 0 || n > len(h.b) {
		h.bad = h.bad || n > 0
		return ""
	}
	s := string(h.b[:n])
	h.skip(n)
	return s
}

// Reply is the header of everything that a worker says about a script.
type Reply struct {
	Console  []Line   `json:"console,omitempty"`
	Error    *Error   `json:"error,omitempty"`
	Warnings []*Error `json:"warnings,omitempty"` // of a script that was loaded
	CPU      int64    `json:"-"`                  // microseconds that the worker has used in its life; -1 is unknown
	Memory   int64    `json:"-"`                  // bytes that it holds now; 0 is unknown
	Varies   bool     `json:"-"`                  // see Result.Varies
	Aside    int      `json:"-"`                  // bytes of the body's end that are Result.Aside
}

// replyNumbers is the length in bytes of CPU, Memory, Varies and Aside, which JSON
// follows only where there is more to say.
const replyNumbers = 21

func (r Reply) appendTo(b []byte) ([]byte, error) {
	b = binary.BigEndian.AppendUint64(b, uint64(r.CPU))
	b = binary.BigEndian.AppendUint64(b, uint64(r.Memory))
	varies := byte(0)
	if r.Varies {
		varies = 1
	}
	b = append(b, varies)
	b = binary.BigEndian.AppendUint32(b, uint32(r.Aside))
	if r.Console == nil && r.Error == nil && r.Warnings == nil {
		return b, nil
	}
	js, err := json.Marshal(r)
	return append(b, js...), err
}

func ReadReply(header []byte) (r Reply, err error) {
	if len(header) < replyNumbers {
		return r, fmt.Errorf("header of %d bytes", len(header))
	}
	if more := header[replyNumbers:]; len(more) > 0 {
		err = json.Unmarshal(more, &r)
	}
	r.CPU = int64(binary.BigEndian.Uint64(header))
	r.Memory = int64(binary.BigEndian.Uint64(header[8:]))
	r.Varies = header[16] != 0
	r.Aside = int(binary.BigEndian.Uint32(header[17:]))
	return r, err
}

// Error is a failure as the worker sees it: positions are those of the
// bundle unless File is set.
type Error struct {
	Kind    Kind       `json:"kind"`
	Message string     `json:"message"`
	Hint    string     `json:"hint,omitempty"`
	Limit   string     `json:"limit,omitempty"`
	File    string     `json:"file,omitempty"`
	Frames  []Position `json:"frames,omitempty"` // the first one is the position
}

func (e *Error) Error() string { return e.Message }

// KindInput says that the caller is to blame, and no script.
const KindInput Kind = "input"

type Position struct {
	Func   string `json:"func,omitempty"`
	Line   int    `json:"line"`   // from 1
	Column int    `json:"column"` // from 1, in bytes
}

// MaxFrame is above every honest frame: the largest is a bundle request.
const MaxFrame = 64 << 20

type FrameWriter struct {
	W   io.Writer
	buf []byte
}

// Write sends a frame in one system call, a large one in two.
func (f *FrameWriter) Write(kind FrameKind, header any, body []byte) error {
	b, err := appendHeader(append(f.buf[:0], make([]byte, 9)...), header)
	if err != nil {
		return fmt.Errorf("encode frame %c: %w", kind, err)
	}
	total := len(b) - 4 + len(body)
	if total > MaxFrame {
		return fmt.Errorf("frame %c of %d bytes is larger than %d", kind, total, MaxFrame)
	}
	binary.BigEndian.PutUint32(b, uint32(total))
	b[4] = byte(kind)
	binary.BigEndian.PutUint32(b[5:], uint32(len(b)-9))
	if len(body) > 64<<10 { // not worth a copy
		if _, err = f.W.Write(b); err == nil {
			_, err = f.W.Write(body)
		}
		return err
	}
	b = append(b, body...)
	if cap(b) <= 64<<10 { // do not hold on to the room of one large frame
		f.buf = b
	}
	_, err = f.W.Write(b)
	return err
}

func appendHeader(b []byte, header any) ([]byte, error) {
	switch h := header.(type) {
	case nil:
		return b, nil
	case RenderRequest:
		return h.appendTo(b), nil
	case Reply:
		return h.appendTo(b)
	}
	js, err := json.Marshal(header)
	return append(b, js...), err
}

type Frame struct {
	Kind   FrameKind
	Header []byte
	Body   []byte
}

// ReadFrame reads a frame of at most limit bytes, into room where that is large
// enough: then it lasts until room is used again.
func ReadFrame(r *bufio.Reader, limit int, room []byte) (Frame, error) {
	var prefix [9]byte
	if _, err := io.ReadFull(r, prefix[:]); err != nil {
		return Frame{}, err
	}
	total := int(binary.BigEndian.Uint32(prefix[:4]))
	head := int(binary.BigEndian.Uint32(prefix[5:]))
	if total < 5 || total > limit || head > total-5 {
		return Frame{}, fmt.Errorf("frame of %d bytes with a header of %d is not possible", total, head)
	}
	if len(room) < total-5 {
		room = make([]byte, total-5)
	}
	b := room[:total-5]
	if _, err := io.ReadFull(r, b); err != nil {
		return Frame{}, err
	}
	return Frame{Kind: FrameKind(prefix[4]), Header: b[:head:head], Body: b[head:]}, nil
}
