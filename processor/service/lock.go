package service

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// lockWait is how long a lock that another process holds is waited for, as the
// original does.
const lockWait = time.Second

var errLocked = errors.New("locked")

// lockInstance makes this the only instance for its lock file, which is that of
// the original, so that the two do not run beside each other either:
// $APP_LOCK_FILE, else ~/.resilient/resilient_circuits_lockfile. The lock ends
// with the process, however it ends; unlock ends it before.
func lockInstance(ctx context.Context, getenv func(string) (string, bool)) (unlock func(), err error) {
	name, _ := getenv("APP_LOCK_FILE")
	if name == "" {
		home, _ := getenv("HOME")
		if home == "" {
			return nil, errors.New("no folder for the lock file: set APP_LOCK_FILE")
		}
		name = filepath.Join(home, ".resilient", "resilient_circuits_lockfile")
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return nil, fmt.Errorf("lock file: %w; set APP_LOCK_FILE to a file that can be written", err)
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock file: %w; set APP_LOCK_FILE to a file that can be written", err)
	}
	for end := time.Now().Add(lockWait); ; {
		err = lockFile(f)
		if !errors.Is(err, errLocked) || time.Now().After(end) || ctx.Err() != nil {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	if errors.Is(err, errLocked) {
		err = fmt.Errorf("another instance holds the lock %s; end it, or give this one a lock file of its own with APP_LOCK_FILE", name)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { f.Close() }, nil
}
