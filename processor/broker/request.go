package broker

import (
	"context"
	"strconv"
	"time"

	"github.com/go-stomp/stomp/v3/frame"
)

// wait is a request that waits for its receipt.
type wait struct {
	made   time.Time
	answer chan error // size 1: the reader never waits
}

// post hands frames to the writer, which keeps them together. After an error
// none of them is sent.
func (s *session) post(ctx context.Context, frames ...*frame.Frame) error {
	select {
	case <-s.dead:
		return s.lost()
	default:
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	select {
	case s.out <- frames:
		return nil
	case <-s.dead:
		return s.lost()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// request posts frames and waits for the receipt of the last. The error is a
// *ServerError where the broker refused that frame. ctx ends only the wait.
func (s *session) request(ctx context.Context, frames ...*frame.Frame) error {
	answer := make(chan error, 1)
	s.mu.Lock()
	s.lastID++
	id := "r" + strconv.FormatUint(s.lastID, 10)
	s.waits[id] = wait{time.Now(), answer}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.waits, id)
		s.mu.Unlock()
	}()
	frames[len(frames)-1].Header.Add(frame.Receipt, id)
	if err := s.post(ctx, frames...); err != nil {
		return err
	}
	limit := time.NewTimer(s.cfg.ReceiptTimeout)
	defer limit.Stop()
	select {
	case err := <-answer:
		return err
	case <-limit.C:
		s.end(errReceiptTimeout)
	case <-ctx.Done():
		return ctx.Err()
	case <-s.dead:
	}
	select {
	case err := <-answer: // it came before the end
		return err
	default:
		return s.lost()
	}
}

// answer gives a receipt, or the error in its place, to the request that waits.
// Late and unknown ones are nobody's.
func (s *session) answer(id string, err error) (known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, known := s.waits[id]
	if !known {
		return false
	}
	delete(s.waits, id)
	if w.made.After(s.confirmed) {
		s.confirmed = w.made
	}
	w.answer <- err
	return true
}
