package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// compactOver is how much of a file may be over before it is compacted, in bytes,
// beside as much as lives in it. Ten thousand settled entries have 0.4 MB.
const compactOver = 8 << 20

// compact replaces the file by one without what is over. Callers wait only while
// what they have written meanwhile is taken over.
func (j *Journal) compact() {
	next, err := j.prepare()
	j.syncing.Lock()
	defer j.syncing.Unlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.compacting = false
	if err == nil && j.err == nil {
		err = next.catchUp(j.file, j.size)
	}
	switch {
	case err != nil:
		j.log.Warn("journal stays as large as it is", "file", j.path, "error", err)
		j.limit = j.size + compactOver
	case j.err != nil: // closed meanwhile, or failed
		next.discard()
	default:
		if err := j.replace(next); err != nil {
			j.fail(err)
		}
	}
}

// successor is the file that takes the place of the journal's.
type successor struct {
	file *os.File
	size int64
	seen int64 // how much of the old file is in it
}

// prepare writes what is known into a new file, on disk.
func (j *Journal) prepare() (*successor, error) {
	j.mu.Lock()
	b, seen := j.known.appendTo(j.opening.appendTo(nil)), j.size
	j.mu.Unlock()
	f, err := os.OpenFile(j.path+".new", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	s := &successor{f, int64(len(b)), seen}
	_, err = f.Write(b)
	// A limit of file sizes that the journal would meet later shows here.
	if err = errors.Join(err, f.Truncate(s.size+compactOver), f.Truncate(s.size), f.Sync()); err != nil {
		s.discard()
		return nil, err
	}
	return s, nil
}

// catchUp adds what was written to the old file since, on disk.
func (s *successor) catchUp(old io.ReaderAt, size int64) error {
	n, err := io.Copy(io.NewOffsetWriter(s.file, s.size), io.NewSectionReader(old, s.seen, size-s.seen))
	if s.size += n; err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		s.discard()
	}
	return err
}

// discard leaves the old file as it is. What remains is overwritten the next time.
func (s *successor) discard() {
	_ = errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}

// replace puts the successor, which has everything and is on disk, in the place of
// the file. Both are closed meanwhile, since Windows renames no file that is open.
// After an error neither can be relied on. mu and syncing are held.
func (j *Journal) replace(s *successor) error {
	err := s.file.Close()
	if j.file != nil {
		err = errors.Join(err, j.file.Close())
	}
	if err = errors.Join(err, os.Rename(s.file.Name(), j.path), syncFolder(j.path)); err != nil {
		return fmt.Errorf("replace %s: %w", j.path, err)
	}
	f, err := os.OpenFile(j.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	j.file = f
	j.size, j.limit = s.size, 2*s.size+compactOver
	return nil
}

// syncFolder brings a new name in the folder of a file to the disk. Windows has
// nothing of the kind.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
