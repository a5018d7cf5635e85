package slackapi

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/formatters"
)

// A process that was stopped after it had asked for its permit: no timer has
// fired yet, and the request is not whole all the same.
func TestRequestAfterItsPermitIsNotWhole(t *testing.T) {
	for name, until := range map[string]time.Duration{"in time": time.Hour, "too late": -time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			whole := false
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, err := io.ReadAll(r.Body)
				whole = err == nil
			}))
			req, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader("text=x"))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := server.Client().Do(fenced(req, time.Now().Add(until)))
			if err == nil {
				resp.Body.Close()
			}
			server.Close() // waits for the handler
			if want := until > 0; whole != want || want != (err == nil) || !want && !errors.Is(err, errPermit) {
				t.Errorf("the request was whole: %v, %v", whole, err)
			}
		})
	}
}

// Slack does not read for a while, and the request is given up meanwhile: what it
// had not got by then it never gets.
func TestCutRequestLeavesNothingBehind(t *testing.T) {
	small := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		return errors.Join(c.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096)
		}), err)
	}}
	l, err := small.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p, err := New(Config{Token: NewSecret("xoxb-1"), APIURL: "http://" + l.Addr().String() + "/api/"})
	if err != nil {
		t.Fatal(err)
	}
	const size = 200_000 // more than the listener's buffer takes, less than the sender's
	ended := make(chan error, 1)
	go func() {
		_, err := p.PostSince(t.Context(), formatters.Message{Channel: "c", Text: strings.Repeat("x", size)}, "", time.Now(),
			func(context.Context) (time.Time, error) { return time.Now().Add(200 * time.Millisecond), nil })
		ended <- err
	}()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var unknown *UnknownError
	if err := <-ended; !errors.As(err, &unknown) {
		t.Errorf("the request ended with %v, want an UnknownError", err)
	}
	if got, _ := io.Copy(io.Discard, conn); got >= size {
		t.Errorf("%d bytes arrived after the end", got)
	}
}

// Without a permit nothing is sent, and it is asked for again until the time is
// over.
func TestNoPermit(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request") }))
	defer server.Close()
	p, err := New(Config{
		Token: NewSecret("xoxb-1"), APIURL: server.URL, DeliveryTimeout: 20 * time.Millisecond,
		MinBackoff: time.Millisecond, MaxBackoff: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	asked, not := 0, errors.New("not yours")
	_, err = p.PostSince(t.Context(), formatters.Message{Channel: "c", Text: "x"}, "1", time.Now(),
		func(context.Context) (time.Time, error) { asked++; return time.Time{}, not })
	var unavailable *UnavailableError
	if !errors.As(err, &unavailable) || !errors.Is(err, not) || asked < 2 {
		t.Errorf("asked %d times, then %v", asked, err)
	}
}
