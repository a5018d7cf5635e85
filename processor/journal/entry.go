package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// An entry is kept as: one byte for the form, one for the state, two times in
// nanoseconds since 1970 (8 bytes each, big endian), and the reply. It is
// written two to three times for every call, which JSON would make felt.
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
	b := make([]byte, 0, entryHeader+len(e.Reply))
	b = append(b, entryForm, stateIndex(e.State))
	b = binary.BigEndian.AppendUint64(b, uint64(e.Began.UnixNano()))
	b = binary.BigEndian.AppendUint64(b, uint64(e.Changed.UnixNano()))
	return append(b, e.Reply...)
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
	if reply := b[entryHeader:]; len(reply) > 0 {
		e.Reply = append([]byte(nil), reply...)
	}
	return e, nil
}
