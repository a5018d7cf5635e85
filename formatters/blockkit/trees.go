package blockkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
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
	var x any
	if !hasNumber(raw) { // as most: a Decoder, which copies what it reads, is not needed
		if err := json.Unmarshal(raw, &x); err != nil {
			return nil, err
		}
		t.Put(raw, x)
		return x, nil
	}
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

// hasNumber reports whether there is a number in JSON.
func hasNumber(raw json.RawMessage) bool {
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '"':
			for i++; i < len(raw) && raw[i] != '"'; i++ {
				if raw[i] == '\\' {
					i++
				}
			}
		case c >= '0' && c <= '9':
			return true
		}
	}
	return false
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
