package broker_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

func TestValidateReportsEverything(t *testing.T) {
	_, err := broker.New(broker.Config{
		Addrs: []string{"no-port"}, Passcode: "a\nb", Prefetch: 2001, MaxFrame: -1,
		Proxy: &url.URL{Scheme: "socks5", Host: "x:1", User: url.UserPassword("u", "hush")}, DrainTimeout: -1,
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"no-port", "destination", "passcode", "2001", "largest frame", "socks5", "drain timeout"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "hush") {
		t.Errorf("error has the proxy's password: %v", err)
	}
}

func TestConfigPrintsNoSecrets(t *testing.T) {
	cfg := broker.Config{
		Addrs: []string{"h:1"}, Login: "svc", Passcode: "hush",
		Proxy: &url.URL{Scheme: "http", Host: "p:1", User: url.UserPassword("u", "hush")},
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, cfg); strings.Contains(got, "hush") || !strings.Contains(got, "svc") {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}

func TestRunTwiceIsAnError(t *testing.T) {
	b := standIn(t, stomptest.Config{})
	c := consume(t, b.config(t, "q"))
	if err := c.Run(t.Context()); err == nil {
		t.Error("second Run: no error")
	}
}

func TestFailsOverToTheNextAddress(t *testing.T) {
	one, two := standIn(t, stomptest.Config{}), standIn(t, stomptest.Config{})
	gone := startProxy(t, one.addr)
	if err := gone.SetMode(stomptest.Refuse); err != nil {
		t.Fatal(err)
	}
	cfg := one.config(t, "q")
	cfg.Addrs = []string{gone.Addr(), one.addr, two.addr}
	c := consume(t, cfg)
	if got := c.State().Address; got != one.addr {
		t.Errorf("connected to %s, want %s", got, one.addr)
	}
	one.server.Close()
	eventually(t, "subscribed at the other address", func() bool {
		st := c.State()
		return st.Subscribed && st.Address == two.addr
	})
	if st := c.State(); st.Failures != 2 || st.Connects != 2 || st.LastError == "" || st.LastErrorAt.IsZero() {
		t.Errorf("state %+v", st)
	}
}

func TestHalfOpenConnectionIsNoticed(t *testing.T) {
	b := standIn(t, stomptest.Config{})
	calls, answers := queues()
	proxy := startProxy(t, b.addr)
	cfg := b.config(t, calls)
	cfg.Addrs = []string{proxy.Addr(), b.addr}
	cfg.HeartBeat = 30 * time.Millisecond
	c := consume(t, cfg)
	b.server.Send(calls, map[string]string{"reply-to": answers}, []byte("call"))
	d := c.next(t)
	if err := proxy.SetMode(stomptest.BlackHole); err != nil {
		t.Fatal(err)
	}
	// The answer goes into the void; what waits for its receipt must not hang.
	if err := settle(t.Context(), d, []byte("lost")); !errors.Is(err, broker.ErrConnectionLost) {
		t.Errorf("Settle: %v, want ErrConnectionLost", err)
	}
	again := c.next(t)
	if !again.Redelivered || again.MessageID != d.MessageID {
		t.Errorf("redelivery %+v", again)
	}
	if err := settle(t.Context(), again, []byte("answer")); err != nil {
		t.Error(err)
	}
}

func TestBrokerWithoutHeartBeatsMayBeSilent(t *testing.T) {
	b := standIn(t, stomptest.Config{NoHeartBeats: true})
	calls, _ := queues()
	cfg := b.config(t, calls)
	cfg.HeartBeat = 10 * time.Millisecond
	c := consume(t, cfg)
	c.none(t, 10*cfg.HeartBeat)
	if st := c.State(); !st.Subscribed || st.Failures != 0 {
		t.Errorf("state %+v, want the connection to last", st)
	}
}

func TestMissingReceiptEndsTheConnection(t *testing.T) {
	b := standIn(t, stomptest.Config{})
	calls, answers := queues()
	cfg := b.config(t, calls)
	cfg.ReceiptTimeout = 50 * time.Millisecond
	c := consume(t, cfg)
	b.server.SetFaults(stomptest.Faults{SwallowReceipts: []string{"SEND"}})
	b.server.Send(calls, map[string]string{"reply-to": answers, "correlation-id": "1"}, []byte("call"))
	if err := settle(t.Context(), c.next(t), []byte("answer")); !errors.Is(err, broker.ErrConnectionLost) {
		t.Fatalf("Answer: %v, want ErrConnectionLost", err)
	}
	b.server.SetFaults(stomptest.Faults{})
	if err := settle(t.Context(), c.next(t), []byte("answer")); err != nil {
		t.Error(err)
	}
}

func TestBrokerThatStopsReading(t *testing.T) {
	b := standIn(t, stomptest.Config{})
	calls, answers := queues()
	cfg := b.config(t, calls)
	cfg.WriteTimeout = 50 * time.Millisecond
	cfg.HeartBeat = -1
	c := consume(t, cfg)
	b.server.Send(calls, map[string]string{"reply-to": answers}, []byte("call"))
	d := c.next(t)
	b.server.SetFaults(stomptest.Faults{StopReading: true})
	// More than the socket buffers of both sides take.
	if err := settle(t.Context(), d, make([]byte, 32<<20)); !errors.Is(err, broker.ErrConnectionLost) {
		t.Errorf("Settle: %v, want ErrConnectionLost", err)
	}
	b.server.SetFaults(stomptest.Faults{})
	if got := c.next(t); !got.Redelivered {
		t.Errorf("delivery %+v, want it redelivered", got)
	} else if err := got.Ack(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestRefusedLoginIsRetriedSlowly(t *testing.T) {
	for text, slow := range map[string]bool{
		"User name [svc] or password is invalid.":     true,
		"Unable to connect to authentication service": false,
	} {
		t.Run(text, func(t *testing.T) {
			b := standIn(t, stomptest.Config{Faults: stomptest.Faults{RefuseLogins: text}})
			cfg := b.config(t, "q")
			cfg.RetryMin, cfg.RetryMax = time.Nanosecond, time.Hour
			c := start(t, cfg)
			eventually(t, "a refusal", func() bool { return c.State().Failures > 0 })
			if got := c.State().LastError; !strings.Contains(got, text) || !strings.Contains(got, b.addr) {
				t.Errorf("last error %q", got)
			}
			if slow {
				if wait := time.Until(c.State().NextAttempt); wait < 29*time.Minute {
					t.Errorf("next attempt in %s, want at least half of the longest wait", wait)
				}
				return
			}
			b.server.SetFaults(stomptest.Faults{})
			eventually(t, "subscribed", func() bool { return c.State().Subscribed })
		})
	}
}

func TestThroughAnHTTPProxy(t *testing.T) {
	b := standInTLS(t, time.Hour)
	proxy := connectProxy(t, "user:pa:ss")
	cfg := b.config(t, "q")
	cfg.TLS = b.tls

	cfg.Proxy = &url.URL{Scheme: "http", Host: proxy, User: url.UserPassword("user", "pa:ss")}
	if err := broker.Check(t.Context(), cfg); err != nil {
		t.Errorf("Check: %v", err)
	}
	cfg.Proxy = &url.URL{Scheme: "http", Host: proxy, User: url.UserPassword("user", "hush")}
	err := broker.Check(t.Context(), cfg)
	var refused *broker.ProxyError
	if !errors.As(err, &refused) || !strings.HasPrefix(refused.Status, "407") || strings.Contains(err.Error(), "hush") {
		t.Errorf("Check: %v, want a ProxyError with 407", err)
	}
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close() // nobody listens there any more
	cfg.Proxy = &url.URL{Scheme: "http", Host: gone.Addr().String()}
	if err := broker.Check(t.Context(), cfg); !errors.As(err, &refused) || refused.Err == nil {
		t.Errorf("Check: %v, want a ProxyError", err)
	}
}

// connectProxy is an HTTP proxy for one user.
func connectProxy(t *testing.T, user string) (addr string) {
	var work sync.WaitGroup
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		want := "Basic " + base64.StdEncoding.EncodeToString([]byte(user))
		if r.Method != http.MethodConnect || r.Header.Get("Proxy-Authorization") != want {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		up, err := net.Dial("tcp", r.RequestURI)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		work.Add(2) // before Hijack: after it Close no longer waits for this handler
		down, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			work.Add(-2)
			t.Error(err)
			up.Close()
			return
		}
		io.WriteString(down, "HTTP/1.1 200 OK\r\n\r\n")
		for _, way := range [][2]net.Conn{{up, down}, {down, up}} {
			go func() {
				defer work.Done()
				io.Copy(way[0], way[1])
				way[0].Close()
			}()
		}
	}))
	t.Cleanup(func() { s.Close(); work.Wait() })
	return s.Listener.Addr().String()
}

func TestDialGivesUp(t *testing.T) {
	silent := talker(t, "")
	for _, c := range []struct {
		name   string
		cancel bool
	}{{"time-out", false}, {"cancelled", true}} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			cfg := broker.Config{Addrs: []string{silent}, Destinations: []string{"q"}, DialTimeout: 20 * time.Millisecond}
			if c.cancel {
				cfg.DialTimeout = time.Hour
				cancel()
			}
			err := broker.Check(ctx, cfg)
			if want := map[bool]error{false: context.DeadlineExceeded, true: context.Canceled}[c.cancel]; !errors.Is(err, want) {
				t.Errorf("Check: %v, want %v", err, want)
			}
		})
	}
}

