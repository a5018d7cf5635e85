package slackapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Permit is asked right before each request that posts. It may wait, and gives
// the moment by which the request must have ended; an error is tried again like
// an outage. After that moment nothing of the request goes out any more, also
// where the process or the machine was stopped meanwhile: the clock is looked at
// before each write, and what the kernel has not sent by then is dropped with
// the connection (see [Transport]).
type Permit func(context.Context) (until time.Time, err error)

// errPermit ends a request whose permit has run out.
var errPermit = errors.New("the permit to post has run out")

// fenced gives the request a body that fails after a moment: Slack does not act
// on a request whose body is not whole. The end of a context would not do. It
// comes from a timer, which after a stop fires beside the write and not before.
func fenced(req *http.Request, until time.Time) *http.Request {
	req = req.WithContext(req.Context()) // a copy
	fence := func(body io.ReadCloser) io.ReadCloser { return &fencedBody{body, until} }
	if req.Body != nil {
		req.Body = fence(req.Body)
	}
	if again := req.GetBody; again != nil {
		req.GetBody = func() (io.ReadCloser, error) {
			body, err := again()
			if err != nil {
				return nil, err
			}
			return fence(body), nil
		}
	}
	return req
}

type fencedBody struct {
	io.ReadCloser
	until time.Time
}

func (b *fencedBody) Read(p []byte) (int, error) {
	if over(b.until) {
		return 0, errPermit
	}
	return b.ReadCloser.Read(p)
}

// over goes by both clocks: the monotonic one stands while a machine is
// suspended, and the other one can be set back.
func over(until time.Time) bool {
	now := time.Now()
	return now.After(until) || now.Round(0).After(until.Round(0))
}

// Transport is what requests to Slack go by: that of net/http with the
// environment's proxy, except where it would keep connections of the wrong kind.
// A request that is cut takes its connection with it, and what the kernel has not
// sent: over HTTP/2, or with the usual linger, it could reach Slack minutes later,
// when the network is back and the message has been posted again.
func Transport() *http.Transport {
	dialer := net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second} // as net/http has them
	t := &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			if tcp, ok := conn.(*net.TCPConn); ok {
				if err := tcp.SetLinger(0); err != nil {
					conn.Close()
					return nil, fmt.Errorf("linger: %w", err)
				}
			}
			return conn, nil
		},
		Protocols: new(http.Protocols),
		// Many channels are posted to at once; the default of two kept
		// connections would open and close the others for every message. It is
		// more than the calls that a service with default settings has in work.
		MaxIdleConnsPerHost: 128,
		// Posting on a connection that the server is just closing gives an
		// ambiguous answer and costs a lookup.
		IdleConnTimeout:     20 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second,
	}
	t.Protocols.SetHTTP1(true)
	return t
}
