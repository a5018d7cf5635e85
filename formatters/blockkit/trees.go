package blockkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/fn-slack/fn-slack/formatters/jsontext"
)

// Trees keeps what the JSON of a message's blocks and attachments is decoded to,
// so that all who look at one message decode it once: that would be most of what
// a message costs. The zero value is ready. It is for one message and one
// goroutine. Gate and Fit change what it gives, and give the message other JSON
// in place of what they have changed; nobody else may.
type Trees struct {
	known map[tree]any
}

// tree is the place of raw JSON in memory.
type tree struct {
	at   *byte
	size int
}

var errTrailing = errors.New("something follows the value")

// Decode is what encoding/json makes of raw, with numbers as json.Number.
func (t *Trees) Decode(raw json.RawMessage) (any, error) {
	if len(raw) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	if x, ok := t.known[tree{&raw[0], len(raw)}]; ok {
		return x, nil
	}
	if x, ok := read(string(raw)); ok { // as nearly always
		t.Put(raw, x)
		return x, nil
	}
	var x any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // numbers go out as they came in
	if err := dec.Decode(&x); err != nil {
		return nil, err
	}
	if dec.InputOffset() < int64(len(bytes.TrimRight(raw, " \t\r\n"))) {
		return nil, errTrailing
	}
	t.Put(raw, x)
	return x, nil
}

// read is what Decode gives for usual JSON.
func read(text string) (x any, ok bool) {
	r, ok := jsontext.New(text)
	if !ok {
		return nil, false
	}
	x, ok = value(&r, 0)
	return x, ok && r.Ended()
}

func value(r *jsontext.Reader, depth int) (x any, ok bool) {
	switch c := r.Next(); {
	case depth == jsontext.MaxDepth:
		return nil, false
	case c == '{':
		object := map[string]any{}
		for more := r.Open('}'); more; {
			name, ok := r.Name()
			if !ok {
				return nil, false
			}
			if object[name], ok = value(r, depth+1); !ok {
				return nil, false
			}
			if more, ok = r.Comma('}'); !ok {
				return nil, false
			}
		}
		return object, true
	case c == '[':
		list := []any{}
		for more := r.Open(']'); more; {
			x, ok := value(r, depth+1)
			if !ok {
				return nil, false
			}
			list = append(list, x)
			if more, ok = r.Comma(']'); !ok {
				return nil, false
			}
		}
		return list, true
	case c == '"':
		return r.String()
	case c == 't':
		return true, r.Word("true")
	case c == 'f':
		return false, r.Word("false")
	case c == 'n':
		return nil, r.Word("null")
	}
	number, _, ok := r.Number()
	return json.Number(number), ok
}

// Put says what raw would be decoded to. raw must not change any more.
func (t *Trees) Put(raw json.RawMessage, x any) {
	if t.known == nil {
		t.known = make(map[tree]any)
	}
	t.known[tree{&raw[0], len(raw)}] = x
}

// encode is the JSON of a tree in which texts were changed.
func (t *Trees) encode(x any) json.RawMessage {
	raw := encode(x)
	t.Put(raw, x)
	return raw
}