func TestNotSTOMP(t *testing.T) {
	for _, answer := range []string{
		"HTTP/1.1 400 Bad Request\r\n\r\n",
		"CONNECTED\nversion:1.0\n\n\x00",
		"RECEIPT\nreceipt-id:1\n\n\x00",
		"ERROR\nversion:1.0,1.1\nmessage:Supported protocol versions are 1.0\n\n\x00",
	} {
		cfg := broker.Config{Addrs: []string{talker(t, answer)}, Destinations: []string{"q"}, DialTimeout: time.Second}
		var got *broker.ConnectError
		if err := broker.Check(t.Context(), cfg); !errors.As(err, &got) {
			t.Errorf("%q: %v, want a ConnectError", answer, err)
		}
	}
}

// A broker that does not know the prefetch headers would fill the memory.
func TestBrokerThatIgnoresThePrefetch(t *testing.T) {
	flood := "CONNECTED\nversion:1.2\n\n\x00" + "RECEIPT\nreceipt-id:r1\n\n\x00" +
		strings.Repeat("MESSAGE\nmessage-id:1\nsubscription:1\ndestination:q\nack:1\n\nx\x00\n", 1000)
	c := start(t, broker.Config{Addrs: []string{talker(t, flood)}, Destinations: []string{"q"}, Prefetch: 2, RetryMin: time.Hour})
	eventually(t, "the end of the connection", func() bool { return c.State().Failures > 0 })
	if got := c.State().LastError; !strings.Contains(got, "with a prefetch of 2") {
		t.Errorf("last error %q", got)
	}
}

