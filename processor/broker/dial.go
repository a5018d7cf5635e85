package broker

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// keepAlive finds a dead peer where heart-beats are switched off: after one
// minute of silence.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 15 * time.Second, Count: 3}

// userTimeout ends a connection whose data the peer does not acknowledge. With
// the heart-beats a dead network is noticed after 27 s at most, and after 45 s
// (the read limit) where a proxy acknowledges the data. ActiveMQ gives our
// messages to others after 22 s at the least: whoever must know that a message
// is still ours asks with Delivery.Confirm.
const userTimeout = 20 * time.Second

// dial opens a connection, through the proxy if there is one, with TLS if
// configured. The TCP connection under it is the second result: its limits are
// set once logged in. ctx bounds all of it.
func dial(ctx context.Context, cfg *Config, addr string, maxTLS uint16) (net.Conn, *limited, error) {
	target := addr
	if cfg.Proxy != nil {
		target = proxyAddr(cfg.Proxy)
	}
	d := net.Dialer{KeepAliveConfig: keepAlive}
	tcp, err := d.DialContext(ctx, "tcp", target)
	if err != nil {
		if cfg.Proxy != nil {
			return nil, nil, &ProxyError{Proxy: cfg.Proxy.Redacted(), Addr: addr, Err: err}
		}
		return nil, nil, &ConnectError{Addr: addr, Err: err}
	}
	under := newLimited(tcp)
	conn, err := wrap(ctx, cfg, addr, under, maxTLS)
	if err != nil {
		under.Close()
		return nil, nil, err
	}
	return conn, under, nil
}

// wrap puts proxy and TLS onto a TCP connection.
func wrap(ctx context.Context, cfg *Config, addr string, tcp *limited, maxTLS uint16) (net.Conn, error) {
	stop := context.AfterFunc(ctx, func() { tcp.Close() })
	defer stop()
	var conn net.Conn = tcp
	if cfg.Proxy != nil {
		var err error
		if conn, err = tunnel(ctx, cfg.Proxy, addr, conn); err != nil {
			return nil, canceled(ctx, err)
		}
	}
	if cfg.TLS == nil {
		return conn, nil
	}
	tc := cfg.TLS.Clone()
	if tc.ServerName == "" {
		tc.ServerName, _, _ = net.SplitHostPort(addr) // Validate has split it
	}
	if maxTLS != 0 && (tc.MaxVersion == 0 || tc.MaxVersion > maxTLS) {
		tc.MaxVersion = maxTLS
	}
	secure := tls.Client(conn, tc)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, canceled(ctx, &TLSError{Addr: addr, Err: err})
	}
	return secure, nil
}

// canceled adds the end of ctx to an error that it may have caused.
func canceled(ctx context.Context, err error) error {
	switch {
	case ctx.Err() == nil:
		return err
	case err == nil:
		return ctx.Err()
	default:
		return fmt.Errorf("%w (%w)", err, ctx.Err())
	}
}

func proxyAddr(p *url.URL) string {
	port := p.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[p.Scheme]
	}
	return net.JoinHostPort(p.Hostname(), port)
}

// tunnel asks an HTTP proxy for a connection to addr.
func tunnel(ctx context.Context, proxy *url.URL, addr string, conn net.Conn) (net.Conn, error) {
	failed := func(err error) error {
		return &ProxyError{Proxy: proxy.Redacted(), Addr: addr, Err: err}
	}
	if proxy.Scheme == "https" {
		secure := tls.Client(conn, &tls.Config{ServerName: proxy.Hostname()})
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, failed(err)
		}
		conn = secure
	}
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{}}
	if u := proxy.User; u != nil {
		password, _ := u.Password()
		req.Header.Set("Proxy-Authorization",
			"Basic "+base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password)))
	}
	if err := req.Write(conn); err != nil {
		return nil, failed(err)
	}
	in := bufio.NewReader(conn)
	res, err := http.ReadResponse(in, req)
	if err != nil {
		return nil, failed(err)
	}
	if res.StatusCode != http.StatusOK {
		res.Body.Close()
		return nil, &ProxyError{Proxy: proxy.Redacted(), Addr: addr, Status: res.Status}
	}
	if in.Buffered() > 0 {
		// Neither TLS nor STOMP lets the server speak first.
		return nil, failed(errors.New("data before the tunnel is used"))
	}
	return conn, nil
}

// limited is a TCP connection with a deadline for each read and write.
type limited struct {
	net.Conn
	quickAck     func()        // asks for an immediate TCP ack of what was read
	readLimit    time.Duration // 0: none
	writeTimeout time.Duration // 0: none
}

func newLimited(conn net.Conn) *limited {
	l := &limited{Conn: conn, quickAck: func() {}}
	if tcp, ok := conn.(*net.TCPConn); ok {
		l.quickAck = tune(tcp)
	}
	return l
}

func (l *limited) Read(p []byte) (int, error) {
	if l.readLimit > 0 {
		if err := l.SetReadDeadline(time.Now().Add(l.readLimit)); err != nil {
			return 0, err
		}
	}
	n, err := l.Conn.Read(p)
	// ActiveMQ writes receipts with Nagle's algorithm on: against our delayed
	// ack each would take 40 ms.
	l.quickAck()
	return n, err
}

func (l *limited) Write(p []byte) (int, error) {
	if l.writeTimeout > 0 {
		if err := l.SetWriteDeadline(time.Now().Add(l.writeTimeout)); err != nil {
			return 0, err
		}
	}
	return l.Conn.Write(p)
}
