package engine

import (
	"context"
	"syscall"
	"testing"

	"github.com/fn-slack/fn-slack/engine/wire"
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
