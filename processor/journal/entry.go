package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// An entry is kept as: one byte for the form, one for the state, two times in
// nanoseconds since 1970 (8 bytes each, big endian), and what the state calls
// for: the results of steps as a JSON object, or the reply. It is written two to
// three times for every call, which JSON would make felt; most calls have no
// result of a step to keep. A program from before there were steps passes over
// them, and asks Slack.
const (
	entryForm   = 1
	entryHeader = 1 + 1 + 8 + 8
)

// maxKey is far below the 32,768 bytes that bbolt takes, and far above the ids of
// brokers and of the platform, which have less than 200.
const maxKey = 1024

// key is what an entry is kept under: its id, or the hash of one that bbolt does
// not take. A broker lets its senders choose ids.
func key(id string) []byte {
	if len(id) > 0 && len(id) <= maxKey {
		return []byte(id)
	}
	return fmt.Appendf(nil, "sha256:%x", sha256.Sum256([]byte(id)))
}

// states are kept by their index.
var states = []State{Begun, Decided, Settled}

var errEntry = errors.New("the entry cannot be read")

func (e Entry) encode() []byte {
	rest := e.Reply
	if e.State == Begun && len(e.Steps) > 0 {
		var err error
		if rest, err = json.Marshal(e.Steps); err != nil {
			panic(err) // Step takes only JSON
		}
	}
	b := make([]byte, 0, entryHeader+len(rest))
	b = append(b, entryForm, stateIndex(e.State))
	b = binary.BigEndian.AppendUint64(b, uint64(e.Began.UnixNano()))
	b = binary.BigEndian.AppendUint64(b, uint64(e.Changed.UnixNano()))
	return append(b, rest...)
}

func stateIndex(s State) byte {
	for i, known := range states {
		if s == known {
			return byte(i)
		}
	}
	panic("journal: no such state: " + string(s))
}

// decodeEntry reads what encode has written. The entry does not share memory
// with it: bbolt's is only valid within a transaction.
func decodeEntry(id, b []byte) (Entry, error) {
	if len(b) < entryHeader || b[0] != entryForm || int(b[1]) >= len(states) {
		return Entry{}, fmt.Errorf("%w: %.60q", errEntry, id)
	}
	e := Entry{
		ID:      string(id),
		State:   states[b[1]],
		Began:   time.Unix(0, int64(binary.BigEndian.Uint64(b[2:]))).UTC(),
		Changed: time.Unix(0, int64(binary.BigEndian.Uint64(b[10:]))).UTC(),
	}
	rest := b[entryHeader:]
	switch {
	case len(rest) == 0:
	case e.State == Begun:
		if err := json.Unmarshal(rest, &e.Steps); err != nil {
			return Entry{}, fmt.Errorf("%w: steps of %.60q: %w", errEntry, id, err)
		}
	default:
		e.Reply = append([]byte(nil), rest...)
	}
	return e, nil
}
