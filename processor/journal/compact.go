package journal

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// compactOver is how much of a file may be over before it is written anew, in
// bytes, beside as much as lives in it. Ten thousand settled entries have 0.4 MB.
const compactOver = 8 << 20

// compact puts a short file in the place of one that has grown. Callers wait for
// that, as long as for some syncs. mu and syncing are held.
func (j *Journal) compact() {
	size, err := j.prepare()
	if err != nil {
		j.log.Warn("journal stays as large as it is", "file", j.path, "error", err)
		j.limit = j.size + compactOver
		return
	}
	if err := j.replace(size); err != nil {
		j.fail(err)
	}
}

// prepare writes a new file of what is known, on disk, beside the one in use. mu is
// held.
func (j *Journal) prepare() (size int64, err error) {
	b := j.known.appendTo(j.opening.appendTo(nil))
	size = int64(len(b))
	f, err := os.OpenFile(j.path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, err
	}
	_, err = f.Write(b)
	// A limit of file sizes that the journal would meet later shows here.
	err = errors.Join(err, f.Truncate(size+compactOver), f.Truncate(size), f.Sync(), f.Close())
	if err != nil {
		_ = os.Remove(f.Name()) // it is overwritten the next time
	}
	return size, err
}

// replace puts the new file in the place of the one in use, which is closed before,
// since Windows replaces no file that is open. After an error neither can be relied
// on. mu is held.
func (j *Journal) replace(size int64) error {
	if j.file != nil {
		_ = j.file.Close() // all that it has is in the new one
	}
	if err := errors.Join(os.Rename(j.path+".new", j.path), syncFolder(filepath.Dir(j.path))); err != nil {
		return err
	}
	f, err := os.OpenFile(j.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	j.file, j.size, j.limit = f, size, 2*size+compactOver
	return nil
}

// syncFolder brings a new name in a folder to the disk. Windows has nothing of the
// kind.
func syncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
