package engine

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine/wire"
)

// whileDown is a folder whose scripts have been good, and what has become of it
// when the service starts again.
func whileDown(t *testing.T, change func(t *testing.T, dir string, c *Config)) (c Config, checks *atomic.Int32) {
	t.Helper()
	checks = new(atomic.Int32)
	dir := write(t, map[string]string{
		"a.js": `import { x } from "./lib/x.js"; export default { format: () => x }`, "lib/x.js": `export const x = "a"`, "samples/a/1.json": "{}",
		"b.js": says("b"), "samples/b/1.json": "{}",
	})
	c = Config{Dir: dir, StateDir: t.TempDir(), Check: func(_ context.Context, _ *Engine, s *Script, _ *Snapshot) error {
		if s.Name == "a.js" {
			checks.Add(1)
		}
		return nil
	}}
	start(t, c).Close()
	if n := checks.Swap(0); n != 1 {
		t.Fatalf("checked %d times at first, want once", n)
	}
	change(t, dir, &c)
	return c, checks
}

func TestWhatWasGoodIsLiveAtOnceAndCheckedAfterwards(t *testing.T) {
	c, checks := whileDown(t, func(t *testing.T, dir string, _ *Config) {
		put(t, dir, map[string]string{"b.js": says("another"), "samples/b/1.json": `{"x":1}`})
	})
	file := filepath.Join(c.StateDir, "a.js"+storeSuffix)
	before, err := os.Stat(file)
	must(t, err)
	e := start(t, c)
	if n := checks.Load(); n != 0 || output(t, e, "a.js") != "a" || output(t, e, "b.js") != "another" {
		t.Errorf("checked %d times, want live before that: %v", n, e.Scripts().Errors())
	}
	e.loader.reload(t.Context())
	if left := time.Until(e.loader.again); checks.Load() != 0 || left <= 0 || left > proveAfter {
		t.Errorf("checked %d times, and again in %v, want within %v", checks.Load(), left, proveAfter)
	}
	live := e.Scripts().Script("a.js")
	e.loader.entries["a.js"].prove = time.Unix(1, 0) // long ago
	e.loader.reload(t.Context())
	e.loader.reload(t.Context())
	if n := checks.Load(); n != 1 || e.Scripts().Script("a.js") != live || e.Scripts().Status()[0].State != StateLive {
		t.Errorf("checked %d times, want once, and the same version: %+v", n, e.Scripts().Status()[0])
	}
	after, err := os.Stat(file)
	must(t, err)
	if !os.SameFile(before, after) {
		t.Error("what had not changed was saved again")
	}
}

func TestWhatMayNotBeGoodAnyMoreIsCheckedFirst(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, dir string, c *Config){
		"the file": func(t *testing.T, dir string, _ *Config) { put(t, dir, map[string]string{"a.js": says("a")}) },
		"an import": func(t *testing.T, dir string, _ *Config) {
			put(t, dir, map[string]string{"lib/x.js": `export const x = ("a")`})
		},
		"a sample":            func(t *testing.T, dir string, _ *Config) { put(t, dir, map[string]string{"samples/a/1.json": "[]"}) },
		"one more sample":     func(t *testing.T, dir string, _ *Config) { put(t, dir, map[string]string{"samples/a/2.json": "{}"}) },
		"a sample is missing": func(t *testing.T, dir string, _ *Config) { must(t, os.Remove(filepath.Join(dir, "samples/a/1.json"))) },
		"a limit":             func(_ *testing.T, _ string, c *Config) { c.Limits.CallDepth = 100 },
		"the program":         otherProgram,
		"what is kept": func(t *testing.T, _ string, c *Config) {
			put(t, c.StateDir, map[string]string{"a.js" + storeSuffix: "{"})
		},
		"the code that is kept": func(t *testing.T, _ string, c *Config) {
			file := filepath.Join(c.StateDir, "a.js"+storeSuffix)
			kept, err := os.ReadFile(file)
			must(t, err)
			must(t, os.WriteFile(file, bytes.Replace(kept, []byte(`\"a\"`), []byte(`\"e\"`), 1), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, checks := whileDown(t, change)
			e := start(t, c)
			if n := checks.Load(); n != 1 || output(t, e, "a.js") != "a" {
				t.Errorf("checked %d times, want once before it is live: %v", n, e.Scripts().Errors())
			}
			e.Close()
			if start(t, c); checks.Load() != 1 {
				t.Error("checked again, although nothing has changed since")
			}
		})
	}
}

// otherProgram is this one in a file of its own, as after an update.
func otherProgram(t *testing.T, _ string, c *Config) {
	self, err := os.Open(os.Args[0])
	must(t, err)
	defer self.Close()
	name := filepath.Join(t.TempDir(), "program.exe")
	other, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o755)
	must(t, err)
	_, err = io.Copy(other, self)
	must(t, errors.Join(err, other.Close()))
	c.Command = []string{name, WorkerArg}
}

// It was good before, so it stays, as the last good version does; the status says
// what is wrong.
func TestWhatFailsAfterwardsStaysAsTheLastGoodVersion(t *testing.T) {
	c, _ := whileDown(t, func(*testing.T, string, *Config) {})
	c.Check = func(context.Context, *Engine, *Script, *Snapshot) error { return errors.New("not today") }
	e := start(t, c)
	e.loader.entries["a.js"].prove = time.Unix(1, 0)
	e.loader.reload(t.Context())
	if st := e.Scripts().Status()[0]; st.State != StateStale || st.Err == nil || st.Err.Kind != wire.KindCheck || output(t, e, "a.js") != "a" {
		t.Errorf("got %s with %v, want the last good version and the error", st.State, st.Err)
	}
}

func TestScriptsAreLoadedSideBySide(t *testing.T) {
	met := make(chan struct{})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	e := start(t, Config{Dir: write(t, map[string]string{"a.js": says("a"), "b.js": says("b")}), MaxWorkers: 2,
		Check: func(context.Context, *Engine, *Script, *Snapshot) error {
			select {
			case met <- struct{}{}:
			case <-met:
			case <-ctx.Done():
			}
			return ctx.Err()
		}})
	if errs := e.Scripts().Errors(); len(errs) > 0 {
		t.Error(errs)
	}
}
