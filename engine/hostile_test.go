package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine/wire"
)

// hostileForms are the places where the code of a hostile script may stand.
var hostileForms = []struct{ name, before, after string }{
	{"format", "export default { format() {\n", "\nreturn \"survived\" } }"},
	{"top level", "", "\nexport default {}"},
	{"callback", "export default { types: { x: () => {\n", "\nreturn \"survived\" } }, format() { return [1].map(this.types.x) } }"},
}

type hostileScript struct{ Name, JS string }

func hostileScripts(t testing.TB) []hostileScript {
	t.Helper()
	b, err := os.ReadFile("testdata/hostile.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []hostileScript
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) < 60 {
		t.Fatalf("got %d hostile scripts, want the whole suite", len(list))
	}
	return list
}

// TestHostileScripts holds every hostile script in every place where code can
// stand to the same promise: the engine answers soon, names script and limit,
// renders the next message, and all of it fits into 256 MiB.
func TestHostileScripts(t *testing.T) {
	limits := wire.Limits{Time: 100 * time.Millisecond, LoadTime: 500 * time.Millisecond}
	const bound = 256 << 20
	scripts, forms := hostileScripts(t), hostileForms
	if wire.RaceEnabled {
		// The memory limit is lifted and everything is ten times slower; what
		// races would be found in is the parent, and a part shows it.
		forms = forms[:1]
		scripts = slices.DeleteFunc(scripts, func(s hostileScript) bool {
			return !strings.HasPrefix(s.Name, "loop") && !strings.HasPrefix(s.Name, "rec-") && !strings.HasPrefix(s.Name, "re-")
		})
	}
	// Without this each script stands in one of the places, and the next in another.
	everywhere := os.Getenv("FN_SLACK_TEST_LONG") != "" || wire.RaceEnabled
	peak := watchResident(t)
	for place, form := range forms {
		t.Run(form.name, func(t *testing.T) {
			// Two engines halve the time of loading, which is serial, and are as
			// many workers as one engine has by default.
			var wg sync.WaitGroup
			for half := range 2 {
				files := map[string]string{"honest.js": `export default { format: () => "honest" }`}
				var names []string
				for i, s := range scripts {
					if i/len(forms)%2 == half && (everywhere || i%len(forms) == place) {
						name := s.Name + ".js"
						files[name] = form.before + s.JS + form.after
						names = append(names, name)
					}
				}
				dir := write(t, files)
				wg.Go(func() { holdHostile(t, Config{Dir: dir, Limits: limits, MaxWorkers: 1}, names) })
			}
			wg.Wait()
		})
	}
	if got := peak(); got > bound && !wire.RaceEnabled {
		t.Errorf("service and workers held %d MiB at the most, want at most %d", got>>20, bound>>20)
	} else {
		t.Logf("service and workers held %d MiB at the most", got>>20)
	}
}

func holdHostile(t *testing.T, c Config, names []string) {
	loaded := time.Now()
	e, err := New(c)
	if err != nil {
		t.Error(err)
		return
	}
	defer e.Close()
	if took := time.Since(loaded) / time.Duration(len(names)); took > time.Second {
		t.Errorf("loading took %v for each script", took)
	}
	ctx := context.Background()
	honest := e.Scripts().Script("honest.js")
	for _, name := range names {
		err := e.Scripts().Errors()[name]
		if err == nil {
			// A busy machine is forgiven once or twice; what really hangs is slow
			// every time.
			var r Result
			var renderErr error
			best := time.Hour
			for i := 0; i < maxStops && best > time.Second; i++ {
				begin := time.Now()
				r, renderErr = e.Render(ctx, Request{Scripts: []*Script{e.Scripts().Script(name)}, Input: json.RawMessage("{}")})
				best = min(best, time.Since(begin))
			}
			if best > time.Second {
				t.Errorf("%s: answered after %v", name, best)
			}
			if renderErr == nil {
				if len(r.Passed) > 0 {
					err = r.Passed[0]
				} else if r.Script == nil {
					t.Errorf("%s: declined, want an answer", name)
				}
			} else if se, ok := renderErr.(*ScriptError); ok {
				err = se
			} else {
				t.Errorf("%s: got %v, want a *ScriptError", name, renderErr)
			}
		}
		if err != nil {
			if err.Script != name || !strings.HasPrefix(err.Error(), "scripts/"+name) {
				t.Errorf("%s: the error is about %q: %s", name, err.Script, err)
			}
			// An exception is the script's own: a refused eval, an impossible length.
			if err.Limit == "" && err.Kind != wire.KindThrow && err.Kind != wire.KindSyntax {
				t.Errorf("%s: the %s error names no limit: %s", name, err.Kind, err)
			}
			if testing.Verbose() {
				t.Logf("%-28s %s", err.Kind, err)
			}
		}
		begin := time.Now()
		r, renderErr := e.Render(ctx, Request{Scripts: []*Script{honest}, Input: json.RawMessage("{}")})
		if renderErr != nil || string(r.Output) != `"honest"` {
			t.Errorf("after %s an honest script gives %s, %v, %v", name, r.Output, r.Passed, renderErr)
		}
		if took := time.Since(begin); took > 3*time.Second { // with the start of a worker on a busy machine
			t.Errorf("after %s an honest script took %v", name, took)
		}
	}
}

// watchResident returns the largest resident memory of this process with its
// workers up to the call.
func watchResident(t *testing.T) func() int64 {
	if runtime.GOOS != "linux" {
		return func() int64 { return 0 }
	}
	done := make(chan struct{})
	var peak int64
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				peak = max(peak, residentOfFamily())
			}
		}
	})
	return func() int64 { close(done); wg.Wait(); return peak }
}

func residentOfFamily() int64 {
	total := resident(os.Getpid())
	tasks, _ := filepath.Glob("/proc/self/task/*/children")
	for _, task := range tasks {
		b, _ := os.ReadFile(task)
		for _, child := range bytes.Fields(b) {
			if pid, err := strconv.Atoi(string(child)); err == nil {
				total += resident(pid)
			}
		}
	}
	return total
}

func resident(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	fields := strings.Fields(string(b))
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
