package servicetest

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/logs"
	"github.com/fn-slack/fn-slack/processor/service"
)

// Running is a service in a world, in this process.
type Running struct {
	World
	t      *testing.T
	Log    *Log
	reload chan os.Signal
	stop   context.CancelFunc
	ended  chan struct{} // closed when err is there
	err    error
}

// Run runs the service and returns when it is subscribed. more are environment
// variables, NAME=value.
func (w World) Run(t *testing.T, more ...string) *Running {
	t.Helper()
	r := w.Begin(t, more...)
	w.Subscribed(t)
	return r
}

// Begin is Run without waiting.
func (w World) Begin(t *testing.T, more ...string) *Running {
	t.Helper()
	r := &Running{World: w, t: t, Log: &Log{}, reload: make(chan os.Signal, 1), ended: make(chan struct{})}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	go func() {
		defer close(r.ended)
		r.err = service.Run(ctx, service.Config{
			Load:   func() (*config.Settings, error) { return w.Load(more...) },
			Getenv: w.Getenv(more...),
			Stderr: r.Log, LogFormat: logs.Auto,
			Version: "test", Host: "test",
			Reload: r.reload,
		})
	}()
	t.Cleanup(func() {
		stop()
		<-r.ended
		NoSecretIn(t, r.Log.String())
		if t.Failed() {
			t.Logf("log:\n%s", r.Log)
		}
	})
	return r
}

// Reload is SIGHUP.
func (r *Running) Reload() { r.reload <- syscall.SIGHUP }

// Wait waits for the end of a service that ends by itself.
func (r *Running) Wait() error {
	<-r.ended
	return r.err
}

// End is SIGTERM, and must go well.
func (r *Running) End() {
	r.t.Helper()
	r.stop()
	if err := r.Wait(); err != nil {
		r.t.Error(err)
	}
}

// Says waits for a text in the log, so many times.
func (r *Running) Says(text string, times int) {
	r.t.Helper()
	Until(r.t, "the log says "+text, func() bool { return strings.Count(r.Log.String(), text) >= times })
}

// StatusAddress is where the status is served, with the setting
// status_address=127.0.0.1:0.
func (r *Running) StatusAddress() string {
	r.t.Helper()
	r.Says("status page", 1)
	_, rest, _ := strings.Cut(r.Log.String(), "url=http://")
	address, _, _ := strings.Cut(rest, "/")
	return address
}

// Log is what was logged. It may be read while it is written.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
