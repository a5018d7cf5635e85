package journal

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"
)

var errDamaged = errors.New("the file is damaged")

// asideMark is between the name of the journal and the time of its damage.
const asideMark = ".damaged-"

// setAside gives a damaged file another name, so that the next Open begins a new
// one.
func setAside(path string, why error, log *slog.Logger) error {
	aside := path + asideMark + time.Now().UTC().Format("20060102T150405")
	if err := os.Rename(path, aside); err != nil {
		return fmt.Errorf("set the damaged journal aside: %w", err)
	}
	log.Error("journal is damaged: set aside, a new one begins; Slack is asked about calls that come again",
		"file", path, "aside", aside, "error", why)
	return nil
}

// wasSetAside says that there is no journal because a process has set it aside
// while it used it.
func wasSetAside(path string) bool {
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return false
	}
	list, err := filepath.Glob(path + asideMark + "*")
	return err == nil && len(list) > 0
}

// faulty calls a function of bbolt's, which answers some kinds of damage with a
// panic or, where a page lies beyond the end of the file, with a memory fault:
// both are errDamaged.
func faulty(use func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errDamaged, r)
		}
	}()
	return use()
}

// guarded is for all use of an open file: damage can lie where opening did not
// look, or come while the file is open. The file is set aside then, and this and
// every further use is an error: the caller stops, and begins with a new journal
// when it opens it again.
func (j *Journal) guarded(use func() error) error {
	if err := j.failed(); err != nil {
		return err
	}
	err := faulty(use)
	if !errors.Is(err, errDamaged) {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.damage == nil {
		j.damage = errors.Join(err, setAside(j.path, err, j.log))
	}
	return j.damage
}

// failed is why the journal cannot be used any more, nil while it can.
func (j *Journal) failed() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.damage
}
