package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// defaultKeep is the number of settled entries that are kept when Config.Keep
// is 0. The original runtime kept 1,000 for an hour; a broker that comes back
// from its own crash can deliver anything again that was settled shortly before.
const defaultKeep = 10_000

// Config says where the journal lies.
type Config struct {
	Path string // the file; its folder is made when it is missing
	Keep int    // settled entries that are kept for redeliveries; 0 is 10,000
	Log  *slog.Logger

	// Resume is how long after the last sign of life of a process nobody else can
	// have done anything for the calls that it had taken: see [Entry].
	Resume time.Duration
}

// ErrClosed is returned for use after Close.
var ErrClosed = errors.New("journal: closed")

// file is what the journal needs of one; tests have one that fails.
type file interface {
	io.WriterAt
	Truncate(size int64) error
	Sync() error
	Close() error
}

// Journal is safe for use by many goroutines at once.
type Journal struct {
	path    string
	log     *slog.Logger
	lock    *flock.Flock // of a file beside, since the journal's is replaced
	opening record       // that every file begins with
	lost    bool
	close   func() error

	syncing sync.Mutex // held by who syncs; to be taken before mu
	several bool       // callers waited for the last sync

	mu     sync.Mutex
	err    error // why it cannot be used any more
	known  index
	file   file
	size   int64  // of file: the next record goes there
	limit  int64  // of size: the next sync writes it anew
	buffer []byte // for a record
	next   *round // of those that wait for a sync; nil: nobody does
}

// Open opens the journal or makes a new one. A file with damage is set aside under
// another name with a line in the log, and the new one has what stood before it:
// Slack is asked then where the journal would have known the rest. A file that
// another process holds open is an error.
func Open(cfg Config) (*Journal, error) {
	if err := os.MkdirAll(filepath.Dir(cfg.Path), 0o700); err != nil {
		return nil, fmt.Errorf("journal folder: %w", err)
	}
	if cfg.Keep == 0 {
		cfg.Keep = defaultKeep
	}
	j := &Journal{path: cfg.Path, log: cfg.Log, lock: flock.New(cfg.Path + ".lock")}
	j.close = sync.OnceValue(j.end)
	locked, err := j.lock.TryLock()
	if err == nil && !locked {
		err = errors.New("another process holds it open")
	}
	if err == nil {
		err = j.begin(cfg)
	}
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", j.path, errors.Join(err, j.lock.Unlock()))
	}
	return j, nil
}

// begin takes over what earlier processes have left, into a new file: nothing is
// ever written behind something torn, and what is stale or over is gone.
func (j *Journal) begin(cfg Config) error {
	past, err := j.takeOver(cfg.Keep)
	if err != nil {
		return err
	}
	now, clock := time.Now(), bootTime()
	known := !j.lost && past.boot == bootID() && past.clock == clock
	for k, e := range past.known.open {
		if now.Sub(e.Changed) > staleAfter {
			delete(past.known.open, k)
			continue
		}
		alive := moment(past.last)
		if e.Began.Before(moment(past.opened)) { // by a process before the former one, of which nothing else is known
			alive = e.Began
		}
		since := now.Sub(alive)
		if !known || since < 0 || since >= cfg.Resume {
			e.Asked = true
		} else if !e.Asked {
			e.Trusted = now.Add(cfg.Resume - since)
		}
		for _, at := range []*time.Time{&e.Began, &e.Changed} {
			if at.After(now) { // the clock was ahead, and the entry would stay until that time comes
				*at = now
			}
		}
		past.known.open[k] = e
	}
	j.known, j.opening = past.known, record{kind: opened, name: bootID(), at: time.Now().UnixNano(), data: []byte(clock)}
	size, err := j.prepare()
	if err != nil {
		return err
	}
	return j.replace(size)
}

// Lost reports whether something of the journal before is missing, because it was
// damaged or because the machine has lost power: an earlier process may have begun
// calls of which this one knows nothing.
func (j *Journal) Lost() bool { return j.lost }

// Find is the entry of a call that the journal has met.
func (j *Journal) Find(id string) (entry Entry, found bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.known.find(keyOf(id))
}

// Begin enters a call before anything is done for it; with asked, something may have
// been done for it already. fresh is false when the journal has met the call before:
// entry then says how far it came. The id may be any text. A process that is killed
// leaves it in the journal, a machine that loses power may not.
func (j *Journal) Begin(id string, asked bool) (entry Entry, fresh bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return Entry{}, false, j.err
	}
	entry, known := j.known.find(keyOf(id))
	kind := taken
	if asked {
		kind = began
	}
	if !known || asked && entry.State == Begun && !entry.Asked {
		err = j.note(id, "begin", record{kind: kind, name: id[:min(len(id), maxID)]})
		entry, _ = j.known.find(keyOf(id))
	}
	entry.ID = id
	return entry, !known, err
}

// Asked notes that something is about to be done for a call that was begun, which
// cannot be taken back. It is kept as Begin's entry is.
func (j *Journal) Asked(id string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.note(id, "be asked for", record{kind: began})
}

// maxID is far above the ids of brokers and of the platform, which have less than
// 200 bytes.
const maxID = 1024

// Step keeps the result of a step of a call that was begun: any JSON, which must
// not change any more. It is forgotten when the call is decided. It is kept as
// Begin's entry is.
func (j *Journal) Step(id, name string, result json.RawMessage) error {
	if !json.Valid(result) {
		return fmt.Errorf("journal: the result of step %s of %s is not JSON", name, id)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.note(id, "take a step", record{kind: stepped, name: name, data: result})
}

// Decided keeps the answer of a call that was begun, which must not change any
// more. It is on disk when Decided returns; those who wait for that share a sync.
func (j *Journal) Decided(id string, reply []byte) error {
	j.mu.Lock()
	if err := j.note(id, "be decided", record{kind: decided, data: reply}); err != nil {
		j.mu.Unlock()
		return err
	}
	r, first := j.join()
	j.mu.Unlock()
	if first {
		j.run(r)
	}
	<-r.done
	return r.err
}

// Settled notes that the broker has the answer, before the call is acknowledged. A
// call that is settled already stays so. It is kept as Begin's entry is: after a
// loss of power the call may be answered twice.
func (j *Journal) Settled(id string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.note(id, "be settled", record{kind: settled})
}

// Unsettled lists the calls that are begun or decided, by id; one of more than 1,024
// bytes is cut.
func (j *Journal) Unsettled() ([]Entry, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return nil, j.err
	}
	return slices.SortedFunc(maps.Values(j.known.open), func(a, b Entry) int { return strings.Compare(a.ID, b.ID) }), nil
}

// Close closes the file. After it, or after an error of the disk, every use is an
// error.
func (j *Journal) Close() error { return j.close() }

func (j *Journal) end() error {
	j.syncing.Lock()
	j.mu.Lock()
	var err error
	if j.err == nil {
		if err = j.write(record{kind: closed, at: time.Now().UnixNano()}); err == nil {
			err = j.file.Sync()
		}
		j.err = ErrClosed
	}
	err = errors.Join(err, j.file.Close())
	j.mu.Unlock()
	j.syncing.Unlock()
	return errors.Join(err, j.lock.Unlock())
}
