package journal

import (
	"fmt"
	"time"
)

// note takes over a change. mu is held.
func (j *Journal) note(id, what string, r record) error {
	if j.err != nil {
		return j.err
	}
	r.key, r.at = keyOf(id), time.Now().UnixNano()
	if e, _ := j.known.find(r.key); e.State == Settled && r.kind == settled {
		return nil
	}
	if err := j.known.apply(r); err != nil {
		return fmt.Errorf("journal: %.60q %w, cannot %s", id, err, what)
	}
	return j.write(r)
}

// maxBuffer is how much is kept for the next record, in bytes; most answers have
// less.
const maxBuffer = 64 << 10

// write hands a record to the kernel. What is known was changed before: after an
// error nobody is told it any more. mu is held.
func (j *Journal) write(r record) error {
	b := r.appendTo(j.buffer[:0])
	if j.buffer = b; cap(b) > maxBuffer {
		j.buffer = nil
	}
	if _, err := j.file.WriteAt(b, j.size); err != nil {
		_ = j.file.Truncate(j.size) // half a record would pass for what a loss of power leaves
		return j.fail(err)
	}
	j.size += int64(len(b))
	return nil
}

// fail ends the use of the journal, with the first error: a disk that has not kept
// one record promises nothing of the next, and after a sync that failed another one
// succeeds without what the kernel has dropped. The next Open writes and syncs
// everything anew. mu is held.
func (j *Journal) fail(err error) error {
	if j.err == nil {
		j.err = fmt.Errorf("journal: %w", err)
	}
	return j.err
}

// round is what one sync brings to the disk.
type round struct {
	waiting int           // callers; Journal.mu guards it
	done    chan struct{} // closed when err is there
	err     error
}

// gather is how long a round waits for more callers where the one before had
// several, so that it keeps no lone call: what syncs take from a disk, a broker on
// the same one lacks.
const gather = 5 * time.Millisecond

// join makes the caller one of the next round, which the first of them has to run.
// mu is held.
func (j *Journal) join() (r *round, first bool) {
	if first = j.next == nil; first {
		j.next = &round{done: make(chan struct{})}
	}
	j.next.waiting++
	return j.next, first
}

// run brings to the disk what all have written who have joined until it begins.
func (j *Journal) run(r *round) {
	j.syncing.Lock()
	defer j.syncing.Unlock()
	if j.several {
		time.Sleep(gather)
	}
	j.mu.Lock()
	j.next, j.several = nil, r.waiting > 1
	if j.err == nil && j.size > j.limit {
		j.compact()
	}
	file, err := j.file, j.err
	j.mu.Unlock()
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		j.mu.Lock()
		err = j.fail(err)
		j.mu.Unlock()
	}
	r.err = err
	close(r.done)
}
