package stomptest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker/wire"
	"github.com/go-stomp/stomp/v3/frame"
)

// conn is one client. Its maps and its output are guarded by Server.mu; reading
// and writing run in two goroutines of serve.
type conn struct {
	server *Server
	nc     net.Conn // TLS where the server has it
	raw    net.Conn // the TCP connection

	loggedIn bool
	subs     map[string]*subscription // by subscription id
	acks     map[string]*subscription // by open ack id

	out     []*frame.Frame
	writing bool          // what was out
	written *sync.Cond    // of Server.mu: signalled when writing ends
	ending  bool          // close when out is written
	wake    chan struct{} // size 1: out is not empty, or ending
	done    chan struct{} // closed when reading has ended

	sendEvery time.Duration // agreed heart-beats to the client, 0: none
	readLimit time.Duration // silence of the client after which it is dropped, 0: none
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{
		server: s, nc: nc, raw: nc,
		subs: map[string]*subscription{}, acks: map[string]*subscription{},
		written: sync.NewCond(&s.mu), wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	if s.cfg.TLS != nil {
		c.nc = tls.Server(nc, s.cfg.TLS)
	}
	return c
}

// loginLimit is how long a client may take from the TCP connection to CONNECT.
const loginLimit = 10 * time.Second

// serve runs until the connection ends.
func (c *conn) serve() {
	var writing sync.WaitGroup
	writing.Go(c.write)
	c.read()
	close(c.done)
	writing.Wait()
	c.nc.Close()
	c.server.mu.Lock()
	c.server.removeConn(c)
	c.server.mu.Unlock()
}

// reset ends the connection with a TCP reset, as a cut would.
func (c *conn) reset() {
	if tcp, ok := c.raw.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.raw.Close()
}

func (c *conn) read() {
	in := wire.NewReader(c.input(), c.server.cfg.MaxFrame)
	c.raw.SetReadDeadline(time.Now().Add(loginLimit))
	for {
		f, err := in.Read()
		if tooLarge := (*wire.TooLargeError)(nil); errors.As(err, &tooLarge) {
			c.server.mu.Lock()
			c.fail(tooLarge.Frame, "The maximum data length was exceeded", true)
			c.server.mu.Unlock()
			return
		}
		if err != nil {
			return
		}
		c.server.mu.Lock()
		// A frame that was read before the connection was cut must not be handled
		// after: its subscription would take messages that nobody gets.
		_, open := c.server.conns[c]
		if f != nil && open && !c.ending {
			c.handle(f)
		}
		limit, ending := c.readLimit, c.ending || !open
		loggedIn := c.loggedIn
		c.server.mu.Unlock()
		if ending {
			return
		}
		switch {
		case !loggedIn:
		case limit > 0:
			c.raw.SetReadDeadline(time.Now().Add(limit))
		default:
			c.raw.SetReadDeadline(time.Time{})
		}
	}
}

// gate reads a connection unless the server is to leave its input alone.
type gate struct{ *conn }

func (g gate) Read(p []byte) (int, error) {
	n, err := g.nc.Read(p)
	for {
		f, changed := g.server.currentFaults()
		if !f.StopReading {
			return n, err
		}
		<-changed
		if g.server.isClosed() {
			return 0, errClosed
		}
	}
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// send queues a frame for the client. Server.mu is held.
func (c *conn) send(f *frame.Frame) {
	c.out = append(c.out, f)
	c.wakeUp()
}

func (c *conn) wakeUp() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *conn) write() {
	w := wire.NewWriter(c.nc)
	defer func() {
		c.server.mu.Lock()
		defer c.server.mu.Unlock()
		c.ending = true // whatever is read after that has no answer
		c.putDown()
	}()
	for {
		beat := c.nextBeat()
		select {
		case <-c.done:
			c.flushOut(w) // what an ERROR or a last RECEIPT says must still go out
			return
		case <-beat:
			if f, _ := c.server.currentFaults(); f.Silent {
				continue
			}
			if !c.put(w, nil) {
				c.raw.Close()
				return
			}
		case <-c.wake:
			if !c.flushOut(w) {
				c.raw.Close()
				return
			}
		}
	}
}

func (c *conn) nextBeat() <-chan time.Time {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if c.sendEvery == 0 {
		return nil
	}
	return time.After(c.sendEvery)
}

// flushOut writes all queued frames; false means that the client is gone.
func (c *conn) flushOut(w *wire.Writer) bool {
	for {
		faults, changed := c.server.currentFaults()
		if faults.Silent {
			select {
			case <-changed:
			case <-c.done:
				return false
			}
			if c.server.isClosed() {
				return false
			}
			continue
		}
		c.server.mu.Lock()
		batch := c.out
		c.out, c.writing = nil, true
		if len(batch) == 0 {
			c.putDown()
		}
		c.server.mu.Unlock()
		if len(batch) == 0 {
			return true
		}
		if faults.Delay > 0 {
			pause := time.NewTimer(faults.Delay)
			select {
			case <-pause.C:
			case <-c.done:
				pause.Stop()
			}
		}
		if !c.put(w, batch...) {
			return false
		}
	}
}

// put writes frames, nil for a heart-beat; false means that the client is gone.
// Each write has a time limit of its own: that of an earlier one has passed
// when a connection has been idle.
func (c *conn) put(w *wire.Writer, frames ...*frame.Frame) bool {
	c.raw.SetWriteDeadline(time.Now().Add(loginLimit))
	for _, f := range frames {
		if w.Write(f) != nil {
			return false
		}
	}
	return w.Flush() == nil
}

// fail answers a frame with an ERROR, which ends the connection where ends is
// set. RabbitMQ does not say which frame it means. Server.mu is held.
func (c *conn) fail(cause *frame.Frame, text string, ends bool) {
	f := frame.New(frame.ERROR, frame.Message, text, frame.ContentType, "text/plain")
	if !c.server.likeRabbitMQ() {
		if id := cause.Header.Get(frame.Receipt); id != "" {
			f.Header.Add(frame.ReceiptId, id)
		}
	}
	f.Body = fmt.Appendf(nil, "%s\n", text)
	c.send(f)
	if ends {
		c.ending = true
	}
}
