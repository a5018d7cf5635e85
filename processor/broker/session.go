package broker

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker/wire"
	"github.com/go-stomp/stomp/v3/frame"
)

// session is one connection, from CONNECTED to its end. Two goroutines read and
// write; requests wait for their receipts in the goroutines that make them.
type session struct {
	cfg    *Config
	addr   string
	conn   net.Conn // TLS, or tcp itself
	tcp    *limited
	in     *wire.Reader
	server string // server header of CONNECTED
	tls    string // version, "" for plain TCP
	since  time.Time
	beat   time.Duration // between our heart-beats, 0: none

	out    chan []*frame.Frame // groups of frames to write; the buffer lets writes gather
	unread *window             // what of it the broker may not have read yet
	inbox  chan *Delivery      // as many as the broker may have in flight, see onMessage
	first  *firsts             // the consumer's
	count  *counters
	work   sync.WaitGroup
	dead   chan struct{}   // closed by end
	life   context.Context // ends with the session, for those who want to be called then
	die    context.CancelFunc

	mu        sync.Mutex
	err       error           // why it is dead
	waits     map[string]wait // by receipt id
	confirmed time.Time       // when the latest request was made that the broker has answered
	lastID    uint64
	held      int           // deliveries handed out and not finished
	idle      chan struct{} // closed when held becomes 0, if not nil
}

// open dials, logs in and starts the session's goroutines.
func open(ctx context.Context, cfg *Config, addr string, maxTLS uint16, first *firsts, count *counters) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, cfg.DialTimeout)
	defer cancel()
	conn, tcp, err := dial(ctx, cfg, addr, maxTLS)
	if err != nil {
		return nil, err
	}
	return begin(ctx, cfg, addr, conn, tcp, first, count)
}

// begin is open for a connection that is there, until ctx ends.
func begin(ctx context.Context, cfg *Config, addr string, conn net.Conn, tcp *limited, first *firsts, count *counters) (*session, error) {
	s := &session{
		cfg: cfg, addr: addr, conn: conn, tcp: tcp, in: wire.NewReader(conn, cfg.MaxFrame), first: first, count: count,
		out:    make(chan []*frame.Frame, 64),
		unread: newWindow(),
		inbox:  make(chan *Delivery, 2*cfg.Prefetch+16),
		dead:   make(chan struct{}),
		waits:  map[string]wait{},
	}
	s.life, s.die = context.WithCancel(context.Background())
	stop := context.AfterFunc(ctx, func() { tcp.Close() })
	err := s.login()
	if !stop() || err != nil {
		s.die()
		tcp.Close()
		return nil, canceled(ctx, err)
	}
	s.since = time.Now()
	s.work.Go(s.read)
	s.work.Go(s.write)
	return s, nil
}

// login sends CONNECT and reads the answer.
func (s *session) login() error {
	f := frame.New(frame.CONNECT,
		frame.AcceptVersion, "1.2",
		frame.Host, s.cfg.Host,
		frame.HeartBeat, fmt.Sprintf("%d,%[1]d", s.cfg.HeartBeat.Milliseconds()))
	if s.cfg.Login != "" || s.cfg.Passcode != "" {
		f.Header.Add(frame.Login, s.cfg.Login)
		f.Header.Add(frame.Passcode, s.cfg.Passcode)
	}
	w := wire.NewWriter(s.conn)
	if err := errors.Join(w.Write(f), w.Flush()); err != nil {
		return &ConnectError{Addr: s.addr, Err: err}
	}
	var answer *frame.Frame
	for answer == nil {
		var err error
		if answer, err = s.in.Read(); err != nil {
			return &ConnectError{Addr: s.addr, Err: fmt.Errorf("no answer to CONNECT: %w", err)}
		}
	}
	switch {
	case answer.Command == frame.ERROR:
		e := serverError(answer)
		if needsTLS12(e) || strings.Contains(strings.ToLower(e.Message), "version") {
			return &ConnectError{Addr: s.addr, Err: e}
		}
		return &LoginError{Addr: s.addr, Login: s.cfg.Login, Message: e.Message}
	case answer.Command != frame.CONNECTED:
		return &ConnectError{Addr: s.addr, Err: fmt.Errorf("%s in answer to CONNECT", answer.Command)}
	case answer.Header.Get(frame.Version) != "1.2":
		return &ConnectError{Addr: s.addr, Err: fmt.Errorf("broker wants STOMP version %q", answer.Header.Get(frame.Version))}
	}
	s.server = answer.Header.Get(frame.Server)
	if t, ok := s.conn.(*tls.Conn); ok {
		s.tls = tls.VersionName(t.ConnectionState().Version)
	}
	s.agree(answer.Header.Get(frame.HeartBeat))
	return nil
}

