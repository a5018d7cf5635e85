//go:build unix

package service

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockFile takes the lock or returns errLocked. flock and POSIX locks do not
// see each other on Linux; Python's filelock and portalocker use flock.
func lockFile(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	return nil
}
