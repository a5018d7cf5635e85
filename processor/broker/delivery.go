package broker

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-stomp/stomp/v3/frame"
)

// Delivery is one message handed out by the broker. Whoever receives it ends it
// with Settle, Ack or Abandon; until then it counts against the prefetch.
type Delivery struct {
	MessageID     string
	CorrelationID string // "" where the sender gave none
	ReplyTo       string // where the answer goes, exactly; "" where none is wanted
	Destination   string
	// Redelivered says that some consumer had it before. ActiveMQ forgets that
	// when it restarts: see MaybeRedelivered.
	Redelivered bool
	Timestamp   time.Time // of the sender; zero where there is none
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
	taken bool // settled, or being settled

	released bool // guarded by session.mu
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

// transactions says that answer and acknowledgement go into a transaction. With
// RabbitMQ they must not: on quorum queues a failover lost answers out of
// transactions that it had confirmed.
func (s *session) transactions() bool { return strings.HasPrefix(s.server, "ActiveMQ/") }

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

// Confirm asks the broker for an answer, so that Confirmed is not before the call.
// It costs a round trip and changes nothing: an empty transaction that is
// aborted. Errors: ErrConnectionLost, ctx's, *ServerError.
func (d *Delivery) Confirm(ctx context.Context) error {
	tx := d.session.nextID("tx")
	_, err := d.session.request(ctx,
		frame.New(frame.BEGIN, frame.Transaction, tx),
		frame.New(frame.ABORT, frame.Transaction, tx))
	return err
}

// MaybeRedelivered says that some consumer may have had the message before:
// RabbitMQ knows, ActiveMQ forgets it when it restarts. There everything that was
// sent before the connection was made is in question.
func (d *Delivery) MaybeRedelivered() bool {
	return d.Redelivered || !d.session.likeRabbitMQ() && d.Timestamp.Before(d.ConnectedAt)
}

// Status sends a status message to where the answer will go. It returns when the
// frame is on its way, and keeps body, which must not change any more: a status
// that is lost with the connection is not sent again. Without a ReplyTo it does
// nothing.
func (d *Delivery) Status(ctx context.Context, body []byte) error {
	if d.ReplyTo == "" {
		return nil
	}
	if err := d.session.post(ctx, d.reply(body)); err != nil {
		return err
	}
	d.session.count.statuses.Add(1)
	return nil
}

// Settle sends the answer, waits until the broker has it, acknowledges the call
// and waits for that to be confirmed. Without a ReplyTo it only acknowledges.
//
// On ActiveMQ both are one transaction, with the answer's receipt awaited before
// the ACK joins it: a COMMIT goes through although an answer in it was refused.
// On other brokers answer and ACK follow each other.
//
// Errors: ErrConnectionLost, at once when the connection that brought the
// delivery is gone (the broker hands the message out again; the answer may have
// arrived). *AnswerRefusedError when the broker refuses the answer; the call is
// then acknowledged without one. RabbitMQ ends the connection instead, so that
// the call comes again: whoever counts can Ack it then. Nor does RabbitMQ tell
// when a ReplyTo without /queue/ names a queue that does not exist. ctx's error
// when it ends: Settle may be tried again unless the ACK was sent, then further
// calls give ErrSettled. reply must not change after such an error.
func (d *Delivery) Settle(ctx context.Context, reply []byte) error {
	return d.finish(func() (acked bool, err error) { return d.settle(ctx, reply) })
}

// Ack acknowledges the call without an answer. Errors as in Settle.
func (d *Delivery) Ack(ctx context.Context) error {
	return d.finish(func() (acked bool, err error) { return d.acknowledge(ctx) })
}

// Abandon gives the delivery up: it stays unacknowledged, and the broker hands
// it out again when the connection ends. The end of Run does not wait for it.
func (d *Delivery) Abandon() {
	_ = d.finish(func() (bool, error) { return true, nil }) // settled already: nothing to give up
}

// finish lets one caller at a time settle, and none after the ACK is sent: a
// second one could hit another message.
func (d *Delivery) finish(settle func() (acked bool, err error)) error {
	d.mu.Lock()
	if d.taken {
		d.mu.Unlock()
		return ErrSettled
	}
	d.taken = true
	d.mu.Unlock()
	acked, err := settle()
	if acked || errors.Is(err, ErrConnectionLost) {
		d.session.release(d)
		if errors.Is(err, ErrConnectionLost) {
			d.reopen() // so that the next call says the same again
		}
		return err
	}
	d.reopen()
	return err
}

func (d *Delivery) reopen() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.taken = false
}