// agree sets the limits that both sides' wishes for heart-beats give.
func (s *session) agree(answer string) {
	s.tcp.writeTimeout = s.cfg.WriteTimeout
	sends, wants, err := frame.ParseHeartBeat(answer)
	if err != nil || s.cfg.HeartBeat == 0 {
		return
	}
	if wants > 0 {
		// Half the interval, so that one late beat does no harm.
		s.beat = max(s.cfg.HeartBeat, wants) / 2
	}
	if sends > 0 {
		// ActiveMQ may be silent for two intervals on a healthy connection.
		s.tcp.readLimit = 3 * max(s.cfg.HeartBeat, sends)
	}
}

// subscribe asks for messages and waits until the broker confirms: a user that
// may not read the destination is noticed here.
func (s *session) subscribe(ctx context.Context, destination string, existing bool) error {
	asked := destination
	if existing {
		destination = "/amq/queue/" + strings.TrimPrefix(destination, "/queue/")
	}
	prefetch := strconv.Itoa(s.cfg.Prefetch)
	f := frame.New(frame.SUBSCRIBE,
		frame.Id, "fn-slack-"+strconv.FormatInt(s.since.UnixNano(), 36),
		frame.Destination, destination,
		frame.Ack, frame.AckClientIndividual,
		"activemq.prefetchSize", prefetch,
		"prefetch-count", prefetch) // RabbitMQ's name for it
	for k, v := range s.cfg.SubscribeHeaders {
		f.Header.Add(k, v)
	}
	err := s.request(ctx, f)
	if refused := (*ServerError)(nil); errors.As(err, &refused) && !needsTLS12(err) {
		return &SubscribeError{Addr: s.addr, Destination: asked, Message: refused.Message}
	}
	return err
}

// lateMessages is how long messages may come that the broker hands out in the place
// of those acknowledged last: ActiveMQ writes them in a thread of their own, and
// drops what it has not written when we leave, but marks it as redelivered too.
const lateMessages = 100 * time.Millisecond

// disconnect ends the session in order: what was sent before is processed when
// the receipt comes. Before that all is read that the broker has handed out, so that
// Config.Left is told of it.
func (s *session) disconnect(ctx context.Context) error {
	select {
	case <-time.After(lateMessages):
	case <-s.dead:
	}
	err := s.request(ctx, frame.New(frame.DISCONNECT))
	if err == nil {
		s.conn.Close() // with TLS it says goodbye; the connection is over either way
	}
	s.end(nil)
	return err
}

// end closes the connection for a reason; only the first one counts.
func (s *session) end(reason error) {
	s.mu.Lock()
	select {
	case <-s.dead:
	default:
		s.err = reason
		close(s.dead)
		s.die()
	}
	s.mu.Unlock()
	s.tcp.Close()
}

// wait returns when the session's goroutines have ended.
func (s *session) wait() { s.work.Wait() }

// lost is the error of everything that is asked of a dead session.
func (s *session) lost() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		return ErrConnectionLost
	}
	return fmt.Errorf("%w: %w", ErrConnectionLost, s.err)
}

// write sends what is posted, in one flush as much as there is, and heart-beats.
func (s *session) write() {
	w := wire.NewWriter(s.conn)
	var beats <-chan time.Time
	if s.beat > 0 {
		t := time.NewTicker(s.beat)
		defer t.Stop()
		beats = t.C
	}
	for {
		var err error
		select {
		case <-s.dead:
			return
		case <-beats:
			err = w.Write(nil)
		case group := <-s.out:
			err = s.gather(w, group, beats)
		}
		if err = cmp.Or(err, w.Flush()); err != nil {
			s.end(fmt.Errorf("write: %w", err))
			return
		}
	}
}

