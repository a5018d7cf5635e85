//go:build unix

package main

import (
	"os"
	"syscall"
)

// onlyOurs reports whether nobody but the user of this process can have written a
// file.
func onlyOurs(name string) bool {
	info, err := os.Lstat(name)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid() && info.Mode().Perm()&0o022 == 0
}
