package main

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

// mq is a broker as the platform's side sees it. It is always TLS.
type mq struct {
	name            string
	addr            string // host:port
	cafile          string
	login, passcode string
}

func (b mq) tls() (*tls.Config, error) {
	pem, err := os.ReadFile(b.cafile)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(b.addr)
	if err != nil {
		return nil, err
	}
	cfg := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: host, MinVersion: tls.VersionTLS12}
	if !cfg.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", b.cafile)
	}
	return cfg, nil
}

// peer is one connection of the platform's side: it sends calls, or takes
// answers. It is for one goroutine.
type peer struct {
	conn net.Conn
	in   *wire.Reader
	out  *wire.Writer
}

func (b mq) dial(ctx context.Context) (*peer, error) {
	cfg, err := b.tls()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := (&tls.Dialer{Config: cfg}).DialContext(ctx, "tcp", b.addr)
	if err != nil {
		return nil, err
	}
	p := &peer{conn: conn, in: wire.NewReader(conn, 4<<20), out: wire.NewWriter(conn)}
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	err = p.write(frame.New(frame.CONNECT, frame.AcceptVersion, "1.2", frame.Host, "/", frame.HeartBeat, "0,0",
		frame.Login, b.login, frame.Passcode, b.passcode))
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

func (p *peer) close() { p.conn.Close() }

func (p *peer) write(frames ...*frame.Frame) error {
	for _, f := range frames {
		if err := p.out.Write(f); err != nil {
			return err
		}
	}
	return p.out.Flush()
}

// read is the next frame, which must be of this command.
func (p *peer) read(command string) (*frame.Frame, error) {
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

// call is one function call on its way to the queue.
type call struct {
	id   string // correlation-id
	body []byte
}

// send puts calls into a queue and returns when the broker has them.
func (p *peer) send(queue, answers string, calls ...call) error {
	for i, c := range calls {
		f := frame.New(frame.SEND, frame.Destination, "/queue/"+queue, "reply-to", "/queue/"+answers, "correlation-id", c.id,
			"persistent", "true", frame.ContentLength, strconv.Itoa(len(c.body)))
		f.Body = c.body
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

// post puts one call into a queue without waiting for the broker.
func (p *peer) post(queue, answers string, c call) error {
	f := frame.New(frame.SEND, frame.Destination, "/queue/"+queue, "reply-to", "/queue/"+answers, "correlation-id", c.id,
		"persistent", "true", frame.ContentLength, strconv.Itoa(len(c.body)))
	f.Body = c.body
	return p.write(f)
}

// subscribe takes a queue's messages as they come; they are settled when read.
func (p *peer) subscribe(queue string) error {
	return p.write(frame.New(frame.SUBSCRIBE, frame.Id, "1", frame.Destination, "/queue/"+queue, frame.Ack, frame.AckAuto,
		"activemq.prefetchSize", "1000"))
}

// next is the next message of the subscription.
func (p *peer) next() (*frame.Frame, error) { return p.read(frame.MESSAGE) }

// drop empties a queue: nothing comes for a while.
func (b mq) drop(ctx context.Context, queue string) (n int, err error) {
	p, err := b.dial(ctx)
	if err != nil {
		return 0, err
	}
	defer p.close()
	if err := p.subscribe(queue); err != nil {
		return 0, err
	}
	for {
		p.conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
		if _, err := p.next(); errors.Is(err, os.ErrDeadlineExceeded) {
			return n, nil
		} else if err != nil {
			return n, err
		}
		n++
	}
}