// gather writes a group and all that have come meanwhile.
func (s *session) gather(w *wire.Writer, group []*frame.Frame, beats <-chan time.Time) error {
	for {
		for _, f := range group {
			if !s.unread.admit(f) {
				if err := s.await(w, f, beats); err != nil {
					return err
				}
			}
			if err := w.Write(f); err != nil {
				return err
			}
		}
		select {
		case group = <-s.out:
		default:
			return nil
		}
	}
}

// await waits until the broker has read enough for a frame to follow.
func (s *session) await(w *wire.Writer, f *frame.Frame, beats <-chan time.Time) error {
	limit := time.NewTimer(s.cfg.ReceiptTimeout)
	defer limit.Stop()
	for !s.unread.admit(f) {
		if err := w.Flush(); err != nil {
			return err
		}
		select {
		case <-s.unread.moved:
		case <-beats:
			if err := w.Write(nil); err != nil {
				return err
			}
		case <-limit.C:
			return errReceiptTimeout
		case <-s.dead:
			return s.lost()
		}
	}
	return nil
}

// read handles frames until the connection ends. Nothing in it waits for the
// writer, for a consumer or for a caller: a broker that cannot write to us may stop
// reading, and what it has not read keeps the writer waiting.
func (s *session) read() {
	for {
		f, err := s.in.Read()
		var oversize int64
		if tooLarge := (*wire.TooLargeError)(nil); errors.As(err, &tooLarge) {
			f, oversize, err = tooLarge.Frame, tooLarge.Size, nil
		}
		if err == nil && f != nil {
			err = s.onFrame(f, oversize)
		}
		if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				err = fmt.Errorf("nothing heard from the broker for %s", s.tcp.readLimit)
			}
			s.end(err)
			return
		}
	}
}

// onFrame handles one frame; an error ends the session.
func (s *session) onFrame(f *frame.Frame, oversize int64) error {
	switch f.Command {
	case frame.MESSAGE:
		return s.onMessage(f, oversize)
	case frame.RECEIPT:
		s.unread.confirm(f.Header.Get(frame.ReceiptId))
		s.answer(f.Header.Get(frame.ReceiptId), nil)
		return nil
	case frame.ERROR:
		e := serverError(f)
		if id := f.Header.Get(frame.ReceiptId); id != "" && s.answer(id, e) {
			s.unread.confirm(id)
			return nil
		}
		// Nobody will act on it, so what the broker and we think is held may
		// differ: a new connection settles that.
		return e
	default:
		return fmt.Errorf("unexpected %s frame", f.Command)
	}
}

// onMessage queues a delivery. The broker may have sent as many as are held here
// and as many again whose acknowledgements are under way; a broker that sends
// more does not know the prefetch, and would fill the memory.
func (s *session) onMessage(f *frame.Frame, oversize int64) error {
	d := newDelivery(s, f, oversize)
	d.First = s.first.came(d)
	select {
	case s.inbox <- d:
		s.count.received.Add(1)
		if d.Redelivered {
			s.count.redelivered.Add(1)
		}
		return nil
	default:
		return fmt.Errorf("broker sent over %d messages at once with a prefetch of %d", cap(s.inbox), s.cfg.Prefetch)
	}
}

// maxMessage bounds what of an ERROR frame goes into our errors and logs.
const maxMessage = 500

// serverError is the first line of an ERROR frame's text.
func serverError(f *frame.Frame) *ServerError {
	text := strings.TrimSpace(f.Header.Get(frame.Message))
	body, _, _ := strings.Cut(strings.TrimSpace(string(f.Body[:min(len(f.Body), maxMessage)])), "\n")
	switch {
	case text == "":
		text = body
	case body != "" && !strings.Contains(body, text):
		text += " (" + body + ")"
	}
	text = strings.ToValidUTF8(text[:min(len(text), maxMessage)], "")
	return &ServerError{Message: cmp.Or(text, "ERROR without a text")}
}

// needsTLS12 recognises what ActiveMQ 5 answers in some TLS 1.3 sessions on
// stomp+nio+ssl, where it reads the CONNECT frame twice.
func needsTLS12(err error) bool {
	var e *ServerError
	return errors.As(err, &e) && strings.Contains(strings.ToLower(e.Message), "already connected")
}
