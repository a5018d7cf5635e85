package stomptest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker/wire"
	"github.com/go-stomp/stomp/v3/frame"
	"github.com/google/go-cmp/cmp"
)

// What a service relies on in a broker is tested beside the real ones, in
// processor/broker. Here is what only the stand-in has.

func startServer(t *testing.T, cfg Config) *Server {
	t.Helper()
	s, err := Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// client is a bare STOMP client.
type client struct {
	t    *testing.T
	conn net.Conn
	in   *wire.Reader
}

func dialServer(t *testing.T, addr string, headers ...string) *client {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	c := &client{t: t, conn: conn, in: wire.NewReader(conn, 1<<20)}
	c.write(frame.New(frame.CONNECT, append([]string{"accept-version", "1.2"}, headers...)...))
	return c
}

func (c *client) write(f *frame.Frame) {
	c.t.Helper()
	w := wire.NewWriter(c.conn)
	if err := errors.Join(w.Write(f), w.Flush()); err != nil {
		c.t.Fatal(err)
	}
}

// read is the next frame's command and the headers asked for.
func (c *client) read(headers ...string) string {
	c.t.Helper()
	for {
		f, err := c.in.Read()
		if err != nil {
			return err.Error()
		}
		if f == nil {
			continue
		}
		text := f.Command
		for _, h := range headers {
			text += " " + f.Header.Get(h)
		}
		return text
	}
}

func (c *client) expect(want string, headers ...string) {
	c.t.Helper()
	if got := c.read(headers...); got != want {
		c.t.Fatalf("got %q, want %q", got, want)
	}
}

func TestSendAndReceiveInProcess(t *testing.T) {
	s := startServer(t, Config{})
	body := []byte("call")
	id := s.Send("/queue/a", map[string]string{"correlation-id": "1", "message-id": "mine"}, body)
	body[0] = 'X'
	if got := s.Len("a"); got != 1 {
		t.Errorf("length %d, want 1", got)
	}
	m, err := s.Receive(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if m.Header["timestamp"] == "" {
		t.Error("no timestamp")
	}
	delete(m.Header, "timestamp")
	want := Message{ID: id, Queue: "a", Header: map[string]string{"correlation-id": "1"}, Body: []byte("call")}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

func TestReceiveWaits(t *testing.T) {
	s := startServer(t, Config{})
	type result struct {
		m   Message
		err error
	}
	receive := func(ctx context.Context) chan result {
		got := make(chan result, 1)
		go func() {
			m, err := s.Receive(ctx, "a")
			got <- result{m, err}
		}()
		return got
	}
	ctx, cancel := context.WithCancel(t.Context())
	given := receive(ctx)
	cancel()
	if r := <-given; !errors.Is(r.err, context.Canceled) {
		t.Errorf("error %v, want Canceled", r.err)
	}
	given = receive(t.Context())
	s.Send("a", nil, []byte("x"))
	if r := <-given; r.err != nil || string(r.m.Body) != "x" {
		t.Errorf("got %+v", r)
	}
	given = receive(t.Context())
	s.Close()
	if r := <-given; !errors.Is(r.err, errClosed) {
		t.Errorf("error %v, want errClosed", r.err)
	}
	if _, err := s.Receive(t.Context(), "a"); !errors.Is(err, errClosed) {
		t.Errorf("error %v, want errClosed", err)
	}
}

func TestCutPutsMessagesBackInOrder(t *testing.T) {
	s := startServer(t, Config{})
	for i := range 5 {
		s.Send("a", nil, fmt.Append(nil, i))
	}
	c := dialServer(t, s.Addr())
	c.expect("CONNECTED")
	c.write(frame.New(frame.SUBSCRIBE, "id", "1", "destination", "a", "ack", "client-individual", "activemq.prefetchSize", "3"))
	for range 3 {
		c.expect("MESSAGE")
	}
	if got := []int{s.Len("a"), s.Held("a"), s.Consumers("a"), s.connections(), s.Logins()}; !cmp.Equal(got, []int{2, 3, 1, 1, 1}) {
		t.Errorf("waiting, held, consumers, connections, logins are %v", got)
	}
	if n := s.CutConnections(); n != 1 {
		t.Errorf("%d connections cut", n)
	}
	if got := []int{s.Len("a"), s.Held("a"), s.Consumers("a"), s.connections()}; !cmp.Equal(got, []int{5, 0, 0, 0}) {
		t.Errorf("after the cut they are %v", got)
	}
	for i := range 5 {
		m, err := s.Receive(t.Context(), "a")
		if err != nil || string(m.Body) != fmt.Sprint(i) || m.Redelivered != (i < 3) {
			t.Errorf("message %d is %+v, error %v", i, m, err)
		}
	}
}

func TestAckModes(t *testing.T) {
	s := startServer(t, Config{})
	for _, mode := range []string{"auto", "client"} {
		queue := "q." + mode
		for range 3 {
			s.Send(queue, nil, []byte("x"))
		}
		c := dialServer(t, s.Addr())
		c.expect("CONNECTED")
		c.write(frame.New(frame.SUBSCRIBE, "id", "1", "destination", queue, "ack", mode))
		var ack string
		for range 3 {
			ack = strings.TrimPrefix(c.read("ack"), "MESSAGE ")
		}
		if mode == "client" {
			if got := s.Held(queue); got != 3 {
				t.Errorf("%d held, want 3", got)
			}
			c.write(frame.New(frame.ACK, "id", ack, "receipt", "1")) // all up to the last
			c.expect("RECEIPT 1", "receipt-id")
		}
		if s.Held(queue) != 0 || s.Len(queue) != 0 {
			t.Errorf("mode %s: %d held, %d waiting", mode, s.Held(queue), s.Len(queue))
		}
	}
}

func TestErrorsOfClients(t *testing.T) {
	connected := frame.New(frame.CONNECT, "accept-version", "1.2")
	for _, c := range []struct {
		name   string
		frames []*frame.Frame
		want   string
	}{
		{"not connected", []*frame.Frame{frame.New(frame.SEND, "destination", "a")}, "Not connected"},
		{"version", []*frame.Frame{frame.New(frame.CONNECT, "accept-version", "1.0,1.1")}, "Supported protocol versions are 1.2"},
		{"connected twice", []*frame.Frame{connected, connected}, "Unexpected command CONNECT"},
		{"no destination", []*frame.Frame{connected, frame.New(frame.SEND)}, "SEND without destination"},
		{"no subscription id", []*frame.Frame{connected, frame.New(frame.SUBSCRIBE, "destination", "a")}, "SUBSCRIBE without id"},
		{"subscribed twice", []*frame.Frame{connected, frame.New(frame.SUBSCRIBE, "destination", "a", "id", "1"),
			frame.New(frame.SUBSCRIBE, "destination", "a", "id", "1")}, "There already is a subscription for: 1"},
		{"unknown ack", []*frame.Frame{connected, frame.New(frame.ACK, "id", "7")}, "Unexpected ACK received for message-id [7]"},
		{"transaction", []*frame.Frame{connected, frame.New(frame.BEGIN, "transaction", "7")}, "Unexpected command BEGIN"},
		{"unknown subscription", []*frame.Frame{connected, frame.New(frame.UNSUBSCRIBE, "id", "7")}, "No subscription matched: 7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := startServer(t, Config{})
			conn, err := net.Dial("tcp", s.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(20 * time.Second))
			cl := &client{t: t, conn: conn, in: wire.NewReader(conn, 1<<20)}
			for _, f := range c.frames {
				cl.write(f)
			}
			got := cl.read("message")
			if strings.HasPrefix(got, "CONNECTED") {
				got = cl.read("message")
			}
			if want := "ERROR " + c.want; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestHeartBeats(t *testing.T) {
	s := startServer(t, Config{})
	c := dialServer(t, s.Addr(), "heart-beat", "20,10")
	c.expect("CONNECTED 10,20", "heart-beat")
	if f, err := c.in.Read(); f != nil || err != nil {
		t.Errorf("got %v, error %v, want a heart-beat", f, err)
	}
	// We send none, so the server lets go of us.
	for deadline := time.Now().Add(10 * time.Second); s.connections() > 0; {
		if time.Now().After(deadline) {
			t.Fatal("a silent client is kept")
		}
		<-time.After(time.Millisecond)
	}
}

func TestBodyOverTheLimit(t *testing.T) {
	s := startServer(t, Config{MaxFrame: 10})
	c := dialServer(t, s.Addr())
	c.expect("CONNECTED")
	f := frame.New(frame.SEND, "destination", "a", "receipt", "1")
	f.Body = bytes.Repeat([]byte("x"), 11)
	c.write(f)
	c.expect("ERROR 1 The maximum data length was exceeded", "receipt-id", "message")
	c.expect(io.EOF.Error())
}

func TestCloseIsQuickAndRepeatable(t *testing.T) {
	s := startServer(t, Config{Faults: Faults{Silent: true, Delay: time.Hour}})
	dialServer(t, s.Addr())
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if id := s.Send("a", nil, nil); id != "" {
		t.Errorf("a closed server took message %s", id)
	}
}
