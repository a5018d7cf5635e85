package journal

import (
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// change is one caller's part of a transaction.
type change struct {
	apply func(buckets, time.Time) error
	done  chan error // size 1: the committer never waits for a caller; nil: nobody waits for it
}

// ErrClosed is returned for a change after Close.
var ErrClosed = errors.New("journal: closed")

// do hands the change to the committer and returns when it is on disk.
func (j *Journal) do(apply func(buckets, time.Time) error) error {
	c := change{apply: apply, done: make(chan error, 1)}
	if err := j.hand(c); err != nil {
		return err
	}
	return <-c.done
}

func (j *Journal) hand(c change) error {
	if err := j.failed(); err != nil {
		return err
	}
	select {
	case j.changes <- c:
		return nil
	case <-j.closing:
		return ErrClosed
	}
}

// maxGroup bounds how many changes share a transaction, so that the first of
// them does not wait for a queue that never ends.
const maxGroup = 256

// Where several callers waited for the last transaction, the next one gathers
// changes for twice the time that the last one took, within bounds: it costs the
// same two syncs for one change as for many, and what the syncs of the journal
// take from a slow disk the broker lacks. A lone call's changes follow each other,
// so it does not wait.
const (
	several   = 2
	minGather = 4 * time.Millisecond
	maxGather = 20 * time.Millisecond
)

// maxLate is how long a change for which nobody waits may be missing on disk.
const maxLate = time.Second

// commit runs until Close. Whatever has arrived while the last transaction was
// synced goes into the next one. Changes for which nobody waits come along with
// the others, in the order in which they came.
func (j *Journal) commit() {
	var (
		group   []change
		waiting int // callers that waited for the last transaction
		took    time.Duration
	)
	late := time.NewTimer(maxLate)
	late.Stop()
	for {
		select {
		case c := <-j.changes:
			group = append(group, c)
			if c.done == nil && len(group) < maxGroup {
				if len(group) == 1 {
					late.Reset(maxLate)
				}
				continue
			}
		case <-late.C:
		case <-j.closing:
			j.write(group)
			return
		}
		late.Stop()
		if waiting >= several {
			group = j.await(group, min(max(2*took, minGather), maxGather))
		} else {
			group = j.take(group)
		}
		start := time.Now()
		waiting = j.write(group)
		took = time.Since(start)
		group = nil
	}
}

// take adds what is there.
func (j *Journal) take(group []change) []change {
	for len(group) < maxGroup {
		select {
		case c := <-j.changes:
			group = append(group, c)
		default:
			return group
		}
	}
	return group
}

// await adds what comes during a time.
func (j *Journal) await(group []change, pause time.Duration) []change {
	enough := time.NewTimer(pause)
	defer enough.Stop()
	for len(group) < maxGroup {
		select {
		case c := <-j.changes:
			group = append(group, c)
		case <-enough.C:
			return group
		}
	}
	return group
}

// write carries out a group, and tells how many callers waited for it. A change
// that is refused does not spoil the others, since it writes nothing before it is
// refused; a transaction that fails fails for all.
func (j *Journal) write(group []change) (waiting int) {
	if len(group) == 0 {
		return 0
	}
	results := make([]error, len(group))
	err := j.guarded(func() error {
		return j.db.Update(func(tx *bbolt.Tx) error {
			b := buckets{tx.Bucket(openBucket), tx.Bucket(settledBucket), tx.Bucket(orderBucket)}
			now := time.Now().UTC()
			for i, c := range group {
				results[i] = c.apply(b, now)
			}
			return nil
		})
	})
	if err != nil {
		err = fmt.Errorf("journal: %w", err)
	}
	for i, c := range group {
		if err != nil {
			results[i] = err
		}
		switch {
		case c.done != nil:
			waiting++
			c.done <- results[i]
		case results[i] != nil:
			j.log.Warn("a change that nobody waits for is not in the journal", "error", results[i])
		}
	}
	return waiting
}
