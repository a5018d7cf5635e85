package logs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// rotatingFile is a log file that is renamed when it gets too large: app.log to
// app.log.1, that to app.log.2, and so on, as the original's users know it.
type rotatingFile struct {
	path string
	max  int64 // bytes; 0 is no limit
	keep int   // renamed files that are kept; 0 is no limit, as with the original

	mu   sync.Mutex
	file *os.File // nil after a failure, until the next write
	size int64
}

func openRotating(path string, max int64, keep int) (*rotatingFile, error) {
	r := &rotatingFile{path: path, max: max, keep: keep}
	return r, r.open()
}

func (r *rotatingFile) open() error {
	f, err := os.OpenFile(r.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	r.file, r.size = f, info.Size()
	return nil
}

// Write writes one line of the log, all of it into one file.
func (r *rotatingFile) Write(line []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.max > 0 && r.keep > 0 && r.size > 0 && r.size+int64(len(line)) > r.max {
		r.rotate()
	}
	if r.file == nil {
		if err := r.open(); err != nil {
			return 0, err
		}
	}
	n, err := r.file.Write(line)
	r.size += int64(n)
	return n, err
}

// rotate renames the files. Where that is not possible the present one grows:
// a log that is too long is better than none.
func (r *rotatingFile) rotate() {
	name := func(i int) string { return fmt.Sprintf("%s.%d", r.path, i) }
	for i := r.keep - 1; i > 0; i-- {
		if err := os.Rename(name(i), name(i+1)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return
		}
	}
	if err := os.Rename(r.path, name(1)); err != nil {
		return
	}
	if r.file != nil {
		r.file.Close() // its lines are written; there is nowhere to report to
		r.file = nil
	}
}

// Close closes the file.
func (r *rotatingFile) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}
