package journal

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// State says how far a call has come.
type State string

const (
	Begun   State = "begun"   // taken from the broker; the message may have been posted
	Decided State = "decided" // the answer is known
	Settled State = "settled" // the broker has the answer and the acknowledgement
)

// Entry is what the journal knows of one call.
type Entry struct {
	ID      string    `json:"id"`
	State   State     `json:"state"`
	Began   time.Time `json:"began"`
	Changed time.Time `json:"changed"`
	Reply   []byte    `json:"reply,omitempty"` // the answer, while Decided

	// Steps are the results of the steps that are done, by their names, while Begun.
	Steps map[string]json.RawMessage `json:"steps,omitempty"`
}

// defaultKeep is the number of settled entries that are kept when Config.Keep
// is 0. The original runtime kept 1,000 for an hour; a broker that comes back
// from its own crash can deliver anything again that was settled shortly before.
const defaultKeep = 10_000

// Config says where the journal lies.
type Config struct {
	Path string // the file; its folder is made when it is missing
	Keep int    // settled entries that are kept for redeliveries; 0 is 10,000
	Log  *slog.Logger
}

// The buckets: open entries by id, settled ones by id, and the ids of settled
// ones in the order in which they were settled, to forget the oldest first.
var (
	openBucket    = []byte("open")
	settledBucket = []byte("settled")
	orderBucket   = []byte("order")
)

// Journal is safe for use by many goroutines at once.
type Journal struct {
	db      *bbolt.DB
	path    string
	log     *slog.Logger
	lost    bool
	keep    int
	changes chan change
	closing chan struct{}
	close   func() error

	mu     sync.Mutex
	damage error // why it cannot be used any more
}

// Open opens the journal or makes a new one. A file that bbolt cannot read, or
// whose pages contradict each other, is set aside under another name with a
// line in the log, and a new journal begins: Slack is asked then where the
// journal would have known. A file that another process holds open is an error.
func Open(cfg Config) (*Journal, error) {
	if err := os.MkdirAll(filepath.Dir(cfg.Path), 0o700); err != nil {
		return nil, fmt.Errorf("journal folder: %w", err)
	}
	lost := wasSetAside(cfg.Path)
	db, err := openFile(cfg.Path)
	if errors.Is(err, errDamaged) {
		lost = true
		if err := setAside(cfg.Path, err, cfg.Log); err != nil {
			return nil, err
		}
		db, err = openFile(cfg.Path)
	}
	if err != nil {
		return nil, err
	}
	if wasteful(db) {
		if db, err = compact(db); db == nil {
			return nil, err
		}
		if err != nil {
			cfg.Log.Warn("journal stays as large as it is", "file", cfg.Path, "error", err)
		}
	}
	if cfg.Keep == 0 {
		cfg.Keep = defaultKeep
	}
	j := &Journal{db: db, path: cfg.Path, log: cfg.Log, lost: lost, keep: cfg.Keep, changes: make(chan change), closing: make(chan struct{})}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		j.commit()
	}()
	j.close = sync.OnceValue(func() error {
		close(j.closing)
		<-ended
		if j.failed() != nil {
			return nil // bbolt may wait for ever on a lock that its panic has left
		}
		return j.db.Close()
	})
	return j, nil
}

// openFile opens one file, reads it through and forgets what is stale. (bbolt's own checker runs in a
// goroutine of its own, where its panics could not be caught.)
func openFile(path string) (*bbolt.DB, error) {
	var db *bbolt.DB
	err := faulty(func() (err error) {
		db, err = openAndRead(path)
		return err
	})
	if err != nil && db != nil {
		db.Close()
		db = nil
	}
	return db, err
}

func openAndRead(path string) (db *bbolt.DB, err error) {
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("journal %s: another process holds it open: %w", path, err)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, fmt.Errorf("journal %s: %w: %w", path, errDamaged, err)
	case err != nil:
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	if err := db.Update(makeBuckets); err != nil {
		return db, fmt.Errorf("journal %s: %w", path, err)
	}
	if err := db.View(readThrough); err != nil {
		return db, fmt.Errorf("journal %s: %w: %w", path, errDamaged, err)
	}
	if err := db.Update(forgetStale(time.Now().Add(-staleAfter))); err != nil {
		return db, fmt.Errorf("journal %s: %w", path, err)
	}
	return db, nil
}

func makeBuckets(tx *bbolt.Tx) error {
	for _, name := range [][]byte{openBucket, settledBucket, orderBucket} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return nil
}

func readThrough(tx *bbolt.Tx) error {
	for _, name := range [][]byte{openBucket, settledBucket} {
		err := tx.Bucket(name).ForEach(func(id, v []byte) error {
			_, err := decodeEntry(id, v)
			return err
		})
		if err != nil {
			return err
		}
	}
	return tx.Bucket(orderBucket).ForEach(func(k, _ []byte) error {
		if len(k) != 8 {
			return fmt.Errorf("key %x of the order is not a number", k)
		}
		return nil
	})
}

// staleAfter is how long an open entry is kept that nothing happens to. A process
// that was killed between an acknowledgement and the journal leaves one behind,
// and so does a broker whose queue was emptied: those calls never come again.
const staleAfter = 7 * 24 * time.Hour

