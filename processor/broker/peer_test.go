package broker_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/broker/wire"
	"github.com/fn-slack/fn-slack/processor/stomptest"
	"github.com/go-stomp/stomp/v3/frame"
)

// patience is how long a test waits for what should come at once.
const patience = 20 * time.Second

// forbidden is a queue that no user of any target may use.
const forbidden = "forbidden.queue"

// target is a broker that the conformance cases run against.
type target struct {
	name            string
	addr            string
	tlsAddr         string
	tls             *tls.Config // the client's, for tlsAddr
	login, passcode string
	rabbit          bool
	server          *stomptest.Server // nil for a real broker
}

// eachTarget runs a case against the stand-in in all its manners, and against
// the real brokers that the environment names.
func eachTarget(t *testing.T, run func(t *testing.T, b *target)) {
	t.Helper()
	for name, server := range map[string]string{
		"stand-in": "", "stand-in as ActiveMQ": stomptest.LikeActiveMQ, "stand-in as RabbitMQ": stomptest.LikeRabbitMQ,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, standIn(t, stomptest.Config{Server: server}))
		})
	}
	for _, real := range realBrokers {
		t.Run(real.name, func(t *testing.T) {
			b := real.target(t)
			if b == nil {
				t.Skipf("%s does not name a broker", real.env)
			}
			run(t, b)
		})
	}
}

// realBroker is named by the variables env, env_TLS and env_CA, which
// .ci/brokers/up prints.
type realBroker struct{ name, env string }

var realBrokers = []realBroker{{"ActiveMQ", "FN_SLACK_TEST_ACTIVEMQ"}, {"RabbitMQ", "FN_SLACK_TEST_RABBITMQ"}}

// target is nil when the environment does not name the broker.
func (r realBroker) target(t testing.TB) *target {
	t.Helper()
	b := &target{
		name: r.name, addr: os.Getenv(r.env), tlsAddr: os.Getenv(r.env + "_TLS"),
		login: "svc", passcode: "s3cret", rabbit: r.name == "RabbitMQ",
	}
	if b.addr == "" {
		return nil
	}
	if file := os.Getenv(r.env + "_CA"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b.tls = &tls.Config{RootCAs: x509.NewCertPool()}
		b.tls.RootCAs.AppendCertsFromPEM(pem)
	}
	return b
}

// standIn starts a stand-in broker with the users of the real ones.
func standIn(t *testing.T, cfg stomptest.Config) *target {
	t.Helper()
	cfg.Users = map[string]string{"svc": "s3cret", "colon": `p:a\b`}
	cfg.Forbidden = []string{forbidden}
	s, err := stomptest.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &target{
		name: "stand-in", addr: s.Addr(), login: "svc", passcode: "s3cret",
		rabbit: strings.HasPrefix(cfg.Server, "RabbitMQ"), server: s,
	}
}

// config is for a Consumer of queue on b, with times fit for tests.
func (b *target) config(t *testing.T, queue string) broker.Config {
	return broker.Config{
		Addrs: []string{b.addr}, Login: b.login, Passcode: b.passcode,
		Destinations: []string{queue}, Prefetch: 5, Log: testLog(t),
		RetryMin: time.Millisecond, RetryMax: 50 * time.Millisecond, DrainTimeout: 5 * time.Second,
	}
}

var queueNumber atomic.Uint64

// queues are names that no other test or earlier run uses.
func queues() (calls, answers string) {
	id := fmt.Sprintf("t%x-%d", time.Now().UnixNano(), queueNumber.Add(1))
	return "actions.201." + id, "acks.201." + id
}

// consumer is a running Consumer.
type consumer struct {
	*broker.Consumer
	cancel context.CancelFunc
	done   chan error
}

// stop ends Run and waits for it.
func (c *consumer) stop(t *testing.T) {
	t.Helper()
	c.cancel()
	select {
	case err := <-c.done:
		if err != nil {
			t.Errorf("Run: %v", err)
		}
		c.done <- nil // for the next stop
	case <-time.After(patience):
		t.Fatal("Run does not end")
	}
}

// consume starts a Consumer and waits until it is subscribed.
func consume(t *testing.T, cfg broker.Config) *consumer {
	t.Helper()
	c := start(t, cfg)
	eventually(t, "subscribed", func() bool { return c.State().Subscribed })
	return c
}

func start(t *testing.T, cfg broker.Config) *consumer {
	t.Helper()
	bc, err := broker.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c := &consumer{Consumer: bc, cancel: cancel, done: make(chan error, 1)}
	go func() { c.done <- bc.Run(ctx) }()
	t.Cleanup(func() { c.stop(t) })
	return c
}

// next is the next delivery.
func (c *consumer) next(t *testing.T) *broker.Delivery {
	t.Helper()
	select {
	case d, ok := <-c.Deliveries():
		if !ok {
			t.Fatal("Deliveries is closed")
		}
		return d
	case <-time.After(patience):
		t.Fatalf("no delivery; state %+v", c.State())
	}
	return nil
}

