package stomptest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/go-stomp/stomp/v3/frame"

	"github.com/fn-slack/fn-slack/processor/broker/wire"
)

// Broker is a broker as the platform's side sees it: a real one, or a Server
// that is reached over its port. It is always TLS.
type Broker struct {
	Name            string // as people call it
	Addr            string // host:port
	CAFile          string // authority of its certificate (PEM)
	Login, Passcode string
}

// TLS are the settings of a connection to it.
func (b Broker) TLS() (*tls.Config, error) {
	pem, err := os.ReadFile(b.CAFile)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(b.Addr)
	if err != nil {
		return nil, err
	}
	cfg := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: host, MinVersion: tls.VersionTLS12}
	if !cfg.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", b.CAFile)
	}
	return cfg, nil
}

// Peer is one connection of the platform's side: it sends calls, or takes
// answers. It is for one goroutine; Close may be called from another.
type Peer struct {
	conn net.Conn
	in   *wire.Reader
	out  *wire.Writer
}

// Dial connects and logs in, within ten seconds.
func (b Broker) Dial(ctx context.Context) (*Peer, error) {
	cfg, err := b.TLS()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := (&tls.Dialer{Config: cfg}).DialContext(ctx, "tcp", b.Addr)
	if err != nil {
		return nil, err
	}
	p := &Peer{conn: conn, in: wire.NewReader(conn, 4<<20), out: wire.NewWriter(conn)}
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	err = p.write(frame.New(frame.CONNECT, frame.AcceptVersion, "1.2", frame.Host, "/", frame.HeartBeat, "0,0",
		frame.Login, b.Login, frame.Passcode, b.Passcode))
	if err == nil {
		_, err = p.read(frame.CONNECTED)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	conn.SetDeadline(time.Time{})
	return p, nil
}

// Close ends the connection.
func (p *Peer) Close() { p.conn.Close() }

func (p *Peer) write(frames ...*frame.Frame) error {
	for _, f := range frames {
		if err := p.out.Write(f); err != nil {
			return err
		}
	}
	return p.out.Flush()
}

// read is the next frame, which must be of this command.
func (p *Peer) read(command string) (*frame.Frame, error) {
	for {
		f, err := p.in.Read()
		switch {
		case err != nil:
			return nil, err
		case f == nil: // a heart-beat
		case f.Command != command:
			return nil, fmt.Errorf("broker says %s %s %s, want %s", f.Command, f.Header.Get(frame.Message), f.Body, command)
		default:
			return f, nil
		}
	}
}

// Call is one function call on its way to a queue.
type Call struct {
	ID   string // correlation-id
	Body []byte
}

func (c Call) frame(queue, answers string) *frame.Frame {
	f := frame.New(frame.SEND, frame.Destination, "/queue/"+queue, "reply-to", "/queue/"+answers, "correlation-id", c.ID,
		"persistent", "true", frame.ContentLength, strconv.Itoa(len(c.Body)))
	f.Body = c.Body
	return f
}

// Send puts calls into a queue and returns when the broker has them.
func (p *Peer) Send(queue, answers string, calls ...Call) error {
	for i, c := range calls {
		f := c.frame(queue, answers)
		last := i == len(calls)-1 || i%500 == 499
		if last {
			f.Header.Add(frame.Receipt, strconv.Itoa(i))
		}
		if err := p.out.Write(f); err != nil {
			return err
		}
		if !last {
			continue
		}
		if err := p.out.Flush(); err != nil {
			return err
		}
		if _, err := p.read(frame.RECEIPT); err != nil {
			return err
		}
	}
	return nil
}

// Post puts one call into a queue without waiting for the broker.
func (p *Peer) Post(queue, answers string, c Call) error { return p.write(c.frame(queue, answers)) }

// Subscribe takes a queue's messages as they come; they are settled when read.
func (p *Peer) Subscribe(queue string) error {
	return p.write(frame.New(frame.SUBSCRIBE, frame.Id, "1", frame.Destination, "/queue/"+queue, frame.Ack, frame.AckAuto,
		"activemq.prefetchSize", "1000"))
}

// Next is the next message of the subscription. Where none comes within that
// time the error is os.ErrDeadlineExceeded; 0 waits for ever.
func (p *Peer) Next(within time.Duration) (Call, error) {
	end := time.Time{}
	if within > 0 {
		end = time.Now().Add(within)
	}
	p.conn.SetReadDeadline(end)
	f, err := p.read(frame.MESSAGE)
	if err != nil {
		return Call{}, err
	}
	return Call{f.Header.Get("correlation-id"), f.Body}, nil
}

// Drop empties a queue, until nothing comes for a while, and says how many
// messages there were.
func (b Broker) Drop(ctx context.Context, queue string) (n int, err error) {
	p, err := b.Dial(ctx)
	if err != nil {
		return 0, err
	}
	defer p.Close()
	if err := p.Subscribe(queue); err != nil {
		return 0, err
	}
	for {
		if _, err := p.Next(500 * time.Millisecond); errors.Is(err, os.ErrDeadlineExceeded) {
			return n, nil
		} else if err != nil {
			return n, err
		}
		n++
	}
}
