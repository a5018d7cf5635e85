package archive

import (
	"bufio"
	"cmp"
	"os"
	"path/filepath"
	"slices"
)

// scratch is a file of a call. Others cannot open it: it has no name any more, where
// the system allows that, so that it ends with the process.
type scratch struct {
	file  *os.File // not embedded: it has ways to write that pass w by
	w     *bufio.Writer
	size  int64 // bytes written
	named bool  // the system does not take the name from an open file
}

// scratchNames are those of the files while they have any.
const scratchNames = "archive-*.tmp"

// removeScratch removes what a process has left that died before it took a name away.
func removeScratch(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, scratchNames)) // the pattern is good
	for _, name := range left {
		_ = os.Remove(name) // one that is open elsewhere loses no more than its name
	}
}

func newScratch(dir string) (*scratch, error) {
	f, err := os.CreateTemp(dir, scratchNames) // with the mode 0600
	if err != nil {
		return nil, &diskError{err}
	}
	return &scratch{file: f, w: bufio.NewWriterSize(f, 64<<10), named: os.Remove(f.Name()) != nil}, nil
}

func (s *scratch) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.size += int64(n)
	if err != nil {
		err = &diskError{err}
	}
	return n, err
}

func (s *scratch) flush() error {
	if err := s.w.Flush(); err != nil {
		return &diskError{err}
	}
	return nil
}

func (s *scratch) close() {
	_ = s.file.Close() // nobody needs what is in it
	if s.named {
		_ = os.Remove(s.file.Name()) // it is in the service's own folder
	}
}

// spool keeps messages in a file until their order is known.
type spool struct {
	*scratch
	index []entry
	last  []byte // the message that was given last
}

// entry is where a message lies.
type entry struct {
	root, at int64 // microseconds since 1970: of the first message of its thread, and its own
	offset   int64
	length   int32
}

func (s *spool) add(root, at int64, raw []byte) error {
	s.index = append(s.index, entry{root, at, s.size, int32(len(raw))})
	_, err := s.Write(raw)
	return err
}

// settle brings the messages into their order: threads as they began, and their
// messages as they were written. Of a message that was added twice the later one
// counts.
func (s *spool) settle() error {
	slices.SortFunc(s.index, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.root, b.root), cmp.Compare(a.at, b.at), cmp.Compare(b.offset, a.offset))
	})
	s.index = slices.CompactFunc(s.index, func(a, b entry) bool { return a.root == b.root && a.at == b.at })
	return s.flush()
}

// Len, Place and Message are those of a [transcript.History].
func (s *spool) Len() int { return len(s.index) }

func (s *spool) Place(i int) (root, at int64) { return s.index[i].root, s.index[i].at }

func (s *spool) Message(i int) ([]byte, error) {
	e := s.index[i]
	s.last = slices.Grow(s.last[:0], int(e.length))[:e.length]
	if _, err := s.file.ReadAt(s.last, e.offset); err != nil {
		return nil, &diskError{err}
	}
	return s.last, nil
}
