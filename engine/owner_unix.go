//go:build unix

package engine

import (
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// writtenByOthers reports whether somebody may have written a file who is neither
// root, nor the user of this process, nor of its group: Kubernetes gives the files of
// a volume to the group that it mounts it for.
func writtenByOthers(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true
	}
	groups, _ := os.Getgroups() // without them its own counts alone
	ours := int(stat.Gid) == os.Getegid() || slices.Contains(groups, int(stat.Gid))
	others := fs.FileMode(0o002)
	if !ours {
		others = 0o022
	}
	return int(stat.Uid) != os.Geteuid() && stat.Uid != 0 || info.Mode().Perm()&others != 0
}
