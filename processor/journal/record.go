package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// record is one change, and the unit of the file. In the file it is a head and a
// body. The head is the body's length, the body's checksum, and its own checksum: a
// length that damage has changed would make all that follows look like the rest of
// a record that was not written to its end. The body is the kind, the key, the time,
// the length of the name, the name and the data. Numbers are little endian.
type record struct {
	kind kind
	key  key
	at   int64  // nanoseconds since 1970
	name string // of a call that begins: its id; of a step: its name; of the opening: the boot
	data []byte // the result of a step, the answer
}

type kind byte

const (
	began   kind = 1 // something may have been asked
	stepped kind = 2
	decided kind = 3
	settled kind = 4
	opened  kind = 5 // the first of every file: by which boot
	closed  kind = 6 // the last of a file that was closed in order
	taken   kind = 7 // a call that begins, and nothing was asked yet
)

const (
	headSize = 4 + 4 + 4
	bodySize = 1 + len(key{}) + 8 + 4 // without name and data
)

var checksums = crc32.MakeTable(crc32.Castagnoli)

// key is what a call is kept under. Ten thousand of them stay in memory and are
// written whenever the file is written anew, and a broker lets its senders choose
// ids of any length.
type key [16]byte

func keyOf(id string) key {
	sum := sha256.Sum256([]byte(id))
	return key(sum[:])
}

// appendTo appends the record as it stands in the file.
func (r record) appendTo(b []byte) []byte {
	start := len(b)
	b = append(b, make([]byte, headSize)...)
	b = append(b, byte(r.kind))
	b = append(b, r.key[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(r.at))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(r.name)))
	b = append(b, r.name...)
	b = append(b, r.data...)
	head, body := b[start:start+headSize], b[start+headSize:]
	binary.LittleEndian.PutUint32(head, uint32(len(body)))
	binary.LittleEndian.PutUint32(head[4:], crc32.Checksum(body, checksums))
	binary.LittleEndian.PutUint32(head[8:], crc32.Checksum(head[:8], checksums))
	return b
}

var (
	errTorn    = errors.New("the last record is not whole")
	errDamaged = errors.New("the file is damaged")
)

// readRecord reads the next one. An error is io.EOF after the last, errTorn where
// the file ends within one, errDamaged, or the file's.
func readRecord(in io.Reader) (r record, err error) {
	var head [headSize]byte
	switch _, err := io.ReadFull(in, head[:]); {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return r, errTorn
	case err != nil:
		return r, err
	case crc32.Checksum(head[:8], checksums) != binary.LittleEndian.Uint32(head[8:]):
		return r, errDamaged
	}
	b := make([]byte, binary.LittleEndian.Uint32(head[:]))
	switch _, err := io.ReadFull(in, b); {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return r, errTorn
	case err != nil:
		return r, err
	case crc32.Checksum(b, checksums) != binary.LittleEndian.Uint32(head[4:]), len(b) < bodySize:
		return r, errDamaged
	}
	at, rest, n := b[bodySize-12:], b[bodySize:], binary.LittleEndian.Uint32(b[bodySize-4:])
	if uint64(n) > uint64(len(rest)) {
		return r, errDamaged
	}
	return record{kind(b[0]), key(b[1:bodySize]), int64(binary.LittleEndian.Uint64(at)), string(rest[:n]), rest[n:]}, nil
}
