package parts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// StateDir is where the journal and the last good scripts are kept: as
// configured, or beside the original's files. It may not exist yet.
func (m Maker) StateDir() (string, error) {
	if m.Settings.Slack.StateDir != "" {
		return m.Settings.Slack.StateDir, nil
	}
	home, _ := m.Getenv("HOME")
	if home == "" {
		return "", errors.New("no folder for the journal: set state_dir in [fn_slack]")
	}
	return filepath.Join(home, ".resilient", "fn-slack"), nil
}

// TryStateDir makes a state folder where it is missing, and tries to write a
// file there.
func TryStateDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("state_dir: %w", err)
	}
	f, err := os.CreateTemp(dir, ".try-*")
	if err != nil {
		return fmt.Errorf("state_dir: %w", err)
	}
	_, err = f.Write(make([]byte, 4096)) // a full disk shows here
	err = errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
	if err != nil {
		return fmt.Errorf("state_dir %s: %w", filepath.Dir(f.Name()), err)
	}
	return nil
}
