package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine/wire"
)

func TestABrokenVersionLeavesTheLastGoodOne(t *testing.T) {
	dir := write(t, map[string]string{"a.js": says("good")})
	var logged bytes.Buffer
	var mu sync.Mutex
	var events []EventKind
	e := start(t, Config{
		Dir:      dir,
		OnReload: func(ev Event) { events = append(events, ev.Kind) },
		Log: slog.New(slog.NewTextHandler(writerFunc(func(b []byte) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			return logged.Write(b)
		}), nil)),
		Check: func(ctx context.Context, e *Engine, s *Script, _ *Snapshot) error {
			r, err := e.Render(ctx, Request{Scripts: []*Script{s}, Input: json.RawMessage("{}")})
			if strings.Contains(string(r.Output), "unwanted") {
				return errors.New("the sample one gives " + string(r.Output))
			}
			return err
		},
	})
	good := e.Scripts().Script("a.js")
	for text, want := range map[string]string{
		"export default {":     "scripts/a.js:1:17: SyntaxError: Expected identifier but found end of file",
		"":                     "scripts/a.js: is empty",
		"export default x.y":   "scripts/a.js:1:16: ReferenceError: x is not defined",
		says("unwanted"):       `scripts/a.js: the sample one gives "unwanted"`,
		"import \"./nothing\"": `scripts/a.js:1:8: Error: cannot import "./nothing": there is no file nothing in the scripts folder`,
	} {
		put(t, dir, map[string]string{"a.js": text})
		e.loader.reload(context.Background())
		if e.Scripts().Script("a.js") != good {
			t.Errorf("%q: the last good version does not stay", text)
		}
		st := e.Scripts().Status()[0]
		if st.State != StateStale || st.SHA256 != good.SHA256 || st.Err == nil || st.Err.Error() != want {
			t.Errorf("%q: got the status %s with %v, want %s with %s", text, st.State, st.Err, StateStale, want)
		}
		mu.Lock()
		if n := strings.Count(logged.String(), "script refused"); n != 1 {
			t.Errorf("%q: logged %d times, want once:\n%s", text, n, logged.String())
		}
		logged.Reset()
		mu.Unlock()
	}
	put(t, dir, map[string]string{"a.js": says("good")})
	e.loader.reload(context.Background())
	if st := e.Scripts().Status()[0]; st.State != StateLive || st.Err != nil {
		t.Errorf("after the good file is back: %s with %v, want live", st.State, st.Err)
	}
	e.loader.reload(context.Background())
	mu.Lock()
	defer mu.Unlock()
	if want := `msg="script live again" script=a.js sha256=` + good.SHA256[:12]; strings.Count(logged.String(), want) != 1 || strings.Count(logged.String(), "\n") != 1 {
		t.Errorf("after the good file is back: logged\n%s\nwant one line with %s", logged.String(), want)
	}
	if want := []EventKind{EventLive, EventRefused, EventRefused, EventRefused, EventRefused, EventRefused, EventLive}; !slices.Equal(events, want) {
		t.Errorf("told of %v, want %v", events, want)
	}
}

// Nobody was told that the file was gone, so nobody hears that it is back.
func TestASaveThatDeletesFirstIsNotToldTwice(t *testing.T) {
	dir := write(t, map[string]string{"a.js": says("good")})
	var events []EventKind
	e := start(t, Config{Dir: dir, OnReload: func(ev Event) { events = append(events, ev.Kind) }})
	must(t, os.Remove(filepath.Join(dir, "a.js")))
	e.loader.reload(context.Background())
	put(t, dir, map[string]string{"a.js": says("good")})
	e.loader.reload(context.Background())
	if st := e.Scripts().Status()[0]; st.State != StateLive {
		t.Errorf("after the file is back: %s, want live", st.State)
	}
	if want := []EventKind{EventLive}; !slices.Equal(events, want) {
		t.Errorf("told of %v, want %v", events, want)
	}
}

func TestTheLogTellsOfAMissingFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	here, err := os.Getwd()
	must(t, err)
	var logged bytes.Buffer
	e := start(t, Config{Dir: "none", Log: slog.New(slog.NewTextHandler(&logged, nil))})
	e.loader.reload(context.Background())
	want := `level=WARN msg="the scripts folder does not exist yet, the built-in layout is used meanwhile" folder=` + filepath.Join(here, "none") + "\n"
	if got := logged.String(); !strings.HasSuffix(got, want) || strings.Count(got, "\n") != 1 {
		t.Errorf("logged\n%swant one line that ends in\n%s", got, want)
	}
}

// A busy machine at the wrong moment must not keep a good script out until
// somebody touches it.
func TestATimeoutOfLoadingIsTriedAgain(t *testing.T) {
	busy := true
	e := start(t, Config{
		Dir: write(t, map[string]string{"a.js": says("a"), "b.js": "broken("}),
		Check: func(ctx context.Context, e *Engine, s *Script, _ *Snapshot) error {
			if busy {
				return &ScriptError{Kind: wire.KindTimeout, Script: s.Name, File: s.File, Message: "ran longer than 250ms"}
			}
			return nil
		},
	})
	if e.Scripts().Script("a.js") != nil {
		t.Fatal("the script is live although its check failed")
	}
	busy = false
	e.loader.reload(context.Background())
	if got := output(t, e, "a.js"); got != "a" {
		t.Errorf("got %q, want a: %v", got, e.Scripts().Errors())
	}
}

