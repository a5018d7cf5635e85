package stomptest

import (
	"context"
	"slices"

	"github.com/go-stomp/stomp/v3/frame"
)

// Message is what Receive takes from a queue.
type Message struct {
	ID          string
	Queue       string
	Header      map[string]string // the sender's headers
	Body        []byte
	Redelivered bool // a client had it before
}

// Send puts a message into a queue, named with or without /queue/, as the
// platform does, and returns its message-id. On a closed server it does nothing
// and returns "".
func (s *Server) Send(queue string, header map[string]string, body []byte) string {
	h := &frame.Header{}
	for _, k := range sortedKeys(header) {
		h.Add(k, header[k])
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ""
	}
	return s.enqueue(queueName(queue), h, slices.Clone(body)).id
}

// Receive takes the next message from a queue and waits for one until ctx ends
// or the server closes. A message given to Receive is settled.
func (s *Server) Receive(ctx context.Context, queue string) (Message, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return Message{}, errClosed
	}
	q := s.queue(queueName(queue))
	if q.len() > 0 {
		m := q.pop()
		s.mu.Unlock()
		return m.export(), nil
	}
	got := make(chan *message, 1)
	q.waiters = append(q.waiters, got)
	s.mu.Unlock()
	for {
		s.mu.Lock()
		changed, closed := s.changed, s.closed
		s.mu.Unlock()
		if closed {
			return s.giveUp(q, got, errClosed)
		}
		select {
		case m := <-got:
			return m.export(), nil
		case <-ctx.Done():
			return s.giveUp(q, got, ctx.Err())
		case <-changed:
		}
	}
}

// giveUp ends a wait; a message that came at the last moment is not lost.
func (s *Server) giveUp(q *queue, got chan *message, err error) (Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case m := <-got:
		return m.export(), nil
	default:
	}
	q.waiters = slices.DeleteFunc(q.waiters, func(w chan *message) bool { return w == got })
	return Message{}, err
}

func (m *message) export() Message {
	h := make(map[string]string, m.header.Len())
	for i := range m.header.Len() {
		k, v := m.header.GetAt(i)
		if _, repeated := h[k]; !repeated {
			h[k] = v
		}
	}
	return Message{ID: m.id, Queue: m.queue, Header: h, Body: m.body, Redelivered: m.redelivered}
}

// Len is the number of messages in a queue that nobody holds.
func (s *Server) Len(queue string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue(queueName(queue)).len()
}

// Held is the number of messages of a queue that clients have and have not
// acknowledged.
func (s *Server) Held(queue string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, sub := range s.queue(queueName(queue)).subs {
		n += len(sub.pending)
	}
	return n
}

// Consumers is the number of subscriptions to a queue.
func (s *Server) Consumers(queue string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queue(queueName(queue)).subs)
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
