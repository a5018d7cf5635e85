package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// past is what earlier processes have left.
type past struct {
	known  index
	boot   string // of the machine when the file was opened last; "" where that is not known
	clock  string // see bootTime, at the same time
	closed bool   // in order
	opened int64  // by its process, nanoseconds since 1970
	last   int64  // sign of life of that
}

// staleAfter is how long an open entry is kept that nothing happens to. A process
// that was killed between an acknowledgement and the journal leaves one behind,
// and so does a broker whose queue was emptied: those calls never come again.
const staleAfter = 7 * 24 * time.Hour

// asideMark is between the name of the journal and the time of its damage.
const asideMark = ".damaged-"

// takeOver reads the file, with or without damage, and finds out what is missing.
func (j *Journal) takeOver(keep int) (past, error) {
	p, err := readFile(j.path, keep)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if j.lost, err = j.forerunner(); err != nil {
			return p, err
		}
	case errors.Is(err, errDamaged):
		j.lost = true
		aside := j.path + asideMark + time.Now().UTC().Format("20060102T150405")
		if err := os.Rename(j.path, aside); err != nil {
			return p, fmt.Errorf("set the damaged journal aside: %w", err)
		}
		j.log.Error("journal is damaged: set aside, a new one begins with what stands before the damage; Slack is asked about calls that come again",
			"file", j.path, "aside", aside, "error", err)
	case errors.Is(err, errTorn), err == nil && !p.closed && (p.boot == "" || p.boot != bootID()):
		j.lost = true
		j.log.Warn("the end of the journal may be missing, as after a loss of power; Slack is asked about calls that come again", "file", j.path)
	case err != nil:
		return p, err
	}
	return p, nil
}

// readFile reads a file to its end, or to an error.
func readFile(path string, keep int) (past, error) {
	p := past{known: index{open: map[key]Entry{}, settled: map[key]struct{}{}, keep: keep}}
	f, err := os.Open(path)
	if err != nil {
		return p, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 64<<10)
	for {
		r, err := readRecord(in)
		switch {
		case errors.Is(err, io.EOF):
			return p, nil
		case err != nil:
			return p, err
		case r.kind == opened:
			p.boot, p.opened, p.clock = r.name, r.at, string(r.data)
		case r.kind != closed:
			if err := p.known.apply(r); err != nil {
				return p, fmt.Errorf("%w: a call %w", errDamaged, err)
			}
		}
		p.closed, p.last = r.kind == closed, max(p.last, r.at)
	}
}

// bboltName is what the journal of earlier versions is called, in the same folder.
const bboltName = "journal.db"

// forerunner says that there was a journal, although there is none: one that a
// process has set aside before it died, or that of an earlier version.
func (j *Journal) forerunner() (bool, error) {
	former := filepath.Join(filepath.Dir(j.path), bboltName)
	switch err := os.Rename(former, former+".old"); {
	case err == nil:
		j.log.Warn("the journal of an earlier version is not read: it has another name now, and a new journal begins; Slack is asked about calls that come again",
			"file", former, "aside", former+".old")
	case !errors.Is(err, os.ErrNotExist):
		return false, fmt.Errorf("set the journal of an earlier version aside: %w", err)
	}
	aside, _ := filepath.Glob(j.path + asideMark + "*")
	_, err := os.Stat(former + ".old")
	return len(aside) > 0 || err == nil, nil
}

// bootID tells one start of the machine from another, where the system does; "".
func bootID() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(id))
}

// bootTime is when this start of the machine was, by its clock as it is set now, where
// the system tells; "". It is another one as soon as the clock is set, and not while
// the clock is only made to go faster or slower: the stamps in the file then say how
// long ago something was.
func bootTime() string {
	stat, _ := os.ReadFile("/proc/stat")
	_, rest, _ := strings.Cut(string(stat), "\nbtime ")
	at, _, _ := strings.Cut(rest, "\n")
	return at
}
