//go:build unix

package engine

import (
	"io/fs"
	"os"
	"syscall"
)

// writtenByOthers reports whether another user than that of this process may have
// written a file.
func writtenByOthers(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int(stat.Uid) != os.Geteuid() || info.Mode().Perm()&0o022 != 0
}
