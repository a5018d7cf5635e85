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
	done  chan error // size 1: the committer never waits for a caller
}

// ErrClosed is returned for a change after Close.
var ErrClosed = errors.New("journal: closed")

// do hands the change to the committer and returns when it is on disk.
func (j *Journal) do(apply func(buckets, time.Time) error) error {
	c := change{apply: apply, done: make(chan error, 1)}
	select {
	case j.changes <- c:
		return <-c.done
	case <-j.closing:
		return ErrClosed
	}
}

// maxGroup bounds how many changes share a transaction, so that the first of
// them does not wait for a queue that never ends.
const maxGroup = 256

// Where the last transaction had at least busy changes, the next one waits for
// others during gather: a transaction costs the same two syncs for one change as
// for many, and in a burst nobody waits for a single change.
const (
	busy   = 4
	gather = 4 * time.Millisecond
)

// commit runs until Close. Whatever has arrived while the last transaction was
// synced goes into the next one: a lone change is not delayed, and many at once
// cost one sync.
func (j *Journal) commit() {
	pause := time.NewTimer(gather)
	defer pause.Stop()
	last := 0 // changes in the last transaction
	for {
		var group []change
		select {
		case c := <-j.changes:
			group = append(group, c)
		case <-j.closing:
			return
		}
		if last >= busy {
			group = j.await(group, pause)
		} else {
			group = j.take(group)
		}
		last = len(group)
		j.write(group)
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

// await adds what comes during gather.
func (j *Journal) await(group []change, pause *time.Timer) []change {
	pause.Reset(gather)
	for len(group) < maxGroup {
		select {
		case c := <-j.changes:
			group = append(group, c)
		case <-pause.C:
			return group
		}
	}
	return group
}

// write carries out a group. A change that is refused does not spoil the
// others, since it writes nothing before it is refused; a transaction that
// fails fails for all.
func (j *Journal) write(group []change) {
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
	for i, c := range group {
		if err != nil {
			c.done <- fmt.Errorf("journal: %w", err)
			continue
		}
		c.done <- results[i]
	}
}