func forgetStale(before time.Time) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error {
		open := tx.Bucket(openBucket)
		var stale [][]byte
		err := open.ForEach(func(id, v []byte) error {
			e, err := decodeEntry(id, v)
			if err == nil && e.Changed.Before(before) {
				stale = append(stale, []byte(e.ID))
			}
			return err
		})
		for _, id := range stale {
			err = errors.Join(err, open.Delete(id))
		}
		return err
	}
}

// Lost reports whether the journal before was damaged and set aside: this one
// knows nothing of calls that an earlier process has begun.
func (j *Journal) Lost() bool { return j.lost }

// Close waits for the changes in hand and closes the file.
func (j *Journal) Close() error { return j.close() }

// Begin enters a call before anything is done for it. fresh is false when the
// journal has met the call before: entry then says how far it came. The id may be
// any text.
func (j *Journal) Begin(id string) (entry Entry, fresh bool, err error) {
	err = j.do(func(b buckets, now time.Time) error {
		var found bool
		if entry, found, err = b.find(id); err != nil || found {
			fresh = false
			return err
		}
		entry, fresh = Entry{ID: id, State: Begun, Began: now, Changed: now}, true
		return b.putOpen(entry)
	})
	return entry, fresh, err
}

// Step keeps the result of a step of a call that was begun: any JSON. It is
// forgotten when the call is decided.
func (j *Journal) Step(id, name string, result json.RawMessage) error {
	if !json.Valid(result) {
		return fmt.Errorf("journal: the result of step %s of %s is not JSON", name, id)
	}
	return j.do(func(b buckets, now time.Time) error {
		entry, found, err := b.find(id)
		if err != nil {
			return err
		}
		if !found || entry.State != Begun {
			return fmt.Errorf("journal: %s is %s, cannot take a step", id, stateOrUnknown(entry, found))
		}
		if entry.Steps == nil {
			entry.Steps = map[string]json.RawMessage{}
		}
		entry.Steps[name], entry.Changed = result, now
		return b.putOpen(entry)
	})
}

// Decided keeps the answer of a call that was begun.
func (j *Journal) Decided(id string, reply []byte) error {
	return j.do(func(b buckets, now time.Time) error {
		entry, found, err := b.find(id)
		if err != nil {
			return err
		}
		if !found || entry.State != Begun {
			return fmt.Errorf("journal: %s is %s, cannot be decided", id, stateOrUnknown(entry, found))
		}
		entry.State, entry.Changed, entry.Reply = Decided, now, reply
		return b.putOpen(entry)
	})
}

// Settled notes that the broker has confirmed answer and acknowledgement. A
// call that is settled already stays so. It does not wait until that is on disk
// (but for a transaction that is under way), since nobody goes by it before the
// broker forgets what it has confirmed: a process that is killed within the second
// that it may take, or a disk that is full, leaves the call decided. What keeps it
// out of the journal goes to the log.
func (j *Journal) Settled(id string) error {
	return j.hand(change{apply: func(b buckets, now time.Time) error {
		entry, found, err := b.find(id)
		if err != nil || entry.State == Settled {
			return err
		}
		if !found || entry.State != Decided {
			return fmt.Errorf("journal: %s is %s, cannot be settled", id, stateOrUnknown(entry, found))
		}
		entry.State, entry.Changed, entry.Reply = Settled, now, nil // nobody asks for the answer any more
		return b.putSettled(entry, j.keep)
	}})
}

// Unsettled lists the calls that are begun or decided, by id; an id that is longer
// than a key may be is given as its key.
func (j *Journal) Unsettled() ([]Entry, error) {
	var list []Entry
	err := j.guarded(func() error {
		return j.db.View(func(tx *bbolt.Tx) error {
			return tx.Bucket(openBucket).ForEach(func(id, v []byte) error {
				e, err := decodeEntry(id, v)
				list = append(list, e)
				return err
			})
		})
	})
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	return list, nil
}

func stateOrUnknown(e Entry, found bool) State {
	if !found {
		return "unknown"
	}
	return e.State
}

// buckets are those of one transaction.
type buckets struct{ open, settled, order *bbolt.Bucket }

func (b buckets) find(id string) (Entry, bool, error) {
	v := b.open.Get(key(id))
	if v == nil {
		v = b.settled.Get(key(id))
	}
	if v == nil {
		return Entry{}, false, nil
	}
	e, err := decodeEntry([]byte(id), v)
	if err != nil {
		return Entry{}, false, fmt.Errorf("journal: %w", err)
	}
	return e, true, nil
}

func (b buckets) putOpen(e Entry) error {
	return b.open.Put(key(e.ID), e.encode())
}

func (b buckets) putSettled(e Entry, keep int) error {
	seq, err := b.order.NextSequence()
	if err != nil {
		return err
	}
	if err := errors.Join(
		b.open.Delete(key(e.ID)),
		b.settled.Put(key(e.ID), e.encode()),
		b.order.Put(binary.BigEndian.AppendUint64(nil, seq), key(e.ID)),
	); err != nil {
		return err
	}
	return b.forget(seq, keep)
}

// forget deletes the settled entries beyond the newest keep.
func (b buckets) forget(newest uint64, keep int) error {
	c := b.order.Cursor()
	for k, id := c.First(); k != nil && binary.BigEndian.Uint64(k)+uint64(keep) <= newest; k, id = c.First() {
		if err := errors.Join(b.settled.Delete(id), c.Delete()); err != nil {
			return err
		}
	}
	return nil
}
