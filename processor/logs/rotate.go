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
	file *os.File    // nil after a failure, until the next write
	info os.FileInfo // of file, to see that path is still it
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
	r.file, r.info, r.size = f, info, info.Size()
	return nil
}

// Write writes one line of the log, all of it into one file. An error with all of
// line written is of the rotation: a log that is too long is better than none.
func (r *rotatingFile) Write(line []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// Somebody may have removed the folder, or rotated the file by other means.
	// What is written to a file without a name is lost without a word.
	now, err := os.Stat(r.path)
	switch {
	case r.file == nil:
	case errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(now, r.info):
		r.drop()
	case err == nil:
		r.size = now.Size() // somebody may have cut it
	}
	var problem error
	if r.max > 0 && r.keep > 0 && r.size > 0 && r.size+int64(len(line)) > r.max {
		problem = r.rotate()
	}
	if r.file == nil {
		if err := r.open(); err != nil {
			return 0, err
		}
	}
	n, err := r.file.Write(line)
	if err != nil {
		if n > 0 && r.file.Truncate(r.size) == nil {
			n = 0 // the next line does not continue half of this one
		}
		return n, err
	}
	r.size += int64(n)
	return n, problem
}

// rotate renames the files.
func (r *rotatingFile) rotate() error {
	name := func(i int) string { return fmt.Sprintf("%s.%d", r.path, i) }
	for i := r.keep - 1; i > 0; i-- {
		if err := os.Rename(name(i), name(i+1)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(r.path, name(1)); err != nil {
		return err
	}
	r.drop()
	return nil
}

// drop closes the file; the next write opens it anew.
func (r *rotatingFile) drop() {
	if r.file != nil {
		r.file.Close() // its lines are written; there is nowhere to report to
		r.file, r.size = nil, 0
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