// reply is a SEND to the ReplyTo.
func (d *Delivery) reply(body []byte) *frame.Frame {
	f := frame.New(frame.SEND,
		frame.Destination, d.ReplyTo,
		frame.ContentLength, strconv.Itoa(len(body)),
		"persistent", "true") // without it the answer dies with the broker
	if d.CorrelationID != "" {
		f.Header.Add("correlation-id", d.CorrelationID)
	}
	f.Body = body
	return f
}

func (d *Delivery) settle(ctx context.Context, reply []byte) (acked bool, err error) {
	if d.ReplyTo == "" {
		return d.acknowledge(ctx)
	}
	s := d.session
	send := d.reply(reply)
	if !s.transactions() {
		if _, err := s.request(ctx, send); err != nil {
			return d.unanswered(ctx, err)
		}
		acked, err = d.acknowledge(ctx)
		if err == nil {
			s.count.settled.Add(1)
		}
		return acked, err
	}
	tx := s.nextID("tx")
	send.Header.Add(frame.Transaction, tx)
	// Also when ctx is over; on a dead connection the transaction has ended by itself.
	abort := func() {
		_ = s.post(context.WithoutCancel(ctx), frame.New(frame.ABORT, frame.Transaction, tx))
	}
	if posted, err := s.request(ctx, frame.New(frame.BEGIN, frame.Transaction, tx), send); err != nil {
		if posted {
			abort()
		}
		return d.unanswered(ctx, err)
	}
	acked, err = d.confirm(ctx,
		frame.New(frame.ACK, frame.Id, d.ack, frame.Transaction, tx),
		frame.New(frame.COMMIT, frame.Transaction, tx))
	if !acked {
		abort()
	}
	if err == nil {
		s.count.settled.Add(1)
	}
	return acked, err
}

// unanswered acknowledges a call whose answer the broker refused.
func (d *Delivery) unanswered(ctx context.Context, err error) (acked bool, _ error) {
	var refused *ServerError
	if !errors.As(err, &refused) || errors.Is(err, ErrConnectionLost) {
		return false, err
	}
	d.session.count.refused.Add(1)
	acked, err = d.acknowledge(ctx)
	return acked, &AnswerRefusedError{Destination: d.ReplyTo, Message: refused.Message, Acked: err == nil, Err: err}
}

func (d *Delivery) acknowledge(ctx context.Context) (acked bool, err error) {
	return d.confirm(ctx, frame.New(frame.ACK, frame.Id, d.ack))
}

// confirm sends the frames that acknowledge. A refusal means that broker and we
// disagree about what is held; only a new connection mends that, and it brings
// the message again.
func (d *Delivery) confirm(ctx context.Context, frames ...*frame.Frame) (acked bool, err error) {
	s := d.session
	acked, err = s.request(ctx, frames...)
	var refused *ServerError
	if errors.As(err, &refused) && !errors.Is(err, ErrConnectionLost) {
		s.end(refused)
		err = s.lost()
	}
	return acked, err
}

// hold counts a delivery that is handed out.
func (s *session) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held++
}

// release is the end of hold; it counts once for each delivery.
func (s *session) release(d *Delivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.released {
		return
	}
	d.released = true
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
