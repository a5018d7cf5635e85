package scripts

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Files are the scripts with their guide, their declarations and samples.
//
//go:embed README.md *.js *.ts *.json lib samples
var Files embed.FS

// Write copies the files to a folder, which is made where it is missing, and
// says how many were written and how many were there. It never overwrites: what
// is there is somebody's work.
func Write(dir string) (written, kept int, err error) {
	err = fs.WalkDir(Files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if entry.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		content, err := fs.ReadFile(Files, path)
		if err != nil {
			return err
		}
		file, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if errors.Is(err, fs.ErrExist) {
			kept++
			return nil
		}
		if err != nil {
			return err
		}
		written++
		_, err = file.Write(content)
		return errors.Join(err, file.Close())
	})
	return written, kept, err
}
