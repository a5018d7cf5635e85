//go:build unix

package slackapi

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/processor/secret"
)

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
	p, err := New(Config{Token: secret.New("xoxb-1"), APIURL: "http://" + l.Addr().String() + "/api/"})
	if err != nil {
		t.Fatal(err)
	}
	const size = 200_000 // more than the listener's buffer takes, less than the sender's
	ended := make(chan error, 1)
	go func() {
		_, err := p.PostSince(t.Context(), blockkit.Message{Channel: "c", Text: strings.Repeat("x", size)}, "", time.Now(),
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