func TestEndWhileTheBrokerIsAway(t *testing.T) {
	cfg := broker.Config{Addrs: []string{"127.0.0.1:1"}, Destinations: []string{"q"}, RetryMin: time.Hour}
	c := start(t, cfg)
	eventually(t, "an attempt", func() bool { return c.State().Failures > 0 })
	c.stop(t)
	if _, open := <-c.Deliveries(); open {
		t.Error("Deliveries is open after Run")
	}
}

// What came to this consumer first is told at the end, whether somebody was handed it
// or not; what is acknowledged never comes again, and what others had is theirs to tell.
func TestLeftIsToldAtTheEnd(t *testing.T) {
	b := standIn(t, stomptest.Config{})
	queue, _ := queues()
	other := consume(t, b.config(t, queue))
	had := b.server.Send(queue, nil, []byte("had by another"))
	(<-other.Deliveries()).Abandon()
	other.stop(t)

	left := map[string]bool{}
	cfg := b.config(t, queue)
	cfg.Left = func(key string) { left[key] = true }
	c := consume(t, cfg)
	(<-c.Deliveries()).Abandon()
	b.server.Send(queue, nil, []byte("acknowledged"))
	if err := (<-c.Deliveries()).Ack(t.Context()); err != nil {
		t.Fatal(err)
	}
	given := b.server.Send(queue, nil, []byte("given up"))
	(<-c.Deliveries()).Abandon()
	unread := b.server.Send(queue, nil, []byte("handed to nobody"))
	eventually(t, "received", func() bool { return b.server.Held(queue) == 3 })
	c.stop(t)
	if len(left) != 2 || !left[given] || !left[unread] {
		t.Errorf("left: %v, want %s and %s and not %s", left, given, unread, had)
	}
}
