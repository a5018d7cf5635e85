package stomptest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// Names for Config.Server.
const (
	LikeActiveMQ = "ActiveMQ/5.17.2"
	LikeRabbitMQ = "RabbitMQ/3.10.8"
)

// Config of a Server. The zero value is a broker on a free loopback port that
// lets everybody in.
type Config struct {
	// Addr to listen on; "" is 127.0.0.1:0.
	Addr string
	// TLS, if not nil, is the server's side of TLS on Addr.
	TLS *tls.Config
	// Users are logins and their passcodes; nil lets everybody in.
	Users map[string]string
	// Server is the server header of CONNECTED; "" is the stand-in's own name.
	// A name that begins with RabbitMQ/ makes it behave like that broker: a new
	// message-id and redelivered:true or false on each delivery, NACK requeues,
	// an ERROR ends the connection.
	// Otherwise it behaves like ActiveMQ.
	Server string
	// NoHeartBeats makes the server agree to none; otherwise it agrees to what
	// the client wants.
	NoHeartBeats bool
	// Forbidden are queues that no client may subscribe to or send to.
	Forbidden []string
	// MaxFrame bounds the body of a frame from a client in bytes; 0 is 32 MiB.
	MaxFrame int
	// ReceiveBuffer, if not 0, makes it a server that reads nothing while it has
	// something to write, which Faults.Delay draws out. More bytes than this of one
	// client that are not read then break the connection. That is how it ends with a
	// real broker whose receive buffer is full: its kernel drops what the client sends,
	// the acknowledgements of what is written to it included.
	ReceiveBuffer int
	// Faults from the start; see SetFaults.
	Faults Faults
}

// Faults are what is wrong with a Server at the moment.
type Faults struct {
	// RefuseLogins answers every CONNECT with this ERROR message, if not empty.
	RefuseLogins string
	// SwallowReceipts drops the RECEIPT frames of these commands ("SEND",
	// "SUBSCRIBE", ...); "*" drops all.
	SwallowReceipts []string
	// LoseAcks does nothing on an ACK, as if it had got lost.
	LoseAcks bool
	// RefuseSend answers a SEND to one of these queues with an ERROR.
	RefuseSend []string
	// Delay is waited before each batch of frames to a client.
	Delay time.Duration
	// StopReading leaves what clients send unread, so that their writes jam.
	StopReading bool
	// Silent sends clients nothing, neither frames nor heart-beats.
	Silent bool
}

// Server is a running broker. All methods may be called from any goroutine.
type Server struct {
	cfg      Config
	listener net.Listener
	work     sync.WaitGroup

	mu      sync.Mutex // guards all below and the state of queues and sessions
	queues  map[string]*queue
	conns   map[*conn]struct{}
	faults  Faults
	changed chan struct{} // closed and replaced when faults change or the server closes
	closed  bool
	lastID  uint64
	logins  int
}

// Start begins to listen. The caller closes the server.
func Start(cfg Config) (*Server, error) {
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1:0"
	}
	if cfg.Server == "" {
		cfg.Server = "fn-slack-stomptest/1.0"
	}
	if cfg.MaxFrame == 0 {
		cfg.MaxFrame = 32 << 20
	}
	l, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("stand-in broker: %w", err)
	}
	s := &Server{
		cfg: cfg, listener: l, faults: cfg.Faults,
		queues: map[string]*queue{}, conns: map[*conn]struct{}{}, changed: make(chan struct{}),
	}
	s.work.Go(s.accept)
	return s, nil
}

// Addr is host:port of the server.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close ends the listener and all connections and waits for their goroutines.
// Receive calls that wait return errClosed.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.changed)
	s.mu.Unlock()
	err := s.listener.Close()
	s.CutConnections()
	s.work.Wait()
	return err
}

// errClosed is returned by calls on a closed Server.
var errClosed = errors.New("stand-in broker is closed")

// SetFaults replaces the faults. They hold for open connections too.
func (s *Server) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
	if !s.closed {
		close(s.changed)
		s.changed = make(chan struct{})
	}
}

// currentFaults also returns the channel that is closed when they change.
func (s *Server) currentFaults() (Faults, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults, s.changed
}

// CutConnections resets all connections and returns how many they were. What
// their clients had not acknowledged is back in its queues when it returns.
func (s *Server) CutConnections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.conns)
	for c := range s.conns {
		c.reset()
		s.removeConn(c)
	}
	return n
}

// connections is the number of open connections, logged in or not.
func (s *Server) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Logins counts the CONNECT frames so far, refused ones included.
func (s *Server) Logins() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logins
}

func (s *Server) likeRabbitMQ() bool { return strings.HasPrefix(s.cfg.Server, "RabbitMQ/") }

func (s *Server) accept() {
	for {
		nc, err := s.listener.Accept()
		if err != nil {
			return // only Close ends the listener
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			nc.Close()
			return
		}
		c := newConn(s, nc)
		s.conns[c] = struct{}{}
		s.mu.Unlock()
		s.work.Go(c.serve)
	}
}