func TestTheLastGoodVersionSurvivesARestart(t *testing.T) {
	dir, state := write(t, map[string]string{"a.ts": `import { x } from "./x"; export default { format: (m: any) => x(m) }`, "x.ts": "export const x = (m: any) =>\n m.no.such", "b.js": says("b")}), t.TempDir()
	first := start(t, Config{Dir: dir, StateDir: state})
	sha, want := first.Scripts().Script("a.ts").SHA256, failureOf(t, first, "a.ts", "{}").Error()
	first.Close()
	put(t, dir, map[string]string{"a.ts": "export default {", "x.ts": "broken("})
	must(t, os.Remove(filepath.Join(dir, "b.js")))
	e := start(t, Config{Dir: dir, StateDir: state})
	s := e.Scripts().Script("a.ts")
	if s == nil || s.SHA256 != sha {
		t.Fatalf("got %v, want the version of before", s)
	}
	if st := e.Scripts().Status()[0]; st.State != StateStale || st.Err == nil {
		t.Errorf("got %s with %v, want a stale one with the error of the file", st.State, st.Err)
	}
	_, err := e.Render(context.Background(), Request{Scripts: []*Script{s}, Input: json.RawMessage("{}")})
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s as before", err, want)
	}
	if e.Scripts().Script("b.js") != nil {
		t.Error("a script lives on whose file was deleted while the service was down")
	}
}

// What is kept is code: it is run only if it is what was kept, by this user.
func TestAKeptVersionThatOthersMayHaveWrittenIsNotUsed(t *testing.T) {
	damaged := map[string]bool{"damaged": true, "another form": true}
	for name, spoil := range map[string]func(t *testing.T, file string){
		"damaged": func(t *testing.T, file string) {
			text, err := os.ReadFile(file)
			must(t, err)
			must(t, os.WriteFile(file, []byte(strings.Replace(string(text), "kept", "evil", 1)), 0o600))
		},
		"another form": func(t *testing.T, file string) {
			must(t, os.WriteFile(file, []byte("{\"name\":\"a.js\",\"bundle\":{\"code\":\"nonsense(\"}}"), 0o600))
		},
		"writable": func(t *testing.T, file string) { must(t, os.Chmod(file, 0o666)) },
		"another user": func(t *testing.T, file string) {
			if os.Geteuid() != 0 {
				t.Skip("only root can give files away")
			}
			must(t, os.Chown(file, 12345, -1))
		},
		"a link": func(t *testing.T, file string) {
			must(t, os.Rename(file, file+".real"))
			must(t, os.Chmod(file+".real", 0o666))
			must(t, os.Symlink(file+".real", file))
		},
	} {
		t.Run(name, func(t *testing.T) {
			if runtime.GOOS == "windows" {
				t.Skip("rights are the folder's")
			}
			dir, state := write(t, map[string]string{"a.js": says("kept")}), t.TempDir()
			start(t, Config{Dir: dir, StateDir: state}).Close()
			put(t, dir, map[string]string{"a.js": "broken("})
			file := filepath.Join(state, "a.js"+storeSuffix)
			spoil(t, file)
			if st := start(t, Config{Dir: dir, StateDir: state}).Scripts().Status()[0]; st.State != StateBroken {
				t.Errorf("got %s, want %s", st.State, StateBroken)
			}
			if _, err := os.Lstat(file); errors.Is(err, fs.ErrNotExist) != damaged[name] {
				t.Errorf("the file is removed: %v, want %v", err, damaged[name])
			}
		})
	}
}

func TestADeletedScriptLivesOnForAWhile(t *testing.T) {
	dir := write(t, map[string]string{"a.js": says("a"), "b.js": says("b")})
	e := start(t, Config{Dir: dir})
	must(t, os.Remove(filepath.Join(dir, "a.js")))
	e.loader.reload(context.Background())
	if st := e.Scripts().Status()[0]; st.State != StateStale || output(t, e, "a.js") != "a" {
		t.Errorf("just deleted: got %s, want the last good version", st.State)
	}
	if left := time.Until(e.loader.again); left <= 0 || left > defaultGrace {
		t.Errorf("it is looked at again in %v, want within %v", left, defaultGrace)
	}
	e.loader.entries["a.js"].missing = time.Now().Add(-defaultGrace)
	e.loader.reload(context.Background())
	if got := e.Scripts().Names(); len(got) != 1 || got[0] != "b.js" {
		t.Errorf("got %v, want b.js alone", got)
	}
}

// Somebody who looks at the folder sees a save, and a deletion after the grace.
func TestASetSaysWhenThereIsANewerOne(t *testing.T) {
	dir := write(t, map[string]string{"a.js": says("a"), "b.js": says("b")})
	e := run(t, Config{Dir: dir, Quiet: 20 * time.Millisecond, Grace: 100 * time.Millisecond})
	awaitSet := func(what string, holds func(*Set) bool) {
		t.Helper()
		timeout := time.After(10 * time.Second)
		for {
			set := e.Scripts()
			if holds(set) {
				return
			}
			select {
			case <-set.Replaced():
			case <-timeout:
				t.Fatalf("%s: nobody said so", what)
			}
		}
	}
	must(t, os.WriteFile(filepath.Join(dir, "b.js"), []byte("export default {"), 0o644))
	awaitSet("a refused save", func(s *Set) bool { return s.Errors()["b.js"] != nil })
	must(t, os.Remove(filepath.Join(dir, "a.js")))
	awaitSet("a deletion", func(s *Set) bool { return s.Script("a.js") == nil })
}
