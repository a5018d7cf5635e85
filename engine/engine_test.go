package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine/worker"
)

// TestMain makes the test binary its own render worker.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == WorkerArg {
		os.Exit(worker.Main(testPredeclared()))
	}
	os.Exit(m.Run())
}

// testPredeclared gives scripts a little meaning: match and format as a real
// driver has them, so that acceptance can be tested.
func testPredeclared() worker.Predeclared {
	return worker.Predeclared{
		DriverName: "driver.js",
		Driver: `(host) => {
		globalThis.host = new Proxy({}, { get: (_, name) => (...args) => host(name, ...args) });
		globalThis.declared = () => "by the driver";
		return (exports, input) => {
			if (typeof exports !== "object" || exports === null) throw new TypeError("the default export is not an object");
			if (exports.match && !exports.match(input)) return undefined;
			host("accept");
			return exports.format ? exports.format(input) : input;
		};
		}`,
		Host: map[string]any{
			"upper": func(s string) string { return fmt.Sprintf("%s!", s) },
			"join":  func(a, b string) string { return a + "+" + b },
			"fail":  func(s string) (string, error) { return "", errors.New("no " + s) },
			"boom":  func() string { panic("a bug") },
			"sum": func(ns ...float64) float64 {
				t := 0.0
				for _, n := range ns {
					t += n
				}
				return t
			},
			"json": func(v json.RawMessage) json.RawMessage { return json.RawMessage(`{"z":` + string(v) + `,"a":1}`) },
			"any":  func(v any) any { return []any{v} },
			"repeat": func(s string, n int) string {
				out := ""
				for range n {
					out += s
				}
				return out
			},
			"reach": reach,
		},
	}
}

// write puts files into a folder called scripts and returns it.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "scripts")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, dir, files)
	return dir
}

func put(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// start makes an engine that ends with the test.
func start(t testing.TB, c Config) *Engine {
	t.Helper()
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func startWith(t testing.TB, files map[string]string) *Engine {
	t.Helper()
	return start(t, Config{Dir: write(t, files)})
}

// render runs all scripts of the folder on an input.
func render(t testing.TB, e *Engine, input string) (Result, error) {
	t.Helper()
	var scripts []*Script
	for _, name := range e.Scripts().Names() {
		scripts = append(scripts, e.Scripts().Script(name))
	}
	return e.Render(context.Background(), Request{
		Scripts: scripts,
		Input:   json.RawMessage(input),
		Time:    time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Seed:    "seed",
	})
}

// mustRender returns the output of a script that must not fail.
func mustRender(t testing.TB, e *Engine, input string) string {
	t.Helper()
	r, err := render(t, e, input)
	if err != nil {
		t.Fatalf("render: %v", err)
	}
	if r.Script == nil {
		t.Fatalf("no script answered; passed over: %v; broken: %v", r.Passed, e.Scripts().Errors())
	}
	return string(r.Output)
}

// failure of the only script, at load or when it renders.
func failureOf(t testing.TB, e *Engine, name, input string) *ScriptError {
	t.Helper()
	if err := e.Scripts().Err(name); err != nil {
		return err
	}
	r, err := render(t, e, input)
	if se := new(ScriptError); errors.As(err, &se) {
		return se
	}
	if err != nil {
		t.Fatalf("got the error %v, want a *ScriptError", err)
	}
	if len(r.Passed) > 0 {
		return r.Passed[0]
	}
	t.Fatalf("the script did not fail, output %s", r.Output)
	return nil
}

// timeoutWithLine is the failure of a script that must tell the line it was
// stopped in. On a busy machine a worker can be killed before it has told, so
// it has more than one try.
func timeoutWithLine(t testing.TB, c Config, name string) *ScriptError {
	t.Helper()
	var err *ScriptError
	for range 5 {
		if err = failureOf(t, start(t, c), name, "{}"); err.Line > 0 {
			break
		}
	}
	return err
}

func TestAScriptRendersInAWorker(t *testing.T) {
	e := startWith(t, map[string]string{"a.js": `export default { format: (m) => ({ text: "hello " + m.name }) }`})
	if got, want := mustRender(t, e, `{"name":"world"}`), `{"text":"hello world"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
