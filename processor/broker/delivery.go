package broker

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-stomp/stomp/v3/frame"
)

// Delivery is one message handed out by the broker. Whoever receives it gives the
// answer with Answer, and ends it with Ack or Abandon; until then it counts against
// the prefetch.
type Delivery struct {
	MessageID     string
	CorrelationID string // "" where the sender gave none
	ReplyTo       string // where the answer goes, exactly; "" where none is wanted
	Destination   string
	// Redelivered says that some consumer had it before. ActiveMQ forgets that
	// when it restarts: see MaybeRedelivered.
	Redelivered bool
	// First says that no other consumer had it before, also where it comes again:
	// this one was the first to be handed it, and nobody beside it since then,
	// unless others take from the same queue.
	First     bool
	Timestamp time.Time // of the sender; zero where there is none
	// ConnectedAt is when the connection that brought it was made. A message
	// with an older Timestamp may have been handed out before that.
	ConnectedAt time.Time
	Body        []byte
	// Oversize is the size in bytes of a body over Config.MaxFrame, which is left
	// out; 0 for all others.
	Oversize int64

	header  *frame.Header
	ack     string
	session *session

	mu    sync.Mutex
	ended bool // acknowledged or abandoned
}

func newDelivery(s *session, f *frame.Frame, oversize int64) *Delivery {
	h := f.Header
	d := &Delivery{
		MessageID:     h.Get(frame.MessageId),
		CorrelationID: h.Get("correlation-id"),
		ReplyTo:       h.Get("reply-to"),
		Destination:   h.Get(frame.Destination),
		Redelivered:   h.Get("redelivered") == "true",
		ConnectedAt:   s.since,
		Body:          f.Body,
		Oversize:      oversize,
		header:        h,
		ack:           h.Get(frame.Ack),
		session:       s,
	}
	if ms, err := strconv.ParseInt(h.Get("timestamp"), 10, 64); err == nil && ms > 0 {
		d.Timestamp = time.UnixMilli(ms)
	}
	return d
}

// Header is the value of any header of the message, "" where it is missing.
func (d *Delivery) Header(name string) string { return d.header.Get(name) }

// Key identifies the call over redeliveries: the message-id, but on RabbitMQ,
// which gives a new one each time, the correlation-id where there is one.
func (d *Delivery) Key() string {
	if d.session.likeRabbitMQ() && d.CorrelationID != "" {
		return d.CorrelationID
	}
	return d.MessageID
}

func (s *session) likeRabbitMQ() bool { return strings.HasPrefix(s.server, "RabbitMQ/") }

// Lost is ErrConnectionLost, with its reason, when the connection that brought
// the delivery is gone, and nil while it lasts.
func (d *Delivery) Lost() error {
	select {
	case <-d.session.dead:
		return d.session.lost()
	default:
		return nil
	}
}

// OnLost calls f, in a goroutine of its own, when the connection that brought the
// delivery is lost, at once where it is lost already. stop is that of
// context.AfterFunc.
func (d *Delivery) OnLost(f func()) (stop func() bool) {
	return context.AfterFunc(d.session.life, f)
}

// Confirmed is a moment at which the broker is known to have still held the
// connection that brought the delivery, and with it to have left the delivery to
// us: when the latest request was made that it has answered. That something
// arrived would prove less: it may have lain in a buffer, ours while the process
// was stopped or a proxy's, since before the broker gave the connection up.
func (d *Delivery) Confirmed() time.Time {
	d.session.mu.Lock()
	defer d.session.mu.Unlock()
	return d.session.confirmed
}

// Confirm sends a status message and waits until the broker has it, so that
// Confirmed is not before the call. Errors: ErrConnectionLost, ctx's, *ServerError,
// and one for a delivery without a ReplyTo, of which nothing can be asked.
func (d *Delivery) Confirm(ctx context.Context, status []byte) error {
	if d.ReplyTo == "" {
		return errors.New("the call has no reply-to, so nothing can be asked of the broker for it")
	}
	d.session.count.statuses.Add(1)
	return d.session.request(ctx, d.send(status))
}

