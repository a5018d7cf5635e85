package journal

import (
	"fmt"
	"os"

	"go.etcd.io/bbolt"
)

// compactOver is the size of a file in bytes from which it is worth to look for
// free pages. Ten thousand settled entries need about 2 MB.
const compactOver = 16 << 20

// wasteful says that a file is large and more than half free pages: bbolt uses them
// again and never gives them back, so one flood would be paid for ever.
func wasteful(db *bbolt.DB) bool {
	info, err := os.Stat(db.Path())
	if err != nil || info.Size() < compactOver {
		return false
	}
	free := int64(db.Stats().FreePageN) * int64(db.Info().PageSize)
	return free > info.Size()/2
}

// compact rewrites the file without its free pages and opens it again. When
// that fails the file is as it was.
func compact(db *bbolt.DB) (*bbolt.DB, error) {
	path := db.Path()
	next := path + ".compact"
	defer os.Remove(next) // nothing where it was renamed
	err := faulty(func() error { return rewrite(next, db) })
	if closed := db.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(next, path)
	}
	again, opened := openFile(path)
	if opened != nil {
		return nil, opened
	}
	if err != nil {
		return again, fmt.Errorf("compact the journal: %w", err)
	}
	return again, nil
}

func rewrite(path string, from *bbolt.DB) error {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	to, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	err = bbolt.Compact(to, from, 1<<20)
	if closed := to.Close(); err == nil {
		err = closed
	}
	return err
}
