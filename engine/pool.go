package engine

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// idleTime is how long workers beyond the first one are kept without work. Each
// holds some 15 MB, and to start one again takes less than a tenth of this time.
const idleTime = time.Second

// slowTime is how long a worker may be at work before another one is started for
// who comes next. A render takes a millisecond; one that takes so long is about to
// cost its worker, and a script that is loaded must not keep a message waiting.
const slowTime = 100 * time.Millisecond

var errClosed = errors.New("the engine has ended")

// pool owns the workers. Those that run are as many as there is work for, and one
// where there is none.
type pool struct {
	start func(ctx context.Context) (*process, error)
	size  int // processes; one more where one is slow
	log   *slog.Logger

	ctx    context.Context // of starting workers
	cancel context.CancelFunc
	wg     sync.WaitGroup // of starting workers and of those that live

	mu       sync.Mutex
	idle     []*process // the one used last at the end
	total    int        // idle, handed out and starting
	starting int
	waiters  []chan handed
	shrink   *time.Timer
	closed   bool
}

type handed struct {
	p   *process
	err error
}

func newPool(size int, log *slog.Logger, start func(context.Context) (*process, error)) *pool {
	p := &pool{start: start, size: size, log: log}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// get hands out a worker that is ready, the one that was used last: its memory is
// warm, and those used least become old and are ended. Give it back with put or
// drop.
func (p *pool) get(ctx context.Context) (*process, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errClosed
	}
	for len(p.idle) > 0 {
		w := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		if w.dead() { // somebody else's doing
			p.retire(w)
			continue
		}
		w.slow.Reset(slowTime)
		p.mu.Unlock()
		return w, nil
	}
	turn := make(chan handed, 1)
	p.waiters = append(p.waiters, turn)
	if p.starting < len(p.waiters) {
		p.grow(p.size)
	}
	p.mu.Unlock()
	select {
	case h := <-turn:
		return h.p, h.err
	case <-ctx.Done():
	}
	p.mu.Lock()
	if i := slices.Index(p.waiters, turn); i >= 0 {
		p.waiters = slices.Delete(p.waiters, i, i+1)
	}
	p.mu.Unlock()
	select {
	case h := <-turn: // it came in the same moment
		if h.p != nil {
			p.put(h.p)
		}
	default:
	}
	return nil, ctx.Err()
}

// warm starts a worker for whoever comes first.
func (p *pool) warm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.grow(p.size)
}

// grow starts a worker if there are fewer than most. p.mu is held.
func (p *pool) grow(most int) {
	if p.closed || p.total >= most {
		return
	}
	p.total++
	p.starting++
	p.wg.Go(func() {
		w, err := p.start(p.ctx)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.starting--
		if err == nil {
			w.slow = time.AfterFunc(slowTime, p.expectLoss)
			p.wg.Add(1)
			p.hand(w)
			return
		}
		p.total--
		if !p.closed { // else it was ended while it started
			p.log.Error("a render worker does not start", "err", err)
		}
		if len(p.waiters) > 0 {
			p.waiters[0] <- handed{err: err}
			p.waiters = p.waiters[1:]
		}
	})
}

// hand gives a worker to who waits longest, or keeps it. p.mu is held.
func (p *pool) hand(w *process) {
	w.slow.Stop()
	if p.closed {
		p.retire(w)
		return
	}
	if len(p.waiters) > 0 {
		w.slow.Reset(slowTime)
		p.waiters[0] <- handed{p: w}
		p.waiters = p.waiters[1:]
		return
	}
	w.idle = time.Now()
	p.idle = append(p.idle, w)
	if len(p.idle) > 1 && p.shrink == nil {
		p.shrink = time.AfterFunc(idleTime, p.shrinkIdle)
	}
}

// expectLoss starts a worker in the place of one that is slow.
func (p *pool) expectLoss() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 && p.starting == 0 {
		p.grow(p.size + 1)
	}
}

// retire ends a worker that is not handed out, without waiting. p.mu is held.
func (p *pool) retire(w *process) {
	p.total--
	go func() {
		defer p.wg.Done()
		w.stop()
	}()
}

// put takes back a worker that can be used again.
func (p *pool) put(w *process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hand(w)
}

// drop takes back a worker that is dead or must not be used again.
func (p *pool) drop(w *process) {
	w.slow.Stop()
	w.end()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total--
	p.wg.Done()
	if len(p.idle) == 0 && p.starting <= len(p.waiters) { // one for all who wait, or who comes next
		p.grow(p.size)
	}
}

// shrinkIdle ends the workers that have had nothing to do, all but one.
func (p *pool) shrinkIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shrink = nil
	if p.closed {
		return
	}
	for len(p.idle) > 1 && time.Since(p.idle[0].idle) >= idleTime {
		w := p.idle[0]
		p.idle = p.idle[1:]
		p.retire(w)
	}
	if len(p.idle) > 1 {
		p.shrink = time.AfterFunc(idleTime-time.Since(p.idle[0].idle), p.shrinkIdle)
	}
}

// close ends all workers, and waits until those that are handed out have come
// back, which their time limit sees to.
func (p *pool) close() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		p.wg.Wait()
		return
	}
	p.closed = true
	p.cancel()
	if p.shrink != nil {
		p.shrink.Stop()
	}
	for _, w := range p.idle {
		p.retire(w)
	}
	p.idle = nil
	for _, turn := range p.waiters {
		turn <- handed{err: errClosed}
	}
	p.waiters = nil
	p.mu.Unlock()
	p.wg.Wait()
}