// MaybeRedelivered says that some consumer may have had the message before:
// RabbitMQ knows, ActiveMQ forgets it when it restarts. There everything that was
// sent before the connection was made is in question.
func (d *Delivery) MaybeRedelivered() bool {
	return d.Redelivered || !d.session.likeRabbitMQ() && d.Timestamp.Before(d.ConnectedAt)
}

// Status sends a status message to where the answer will go. It returns when the
// frame is on its way, and keeps body, which must not change any more. A status is
// lost with the connection, and with the broker. Without a ReplyTo it does nothing.
func (d *Delivery) Status(ctx context.Context, body []byte) error {
	if d.ReplyTo == "" {
		return nil
	}
	if err := d.session.post(ctx, d.send(body)); err != nil {
		return err
	}
	d.session.count.statuses.Add(1)
	return nil
}

// Answer sends the answer, after a last status if there is one, and waits until the
// broker has it on disk. Without a ReplyTo it does nothing.
//
// Errors: ErrConnectionLost, at once when the connection that brought the delivery
// is gone: the broker hands the message out again, and the answer may have arrived.
// *AnswerRefusedError when the broker refuses the answer. RabbitMQ ends the
// connection instead, so that the call comes again; nor does it tell when a ReplyTo
// without /queue/ names a queue that does not exist. ctx's error when it ends.
// Neither body may change any more.
func (d *Delivery) Answer(ctx context.Context, status, reply []byte) error {
	if d.ReplyTo == "" {
		return nil
	}
	var frames []*frame.Frame
	if status != nil {
		d.session.count.statuses.Add(1)
		frames = append(frames, d.send(status))
	}
	answer := d.send(reply)
	answer.Header.Add("persistent", "true") // without it the answer dies with the broker
	err := d.session.request(ctx, append(frames, answer)...)
	var refused *ServerError
	switch {
	case err == nil:
		d.session.count.settled.Add(1)
	case errors.As(err, &refused) && !errors.Is(err, ErrConnectionLost):
		d.session.count.refused.Add(1)
		return &AnswerRefusedError{Destination: d.ReplyTo, Message: refused.Message}
	}
	return err
}

// Ack acknowledges the call. It returns when the frame is on its way, before any
// DISCONNECT: one that is lost with the connection brings the message again. A
// refusal means that broker and we disagree about what is held, and ends the
// connection, which mends that. Errors: ErrConnectionLost, at once when the
// connection that brought the delivery is gone. ctx's error when it ends before:
// then Ack may be tried again. ErrSettled after the first.
func (d *Delivery) Ack(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ended {
		return ErrSettled
	}
	err := d.session.post(ctx, frame.New(frame.ACK, frame.Id, d.ack))
	if err == nil {
		d.session.first.acknowledged(d)
		d.end()
	}
	return err
}

// Abandon gives the delivery up, unless it is acknowledged: the broker hands it out
// again when the connection ends. The end of Run does not wait for it.
func (d *Delivery) Abandon() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.ended {
		d.end()
	}
}

func (d *Delivery) end() {
	d.ended = true
	d.session.release()
}

// send is a SEND to the ReplyTo. Without a content-length ActiveMQ hands it on as
// text, as it does what the original runtime sends, and not as bytes; only a NUL,
// which ends a frame, needs one. JSON has none.
func (d *Delivery) send(body []byte) *frame.Frame {
	f := frame.New(frame.SEND, frame.Destination, d.ReplyTo)
	if bytes.IndexByte(body, 0) >= 0 {
		f.Header.Add(frame.ContentLength, strconv.Itoa(len(body)))
	}
	if d.CorrelationID != "" {
		f.Header.Add("correlation-id", d.CorrelationID)
	}
	f.Body = body
	return f
}

// hold counts a delivery that is handed out.
func (s *session) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held++
}

// release is the end of hold.
func (s *session) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held--
	if s.held == 0 && s.idle != nil {
		close(s.idle)
		s.idle = nil
	}
}

// drained returns a channel that is closed when nothing is held any more.
func (s *session) drained() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	done := make(chan struct{})
	if s.held == 0 {
		close(done)
	} else {
		s.idle = done
	}
	return done
}
