package logs

import (
	"io"
	"sync"
	"time"
)

// outlet is one of the places that the log goes to. It writes in a goroutine of
// its own, so that nobody who logs waits for a pipe that is not read, or for a
// disk that hangs: lines wait in memory, and those that find no room are dropped
// and counted.
type outlet struct {
	name string
	w    io.Writer
	// tell is called, from the outlet's goroutine, when writing begins to fail, and
	// when all that waits is written after lines were lost.
	tell func(State)
	wake chan struct{} // of one: something waits, or the outlet is closed
	done chan struct{} // closed when nothing is written any more

	mu      sync.Mutex
	waiting [][]byte
	size    int // of what waits, in bytes
	closed  bool
	state   State
	told    uint64 // of the lost lines
}

// State is how one of the places fares that the log goes to.
type State struct {
	Name string
	// Lost counts the lines that are not there: they could not be written, or had
	// no room to wait in.
	Lost uint64
	// Err is why the last line could not be written, or the file not be rotated; nil
	// if all is well.
	Err error
}

const (
	maxWaiting = 1 << 20         // bytes of lines that wait for one outlet
	lastWords  = 2 * time.Second // how long Close waits for what is still to be written
)

func openOutlet(name string, w io.Writer, tell func(State)) *outlet {
	o := &outlet{name: name, w: w, tell: tell, wake: make(chan struct{}, 1), done: make(chan struct{})}
	o.state.Name = name
	go o.run()
	return o
}

// Write takes one line, and never waits or fails.
func (o *outlet) Write(line []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed { // only another outlet still has something to tell
		return len(line), nil
	}
	if o.size+len(line) > maxWaiting {
		o.state.Lost++
		return len(line), nil
	}
	o.size += len(line)
	o.waiting = append(o.waiting, append([]byte(nil), line...))
	o.signal()
	return len(line), nil
}

// signal wakes the goroutine; o.mu is held.
func (o *outlet) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

func (o *outlet) run() {
	defer close(o.done)
	for range o.wake {
		for line := o.next(); line != nil; line = o.next() {
			n, err := o.w.Write(line)
			o.wrote(n == len(line), err)
		}
		if o.ended() {
			return
		}
	}
}

// next takes the line that waits longest; nil if none does.
func (o *outlet) next() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.waiting) == 0 {
		return nil
	}
	line := o.waiting[0]
	o.waiting = o.waiting[1:]
	o.size -= len(line)
	return line
}

// ended reports whether the outlet is closed, and nothing waits.
func (o *outlet) ended() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closed && len(o.waiting) == 0
}

// wrote notes what became of a line. A rotation may fail where the line itself
// was written.
func (o *outlet) wrote(whole bool, err error) {
	o.mu.Lock()
	if !whole {
		o.state.Lost++
	}
	begins := err != nil && o.state.Err == nil
	caughtUp := err == nil && o.state.Lost > o.told && len(o.waiting) == 0
	if caughtUp {
		o.told = o.state.Lost
	}
	o.state.Err = err
	state := o.state
	o.mu.Unlock()
	if begins || caughtUp {
		o.tell(state)
	}
}

// State is how the outlet fares now.
func (o *outlet) State() State {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.state
}

// close waits for what is still to be written until the time is up, as whoever
// should read it may be the one who waits for this process to end. It reports whether
// all is written.
func (o *outlet) close(up <-chan time.Time) bool {
	o.mu.Lock()
	o.closed = true
	o.signal()
	o.mu.Unlock()
	select {
	case <-o.done:
		return true
	case <-up:
		return false
	}
}
