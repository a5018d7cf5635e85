package engine

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/engine/wire"
)

// What a kernel lacks is told once for a service, and not for each worker.
func TestWhatIsMissingIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	e := &Engine{config: Config{Log: slog.New(slog.NewTextHandler(&log, nil))}}
	if got := e.Confinement(); got != nil {
		t.Errorf("before the first worker there is %v, want nothing", got)
	}
	for range 3 {
		e.confined([]wire.Barrier{{Name: "seccomp"}, {Name: "Landlock", Gap: "function not implemented"}})
	}
	if got := strings.Count(log.String(), "\n"); got != 1 || !strings.Contains(log.String(), `missing=Landlock why="function not implemented"`) {
		t.Errorf("got %d lines, want one about Landlock:\n%s", got, &log)
	}
	if got := e.Confinement(); len(got) != 2 {
		t.Errorf("got %v, want both", got)
	}
}

// An old worker is replaced before the kernel ends it.
func TestAnOldWorkerIsReplaced(t *testing.T) {
	e := startWith(t, map[string]string{"a.js": says("a")})
	w, err := e.pool.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.cpu = retireCPU.Microseconds() + 1
	e.giveBack(w, false)
	if !w.dead() {
		t.Error("the old worker is still there")
	}
	if got := output(t, e, "a.js"); got != "a" {
		t.Errorf("the new one says %q, want a", got)
	}
}
