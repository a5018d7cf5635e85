package stomptest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-stomp/stomp/v3/frame"
)

// handle does what a frame asks for. Server.mu is held.
func (c *conn) handle(f *frame.Frame) {
	if !c.loggedIn {
		c.connect(f)
		return
	}
	refusal, ends := "", c.server.likeRabbitMQ()
	switch f.Command {
	case frame.SEND:
		refusal = c.sendFrame(f)
	case frame.SUBSCRIBE:
		refusal = c.subscribe(f)
	case frame.UNSUBSCRIBE:
		refusal = c.unsubscribe(f)
	case frame.ACK, frame.NACK:
		if !c.server.faults.LoseAcks {
			refusal = c.acknowledge(f)
		}
	case frame.DISCONNECT:
		c.ending = true
	default:
		refusal, ends = "Unexpected command "+f.Command, true
	}
	if refusal != "" {
		c.fail(f, refusal, ends)
		return
	}
	if id := f.Header.Get(frame.Receipt); id != "" && !c.server.swallows(f.Command) {
		c.send(frame.New(frame.RECEIPT, frame.ReceiptId, id))
	}
}

func (s *Server) swallows(command string) bool {
	return slices.Contains(s.faults.SwallowReceipts, command) || slices.Contains(s.faults.SwallowReceipts, "*")
}

func (c *conn) connect(f *frame.Frame) {
	s := c.server
	if f.Command != frame.CONNECT && f.Command != frame.STOMP {
		c.fail(f, "Not connected", true)
		return
	}
	s.logins++
	if s.faults.RefuseLogins != "" {
		c.fail(f, s.faults.RefuseLogins, true)
		return
	}
	if !slices.Contains(strings.Split(f.Header.Get(frame.AcceptVersion), ","), "1.2") {
		c.fail(f, "Supported protocol versions are 1.2", true)
		return
	}
	login := f.Header.Get(frame.Login)
	if pass, known := s.cfg.Users[login]; s.cfg.Users != nil && (!known || pass != f.Header.Get(frame.Passcode)) {
		c.fail(f, fmt.Sprintf("User name [%s] or password is invalid.", login), true)
		return
	}
	c.loggedIn = true
	beat := "0,0"
	if clientSends, clientWants, err := frame.ParseHeartBeat(f.Header.Get(frame.HeartBeat)); err == nil && !s.cfg.NoHeartBeats {
		c.sendEvery = clientWants
		c.readLimit = 2 * clientSends
		beat = fmt.Sprintf("%d,%d", clientWants/time.Millisecond, clientSends/time.Millisecond)
	}
	s.lastID++
	c.send(frame.New(frame.CONNECTED,
		frame.Version, "1.2",
		frame.Server, s.cfg.Server,
		frame.Session, "ID:stomptest-session-"+strconv.FormatUint(s.lastID, 10),
		frame.HeartBeat, beat))
}

func (c *conn) forbidden(queue string) string {
	if slices.Contains(c.server.cfg.Forbidden, queue) {
		return "User is not authorized for queue://" + queue
	}
	return ""
}

func (c *conn) sendFrame(f *frame.Frame) (refusal string) {
	destination, ok := f.Header.Contains(frame.Destination)
	if !ok {
		return "SEND without destination"
	}
	name := queueName(destination)
	refusal = c.forbidden(name)
	for _, refused := range c.server.faults.RefuseSend {
		if queueName(refused) == name {
			refusal = "SEND to " + name + " is refused"
		}
	}
	if refusal == "" {
		c.server.enqueue(name, f.Header, f.Body)
	}
	return refusal
}

func (c *conn) subscribe(f *frame.Frame) string {
	destination, ok := f.Header.Contains(frame.Destination)
	if !ok {
		return "SUBSCRIBE without destination"
	}
	id := f.Header.Get(frame.Id)
	if id == "" {
		return "SUBSCRIBE without id"
	}
	if c.subs[id] != nil {
		return "There already is a subscription for: " + id
	}
	name := queueName(destination)
	if refusal := c.forbidden(name); refusal != "" {
		return refusal
	}
	prefetch := math.MaxInt
	key := "activemq.prefetchSize"
	if c.server.likeRabbitMQ() {
		key = "prefetch-count"
	}
	if n, err := strconv.Atoi(f.Header.Get(key)); err == nil {
		prefetch = n
	}
	if f.Header.Get("selector") == "1=0" && !c.server.likeRabbitMQ() {
		prefetch = 0 // the one selector that is known: no message meets it
	}
	mode := f.Header.Get(frame.Ack)
	if mode == "" {
		mode = frame.AckAuto
	}
	sub := &subscription{
		conn: c, id: id, queue: c.server.queue(name), mode: mode,
		prefetch: prefetch, pending: map[string]*message{},
	}
	c.subs[id] = sub
	sub.queue.subs = append(sub.queue.subs, sub)
	c.server.dispatch(sub.queue)
	return ""
}

func (c *conn) unsubscribe(f *frame.Frame) string {
	id := f.Header.Get(frame.Id)
	sub := c.subs[id]
	if sub == nil {
		return "No subscription matched: " + id
	}
	delete(c.subs, id)
	c.server.removeSub(sub)
	return ""
}

// acknowledge settles a message for ACK and NACK.
func (c *conn) acknowledge(f *frame.Frame) string {
	ack := f.Header.Get(frame.Id)
	sub := c.acks[ack]
	if sub == nil {
		return "Unexpected " + f.Command + " received for message-id [" + ack + "]"
	}
	taken := sub.take(ack)
	if f.Command == frame.NACK {
		c.server.reject(taken, f.Header.Get("requeue") != "false")
	}
	c.server.dispatch(sub.queue)
	return ""
}

// reject does what the broker in question does with a NACK.
func (s *Server) reject(messages []*message, requeue bool) {
	for _, m := range messages {
		switch {
		case !s.likeRabbitMQ():
			s.enqueue("DLQ."+m.queue, m.header, m.body)
		case requeue:
			m.redelivered = true
			s.queue(m.queue).requeue([]*message{m})
		}
	}
}
