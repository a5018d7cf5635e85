package stomptest

import (
	"fmt"
	"net"
	"sync"
	"time"
)

// ProxyMode is what a Proxy does with traffic.
type ProxyMode int

const (
	// Pass copies both ways.
	Pass ProxyMode = iota
	// BlackHole accepts connections and passes nothing on in either direction,
	// not even their end, as a firewall that drops packets. What was held back
	// passes when the mode changes, as TCP would send it again.
	BlackHole
	// Refuse closes the listening port: new connections are refused. Open ones
	// go on.
	Refuse
)

// Proxy is a TCP proxy with faults in front of a server. All methods may be
// called from any goroutine.
type Proxy struct {
	target string
	addr   string
	work   sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener // nil while refusing
	mode     ProxyMode
	changed  chan struct{} // closed and replaced when mode changes
	delay    time.Duration
	budget   map[direction]int64 // bytes until a cut; absent: none
	pairs    map[*pair]struct{}
	accepted int
	closed   bool
}

type direction int

const (
	toServer direction = iota
	toClient
)

// pair is a client's connection and the one to the target; the proxy keeps it
// reachable, because a forgotten net.Conn is closed by the garbage collector.
type pair struct {
	client, server net.Conn
	cut            chan struct{} // closed by reset
	once           sync.Once
}

// StartProxy begins to listen on a free loopback port. The caller closes it.
func StartProxy(target string) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	p := &Proxy{
		target: target, addr: l.Addr().String(), listener: l,
		changed: make(chan struct{}), budget: map[direction]int64{}, pairs: map[*pair]struct{}{},
	}
	p.work.Go(func() { p.accept(l) })
	return p, nil
}

// Addr is host:port of the proxy; it stays the same through Refuse.
func (p *Proxy) Addr() string { return p.addr }

// Close ends the proxy and its connections and waits for its goroutines.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	p.signal()
	if p.listener != nil {
		p.listener.Close()
		p.listener = nil
	}
	p.mu.Unlock()
	p.Reset()
	p.work.Wait()
	return nil
}

// SetMode changes what happens to open and to new connections.
func (p *Proxy) SetMode(mode ProxyMode) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errClosed
	}
	p.mode = mode
	p.signal()
	if mode == Refuse {
		if p.listener != nil {
			p.listener.Close()
			p.listener = nil
		}
		return nil
	}
	if p.listener == nil {
		l, err := net.Listen("tcp", p.addr)
		if err != nil {
			return fmt.Errorf("proxy: %w", err)
		}
		p.listener = l
		p.work.Go(func() { p.accept(l) })
	}
	return nil
}

// signal tells the copiers of a change. mu is held.
func (p *Proxy) signal() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// setDelay waits this long before each chunk is passed on.
func (p *Proxy) setDelay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// CutToServer resets the connection over which, counted from now, the n-th byte
// from any client would pass; it never reaches the server. Once.
func (p *Proxy) CutToServer(n int64) { p.setBudget(toServer, n) }

// CutToClient does the same with bytes from the server.
func (p *Proxy) CutToClient(n int64) { p.setBudget(toClient, n) }

func (p *Proxy) setBudget(d direction, n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.budget[d] = n
}

// Reset ends all open connections with a TCP reset and returns how many.
func (p *Proxy) Reset() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.pairs {
		c.reset()
	}
	return len(p.pairs)
}

// Accepted counts the connections so far.
func (p *Proxy) Accepted() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accepted
}

func (c *pair) reset() {
	c.once.Do(func() { close(c.cut) })
	for _, nc := range []net.Conn{c.client, c.server} {
		if tcp, ok := nc.(*net.TCPConn); ok {
			tcp.SetLinger(0)
			tcp.Close()
		}
	}
}

func (p *Proxy) accept(l net.Listener) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		p.work.Go(func() { p.serve(client) })
	}
}

func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.DialTimeout("tcp", p.target, 5*time.Second)
	if err != nil {
		return
	}
	defer server.Close()
	c := &pair{client: client, server: server, cut: make(chan struct{})}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.accepted++
	p.pairs[c] = struct{}{}
	p.mu.Unlock()
	var copying sync.WaitGroup
	copying.Go(func() { p.copy(c, toServer, server, client) })
	copying.Go(func() { p.copy(c, toClient, client, server) })
	copying.Wait()
	p.mu.Lock()
	delete(p.pairs, c)
	p.mu.Unlock()
}

// copy passes bytes one way until an end; the end of one way ends both.
func (p *Proxy) copy(c *pair, d direction, to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		pass, cut := p.admit(c, d, n)
		if _, err := to.Write(buf[:pass]); err != nil {
			return
		}
		if cut {
			c.reset()
		}
		if cut || err != nil {
			return
		}
	}
}

// admit waits as the faults demand and says how many of n bytes may pass and
// whether the connection is to be cut then.
func (p *Proxy) admit(c *pair, d direction, n int) (pass int, cut bool) {
	p.mu.Lock()
	delay, changed := p.delay, p.changed
	p.mu.Unlock()
	if delay > 0 && n > 0 {
		pause := time.NewTimer(delay)
		select {
		case <-pause.C:
		case <-changed:
		case <-c.cut:
		}
		pause.Stop()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.mode == BlackHole && !p.closed {
		changed := p.changed
		p.mu.Unlock()
		select {
		case <-changed:
		case <-c.cut:
		}
		p.mu.Lock()
		select {
		case <-c.cut:
			return 0, true
		default:
		}
	}
	left, limited := p.budget[d]
	if !limited {
		return n, false
	}
	if int64(n) < left {
		p.budget[d] = left - int64(n)
		return n, false
	}
	delete(p.budget, d)
	return max(0, int(left)-1), true
}
