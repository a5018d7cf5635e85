package engine

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"syscall"
	"testing"

	"github.com/fn-slack/fn-slack/engine/wire"
	"golang.org/x/sys/unix"
)

// A machine that stands still while a script is loaded does not get the script
// refused.
func TestAStarvedLoadIsTriedAgain(t *testing.T) {
	dir := write(t, map[string]string{"a.js": says("a")})
	var refused []Event
	e := start(t, Config{Dir: dir, OnReload: func(ev Event) {
		if ev.Kind == EventRefused {
			refused = append(refused, ev)
		}
	}})
	put(t, dir, map[string]string{"a.js": says("b")})
	e.pool.mu.Lock()
	next := e.pool.idle[len(e.pool.idle)-1]
	must(t, next.cmd.Process.Signal(syscall.SIGSTOP))
	e.pool.mu.Unlock()
	e.loader.reload(context.Background())
	if got := output(t, e, "a.js"); got != "b" || refused != nil {
		t.Errorf("got %q, want b; refused: %v", got, refused)
	}
}

// What keeps running is stopped twice at the most, and refused.
func TestALoadThatHangsIsRefused(t *testing.T) {
	e := startWith(t, map[string]string{"a.js": "for (;;); export default {}"})
	if err := e.Scripts().Errors()["a.js"]; err == nil || err.Kind != wire.KindTimeout {
		t.Errorf("got %v, want a timeout", err)
	}
}

// A used worker that has little memory left, or a machine that refuses it some, does
// not get the script refused.
func TestALoadThatRanOutOfMemoryIsTriedAgain(t *testing.T) {
	if wire.RaceEnabled {
		t.Skip("the race detector needs memory of its own")
	}
	dir := write(t, map[string]string{"a.js": says("a")})
	var log bytes.Buffer
	e := start(t, Config{Dir: dir, Log: slog.New(slog.NewTextHandler(&log, nil))})
	put(t, dir, map[string]string{"a.js": "const long = \"text \".repeat(2 << 20);" + says("b")})
	e.pool.mu.Lock()
	next := e.pool.idle[len(e.pool.idle)-1]
	none := &unix.Rlimit{}
	must(t, unix.Prlimit(next.cmd.Process.Pid, unix.RLIMIT_DATA, none, nil))
	must(t, unix.Prlimit(next.cmd.Process.Pid, unix.RLIMIT_AS, none, nil))
	e.pool.mu.Unlock()
	e.loader.reload(context.Background())
	if got := output(t, e, "a.js"); got != "b" || !next.dead() || !strings.Contains(log.String(), "second try") {
		t.Errorf("got %q, want b at the second try; the worker is dead: %t; logged: %s", got, next.dead(), &log)
	}
}