// none checks that no delivery comes for a while.
func (c *consumer) none(t *testing.T, while time.Duration) {
	t.Helper()
	select {
	case d := <-c.Deliveries():
		t.Fatalf("unexpected delivery %+v", d)
	case <-time.After(while):
	}
}

// settle answers a call, and acknowledges it also where the broker refuses the answer.
func settle(ctx context.Context, d *broker.Delivery, reply []byte) error {
	err := d.Answer(ctx, nil, reply)
	if err != nil && !errors.As(err, new(*broker.AnswerRefusedError)) {
		return err
	}
	return errors.Join(err, d.Ack(ctx))
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("not in %s: %s", patience, what)
		}
		<-time.After(2 * time.Millisecond)
	}
}

// peer is a bare STOMP client: the platform's side, and what the Consumer never
// does.
type peer struct {
	t    testing.TB
	conn net.Conn
	in   *wire.Reader
	out  *wire.Writer
	n    int
}

func dialPeer(t testing.TB, b *target) *peer {
	t.Helper()
	p := connectPeer(t, b)
	p.write(frame.New(frame.CONNECT, "accept-version", "1.2", "host", "/",
		"login", b.login, "passcode", b.passcode, "heart-beat", "0,0"))
	if f := p.read(); f.Command != frame.CONNECTED {
		t.Fatalf("got %s %v, want CONNECTED", f.Command, f.Header)
	}
	return p
}

// connectPeer opens the connection only.
func connectPeer(t testing.TB, b *target) *peer {
	t.Helper()
	conn, err := net.Dial("tcp", b.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(3 * patience))
	if b.addr == b.tlsAddr { // a stand-in that speaks TLS only
		c := b.tls.Clone()
		c.ServerName, _, _ = net.SplitHostPort(b.addr)
		conn = tls.Client(conn, c)
	}
	return &peer{t: t, conn: conn, in: wire.NewReader(conn, 32<<20), out: wire.NewWriter(conn)}
}

func (p *peer) write(frames ...*frame.Frame) {
	p.t.Helper()
	for _, f := range frames {
		if err := p.out.Write(f); err != nil {
			p.t.Fatal(err)
		}
	}
	if err := p.out.Flush(); err != nil {
		p.t.Fatal(err)
	}
}

// read is the next frame that is not a heart-beat.
func (p *peer) read() *frame.Frame {
	p.t.Helper()
	for {
		f, err := p.in.Read()
		if err != nil {
			p.t.Fatalf("read: %v", err)
		}
		if f != nil {
			return f
		}
	}
}

// confirmed writes a frame with a receipt, waits for it, and returns what else
// came before.
func (p *peer) confirmed(f *frame.Frame) (others []*frame.Frame) {
	p.t.Helper()
	p.n++
	id := "peer-" + strconv.Itoa(p.n)
	f.Header.Add(frame.Receipt, id)
	p.write(f)
	for {
		got := p.read()
		switch {
		case got.Command == frame.RECEIPT && got.Header.Get(frame.ReceiptId) == id:
			return others
		case got.Command == frame.ERROR:
			p.t.Fatalf("%s: %v %s", f.Command, got.Header, got.Body)
		}
		others = append(others, got)
	}
}

// send puts a call into a queue.
func (p *peer) send(queue, correlation, replyTo string, body []byte, headers ...string) {
	p.t.Helper()
	f := frame.New(frame.SEND, frame.Destination, queue, "correlation-id", correlation, "persistent", "true",
		frame.ContentLength, strconv.Itoa(len(body)))
	if replyTo != "" {
		f.Header.Add("reply-to", replyTo)
	}
	f.Header.AddHeader(frame.NewHeader(headers...))
	f.Body = body
	p.confirmed(f)
}

// subscribe returns a function that gives the queue's next message.
func (p *peer) subscribe(queue, ack string) (next func() *frame.Frame) {
	p.t.Helper()
	early := p.confirmed(frame.New(frame.SUBSCRIBE, frame.Id, "1", frame.Destination, queue, frame.Ack, ack))
	return func() *frame.Frame {
		p.t.Helper()
		if len(early) > 0 {
			f := early[0]
			early = early[1:]
			return f
		}
		f := p.read()
		if f.Command != frame.MESSAGE {
			p.t.Fatalf("got %s %v, want MESSAGE", f.Command, f.Header)
		}
		return f
	}
}

// listen subscribes a new peer to a queue and returns a function that gives its
// next message.
func listen(t testing.TB, b *target, queue string) (next func() *frame.Frame) {
	t.Helper()
	return dialPeer(t, b).subscribe(queue, frame.AckAuto)
}

func startProxy(t *testing.T, addr string) *stomptest.Proxy {
	t.Helper()
	p, err := stomptest.StartProxy(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}
