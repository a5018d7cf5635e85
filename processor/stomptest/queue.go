package stomptest

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-stomp/stomp/v3/frame"
)

// message is in a queue, or handed to a subscription and not acknowledged.
type message struct {
	seq         uint64 // its place in the queue
	id          string
	queue       string
	header      *frame.Header // the sender's, without what is the broker's own
	body        []byte
	redelivered bool
	deliveries  int
}

type queue struct {
	name    string
	ready   []*message // ready[head:] by seq
	head    int
	subs    []*subscription
	next    int // index in subs whose turn it is
	waiters []chan *message
}

func (q *queue) len() int { return len(q.ready) - q.head }

func (q *queue) push(m *message) { q.ready = append(q.ready, m) }

func (q *queue) pop() *message {
	m := q.ready[q.head]
	q.ready[q.head] = nil
	q.head++
	if q.head > 1024 && q.head*2 > len(q.ready) {
		q.ready = slices.Clone(q.ready[q.head:])
		q.head = 0
	}
	return m
}

// requeue puts messages back where they were.
func (q *queue) requeue(back []*message) {
	q.ready = append(q.ready[q.head:], back...)
	q.head = 0
	slices.SortFunc(q.ready, func(a, b *message) int {
		return int(int64(a.seq) - int64(b.seq))
	})
}

// queueName makes one name of "/queue/x", "/amq/queue/x" and "x".
func queueName(destination string) string {
	if name, ok := strings.CutPrefix(destination, "/amq/queue/"); ok {
		return name
	}
	return strings.TrimPrefix(destination, "/queue/")
}

func (s *Server) queue(name string) *queue {
	q := s.queues[name]
	if q == nil {
		q = &queue{name: name}
		s.queues[name] = q
	}
	return q
}

// brokers are the headers that a SEND carries for the broker and a MESSAGE gets
// from it.
var brokers = []string{
	frame.Destination, frame.Receipt, frame.MessageId,
	frame.Subscription, frame.Ack, "redelivered", frame.ContentLength,
}

// enqueue puts a new message into its queue and hands out what it can.
func (s *Server) enqueue(name string, header *frame.Header, body []byte) *message {
	s.lastID++
	m := &message{seq: s.lastID, id: s.messageID(), queue: name, header: &frame.Header{}, body: body}
	for i := range header.Len() {
		if k, v := header.GetAt(i); !slices.Contains(brokers, k) {
			m.header.Add(k, v)
		}
	}
	if _, ok := m.header.Contains("timestamp"); !ok && !s.likeRabbitMQ() {
		m.header.Add("timestamp", strconv.FormatInt(time.Now().UnixMilli(), 10))
	}
	q := s.queue(name)
	q.push(m)
	s.dispatch(q)
	return m
}

func (s *Server) messageID() string {
	s.lastID++
	return "ID:stomptest-" + strconv.FormatUint(s.lastID, 10)
}

// dispatch hands messages out: first to Receive calls, then to subscriptions in
// turn, each up to its prefetch.
func (s *Server) dispatch(q *queue) {
	for q.len() > 0 && len(q.waiters) > 0 {
		q.waiters[0] <- q.pop()
		q.waiters = q.waiters[1:]
	}
	for q.len() > 0 {
		sub := q.turn()
		if sub == nil {
			return
		}
		s.deliver(sub, q.pop())
	}
}

// turn is the next subscription that has room, nil when none has.
func (q *queue) turn() *subscription {
	for range q.subs {
		sub := q.subs[q.next%len(q.subs)]
		q.next = (q.next + 1) % len(q.subs)
		if len(sub.pending) < sub.prefetch {
			return sub
		}
	}
	return nil
}

// deliver sends a message to a subscription's connection.
func (s *Server) deliver(sub *subscription, m *message) {
	m.deliveries++
	if s.likeRabbitMQ() && m.deliveries > 1 {
		m.id = s.messageID()
	}
	f := frame.New(frame.MESSAGE,
		frame.Subscription, sub.id,
		frame.MessageId, m.id,
		frame.Destination, "/queue/"+m.queue,
		frame.ContentLength, strconv.Itoa(len(m.body)))
	if sub.mode != frame.AckAuto {
		s.lastID++
		ack := "ack-" + strconv.FormatUint(s.lastID, 10)
		f.Header.Add(frame.Ack, ack)
		sub.pending[ack] = m
		sub.order = append(sub.order, ack)
		sub.conn.acks[ack] = sub
	}
	if m.redelivered || s.likeRabbitMQ() {
		f.Header.Add("redelivered", strconv.FormatBool(m.redelivered))
	}
	f.Header.AddHeader(m.header)
	f.Body = m.body
	sub.conn.send(f)
}

// subscription is one SUBSCRIBE of a connection.
type subscription struct {
	conn     *conn
	id       string
	queue    *queue
	mode     string
	prefetch int
	pending  map[string]*message // by ack id
	order    []string            // ack ids as they were given, taken ones included
}

// take removes what an ack id settles: one message, or with mode client all up
// to it as well.
func (sub *subscription) take(ack string) []*message {
	var taken []*message
	remove := func(id string) {
		if m, ok := sub.pending[id]; ok {
			taken = append(taken, m)
			delete(sub.pending, id)
			delete(sub.conn.acks, id)
		}
	}
	if sub.mode == frame.AckClient {
		for _, id := range sub.order {
			remove(id)
			if id == ack {
				break
			}
		}
	} else {
		remove(ack)
	}
	if len(sub.order) > 2*len(sub.pending)+64 {
		sub.order = slices.DeleteFunc(sub.order, func(id string) bool {
			_, open := sub.pending[id]
			return !open
		})
	}
	return taken
}

// removeSub ends a subscription: what it holds goes back, marked as redelivered.
func (s *Server) removeSub(sub *subscription) {
	q := sub.queue
	if i := slices.Index(q.subs, sub); i >= 0 {
		q.subs = slices.Delete(q.subs, i, i+1)
		q.next = 0
	}
	var back []*message
	for ack, m := range sub.pending {
		m.redelivered = true
		back = append(back, m)
		delete(sub.conn.acks, ack)
	}
	clear(sub.pending)
	if len(back) > 0 {
		q.requeue(back)
	}
	s.dispatch(q)
}

// removeConn forgets a connection. It is safe to call twice.
func (s *Server) removeConn(c *conn) {
	if _, ok := s.conns[c]; !ok {
		return
	}
	delete(s.conns, c)
	for _, sub := range c.subs {
		// First all subscriptions leave, then messages go on: nothing is handed
		// to another subscription of the same dead connection.
		sub.queue.subs = slices.DeleteFunc(sub.queue.subs, func(o *subscription) bool { return o == sub })
	}
	for _, sub := range c.subs {
		s.removeSub(sub)
	}
}
