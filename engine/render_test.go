package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine/wire"
	"github.com/fn-slack/fn-slack/engine/worker"
	"github.com/google/go-cmp/cmp"
)

func TestScriptForms(t *testing.T) {
	tests := map[string]map[string]string{
		"an ES module":             {"a.js": `export default { format: () => "ok" }`},
		"an ES module by ending":   {"a.mjs": `export default { format: () => "ok" }`},
		"TypeScript":               {"a.ts": `enum E { A = "ok" } export default { format: (): string => E.A }`},
		"CommonJS":                 {"a.js": `module.exports = { format: () => "ok" };`},
		"CommonJS by member":       {"a.js": `exports.format = () => "ok";`},
		"an import":                {"a.js": `import { x } from "./lib/x"; export default { format: () => x }`, "lib/x.js": `export const x = "ok";`},
		"an import of JSON":        {"a.js": `import x from "./lib/x.json"; export default { format: () => x.y }`, "lib/x.json": `{"y":"ok"}`},
		"an import of an index":    {"a.js": `import x from "./lib"; export default { format: () => x }`, "lib/index.ts": `export default "ok" as string;`},
		"require":                  {"a.js": `const x = require("./lib/x.js"); module.exports = { format: () => x };`, "lib/x.js": `module.exports = "ok";`},
		"newer syntax":             {"a.js": `class A { #x = "ok"; static { this.y = 1 } get x() { return this.#x } } export default { format: () => { let v; v ??= new A().x; return v?.at?.(0) + v.replaceAll("o", "")} }`},
		"an async generator":       {"a.js": `async function* g() { yield "o"; yield "k" } export default { async format() { let s = ""; for await (const x of g()) s += x; return s } }`},
		"a promise":                {"a.js": `export default { format: async () => await Promise.resolve("ok") }`},
		"what the driver declares": {"a.js": `const at = declared(); export default { format: () => at === "by the driver" ? "ok" : at }`},
		"a byte order mark":        {"a.js": "\xef\xbb\xbf" + `export default { format: () => "ok" }`},
		"a map that is not there":  {"a.js": "export default { format: () => \"ok\" }\n//# sourceMappingURL=/etc/passwd"},
	}
	for name, files := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := mustRender(t, startWith(t, files), "{}"); got != `"ok"` {
				t.Errorf("got %s, want \"ok\"", got)
			}
		})
	}
}

func TestValuesKeepTheMeaningOfJSON(t *testing.T) {
	e := startWith(t, map[string]string{"a.js": `export default { format: (m) => ({ z: 1, "10": 2, a: [undefined, null, NaN, new Date(0), "\u2028é", "\ud83d"], f() {}, m, j: { toJSON: (key) => key } }) }`})
	got := mustRender(t, e, `{"b":1.50,"a":"\ud83d\ude00"}`)
	want := `{"10":2,"z":1,"a":[null,null,null,"1970-01-01T00:00:00.000Z","` + "\u2028é" + `","\ud83d"],"m":{"b":1.5,"a":"😀"},"j":"j"}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

func TestNothingIsSeenByTheNextRender(t *testing.T) {
	e := startWith(t, map[string]string{
		"a.js": `let n = 0; export default { format() {
			n++; globalThis.seen = (globalThis.seen ?? 0) + 1; Array.prototype.seen = (Array.prototype.seen ?? 0) + 1;
			const s = JSON.stringify([n, globalThis.seen, [].seen]);
			Object.prototype.evil = 1; JSON.stringify = () => "evil"; Math.max = null;
			return s } }`,
	})
	for range 3 {
		if got, want := mustRender(t, e, "{}"), `"[1,1,1]"`; got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
}

func TestTheSameRequestGivesTheSameBytes(t *testing.T) {
	e := startWith(t, map[string]string{
		"a.js": `export default { format: () => [Math.random(), Math.random(), Date.now(), new Date().toString(), [3,1,2].sort(() => Math.random() - 0.5)] }`,
	})
	first := mustRender(t, e, "{}")
	if !strings.Contains(first, "1767323045000") || !strings.Contains(first, "03:04:05 GMT+0000") {
		t.Errorf("got %s, want the time of the request, in UTC", first)
	}
	for range 5 {
		if got := mustRender(t, e, "{}"); got != first {
			t.Errorf("got %s, then %s", first, got)
		}
	}
	r, err := e.Render(context.Background(), Request{Scripts: []*Script{e.Scripts().Script("a")}, Input: json.RawMessage("{}"), Seed: "another"})
	if err != nil || string(r.Output) == first {
		t.Errorf("another seed gives the same: %s, %v", r.Output, err)
	}
}

func TestNothingDangerousCanBeReached(t *testing.T) {
	e := startWith(t, map[string]string{"a.js": `
		const tries = {
			eval: () => eval("1"), indirect: () => (0, eval)("1"), Function: () => Function("return 1")(), construct: () => new Function("return 1"),
			prototype: () => (() => {}).constructor("return 1")(),
			generator: () => Object.getPrototypeOf(function* () {}).constructor("yield 1")(),
			async: () => Object.getPrototypeOf(async () => {}).constructor("return 1")(),
			method: () => ({ m() {} }).m.constructor("return 1")(),
			klass: () => (class {}).constructor("return 1")(),
			bound: () => (() => {}).bind().constructor("return 1")(),
			native: () => [].map.constructor("return 1")(),
			host: () => host.upper.constructor("return 1")(),
			reflect: () => Reflect.construct((() => {}).constructor, ["return 1"]),
			again: () => { Object.defineProperty(Function.prototype, "constructor", { value: 1 }) },
		};
		export default { format() {
			const open = [];
			for (const [name, f] of Object.entries(tries)) { try { f(); open.push(name) } catch (e) { if (!(e instanceof Error)) open.push(name + "?") } }
			for (const name of ["setTimeout", "setInterval", "fetch", "XMLHttpRequest", "process", "require", "module", "Deno", "WebAssembly", "__receive"])
				if (typeof globalThis[name] !== "undefined") open.push(name);
			if (!((() => {}) instanceof Function)) open.push("instanceof");
			return open;
		} }`})
	if got := mustRender(t, e, "{}"); got != "[]" {
		t.Errorf("got %s, want nothing", got)
	}
}

func TestConsoleIsKeptWithScriptAndLevel(t *testing.T) {
	e := startWith(t, map[string]string{
		"a.js": `export default { match() { console.warn("not", 1); return false }, format() {} }`,
		"b.js": `export default { format() { console.log("x", { a: [1] }, null); console.error(new TypeError("t")); return 1 } }`,
	})
	r, err := render(t, e, "{}")
	if err != nil {
		t.Fatal(err)
	}
	want := []wire.Line{{Script: "a.js", Level: "warn", Text: "not 1"}, {Script: "b.js", Level: "info", Text: `x {"a":[1]} null`}, {Script: "b.js", Level: "error", Text: "TypeError: t"}}
	if diff := cmp.Diff(want, r.Console); diff != "" {
		t.Errorf("console (-want +got):\n%s", diff)
	}
}

func TestAFloodOnTheConsoleIsCut(t *testing.T) {
	e := startWith(t, map[string]string{"a.js": `export default { format() { for (let i = 0; i < 5000; i++) console.log("x".repeat(100)); return 1 } }`})
	r, err := render(t, e, "{}")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.Console); n != worker.MaxConsoleLines+1 {
		t.Errorf("got %d lines, want %d and a last one that says so", n, worker.MaxConsoleLines)
	}
}

func TestConsoleOfAFailureIsKept(t *testing.T) {
	e := startWith(t, map[string]string{"a.js": `export default { format() { console.log("before"); throw new Error("x") } }`})
	r, err := render(t, e, "{}")
	if err == nil || len(r.Console) != 1 || r.Console[0].Text != "before" {
		t.Errorf("got %v and the console %v, want an error and what was written before it", err, r.Console)
	}
}

// What goja makes when it is first looked at can be gone by then. Only
// what the worker's own reader leaves to JSON.parse needs it, half a surrogate
// pair for one.
func TestAScriptThatTakesBuiltInsAway(t *testing.T) {
	for body, want := range map[string]string{
		`globalThis[["JS", "ON"].join("")] = null; return { a: [1] }`:                                                                                                              `{"a":[1]}`,
		`globalThis[["JS", "ON"].join("")] = null; return host.json("\ud83d")`:                                                                                                     "scripts/a.js:1:83: Error: JSON has been taken away",
		`globalThis[["JS", "ON"].join("")] = null; return new Date(0)`:                                                                                                             `"1970-01-01T00:00:00.000Z"`,
		`globalThis[["JS", "ON"].join("")] = null; console.log({ a: 1 }); return 1`:                                                                                                `1`,
		`Object.defineProperty(globalThis, ["JS", "ON"].join(""), { get() { throw new Error("mine") } }); return new Date(0)`:                                                      `"1970-01-01T00:00:00.000Z"`,
		`JSON.stringify = () => "7"; JSON.parse = null; return [host.json({ a: 1 }), new Date(0)]`:                                                                                 `[{"z":{"a":1},"a":1},"1970-01-01T00:00:00.000Z"]`,
		`globalThis[["JS", "ON"].join("")] = { parse: () => 1, stringify: () => '{"text":1} and more' }; return new Date(0)`:                                                       `"1970-01-01T00:00:00.000Z"`,
		`globalThis[["JS", "ON"].join("")] = { parse: () => 1, stringify: () => ({ toString: () => "1" }) }; return new Date(0)`:                                                   `"1970-01-01T00:00:00.000Z"`,
		`Object.defineProperty(globalThis, ["JS", "ON"].join(""), { get: function again() { return again() } }); try { return host.json("\ud83d") } catch (e) { return "caught" }`: "scripts/a.js:1:119: RangeError: more than 256 calls inside each other",
		`delete globalThis.Error; try { host.fail("x") } catch (e) { return e.name + ": " + e.message }`:                                                                           `"TypeError: no x"`,
		`globalThis.Error = 1; try { host.fail("x") } catch (e) { return e.name + ": " + e.message }`:                                                                              `"TypeError: no x"`,
	} {
		e := startWith(t, map[string]string{"a.js": "export default { format() { " + body + " } }"})
		r, err := render(t, e, "{}")
		got := string(r.Output)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", body, got, want)
		}
	}
}

func TestHostFunctions(t *testing.T) {
	tests := map[string]string{
		`host.upper("a")`: `"a!"`,
		`host.upper()`:    `"!"`,
		`host.upper(null) + host.upper(undefined)`: `"!!"`,
		`host.upper({ toString: () => "s" })`:      `"s!"`,
		`host.join(1, true)`:                       `"1+true"`,
		`host.sum(1, "2", 3.5)`:                    `6.5`,
		`host.sum()`:                               `0`,
		`host.json({ b: 1, a: [2] })`:              `{"z":{"b":1,"a":[2]},"a":1}`,
		`host.json()`:                              `{"z":null,"a":1}`,
		`host.any({ x: 1 })`:                       `[{"x":1}]`,
		`host.repeat("ab", 2.9)`:                   `"abab"`,
		`["a", "b"].map(host.upper)`:               `["a!","b!"]`,
		`(() => { try { host.fail("x") } catch (e) { return e.message + (e instanceof Error) } })()`:                 `"no xtrue"`,
		`(() => { try { host.boom() } catch (e) { return e.message } })()`:                                           `"host.boom failed: a bug"`,
		`(() => { try { host.none() } catch (e) { return e.message } })()`:                                           `"the host has no function \"none\""`,
		`(() => { try { host.upper({ toString() { throw new RangeError("r") } }) } catch (e) { return e.name } })()`: `"RangeError"`,
	}
	var b strings.Builder
	b.WriteString("export default { format: (m) => [")
	var want []string
	for expression, result := range tests {
		b.WriteString("\n" + expression + ",")
		want = append(want, result)
	}
	b.WriteString("] }")
	e := startWith(t, map[string]string{"a.js": b.String()})
	if diff := cmp.Diff("["+strings.Join(want, ",")+"]", mustRender(t, e, "{}")); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func TestAFunctionThatCannotBeHandedOverIsRefused(t *testing.T) {
	for name, f := range map[string]any{
		"channel":     make(chan int),
		"struct":      struct{}{},
		"parameter":   func(*int) {},
		"two results": func() (int, int) { return 1, 2 },
		"odd result":  func() []int { return nil },
		"nil":         nil,
	} {
		p := worker.Predeclared{Driver: "() => () => 1", Host: map[string]any{"f": f}}
		if _, err := p.Compile(); err == nil || !strings.Contains(err.Error(), "host.f") {
			t.Errorf("%s: got %v, want an error that names host.f", name, err)
		}
	}
}

func TestSelectionTriesInOrderAndPassesFailuresOver(t *testing.T) {
	deadly, kind := `"\u2022".repeat(1 << 30).length > 0`, "memory"
	if wire.RaceEnabled { // there is no memory limit
		deadly, kind = `Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)`, "timeout"
	}
	e := start(t, Config{
		Limits: wire.Limits{Time: 100 * time.Millisecond},
		Dir: write(t, map[string]string{
			"a.js": `export default { match: () => false }`,
			"b.js": `export default { match: (c) => c.no.such }`,
			"c.js": `export default { match() { for (;;); } }`,
			"d.js": `export default { match: () => ` + deadly + ` }`,
			"e.js": `export default { match: () => true, format: () => "e" }`,
			"f.js": `export default { format: () => "f" }`,
		}),
	})
	r, err := render(t, e, "{}")
	if err != nil {
		t.Fatal(err)
	}
	if r.Script == nil || r.Script.Name != "e.js" || string(r.Output) != `"e"` {
		t.Errorf("got %v with %s, want e.js", r.Script, r.Output)
	}
	var passed []string
	for _, p := range r.Passed {
		passed = append(passed, p.Script+" "+string(p.Kind))
	}
	if diff := cmp.Diff([]string{"b.js throw", "c.js timeout", "d.js " + kind}, passed); diff != "" {
		t.Errorf("passed over (-want +got):\n%s", diff)
	}
}

func TestAnErrorAfterAcceptingIsTheAnswer(t *testing.T) {
	for name, format := range map[string]string{
		"throw":   `throw new Error("x")`,
		"timeout": `for (;;);`,
		"memory":  `"\u2022".repeat(1 << 30)`,
	} {
		if wire.RaceEnabled && name == "memory" {
			continue // there is no memory limit
		}
		e := start(t, Config{
			Limits: wire.Limits{Time: 100 * time.Millisecond},
			Dir: write(t, map[string]string{
				"a.js": `export default { match: (c) => c.no.such }`,
				"b.js": `export default { match: () => true, format() { ` + format + ` } }`,
				"c.js": `export default { format: () => "not this one" }`,
			}),
		})
		r, err := render(t, e, "{}")
		var se *ScriptError
		if !errors.As(err, &se) || se.Script != "b.js" || string(se.Kind) != name {
			t.Errorf("%s: got %v, want an error of b.js", name, err)
		}
		if len(r.Passed) != 1 || r.Passed[0].Script != "a.js" {
			t.Errorf("%s: passed over %v, want a.js", name, r.Passed)
		}
	}
}

func TestAllDecline(t *testing.T) {
	e := startWith(t, map[string]string{"a.js": `export default { match: () => false }`, "b.js": `export default { match: () => 0 }`})
	r, err := render(t, e, "{}")
	if err != nil || r.Script != nil || r.Output != nil || len(r.Passed) != 0 {
		t.Errorf("got %+v, %v, want nothing", r, err)
	}
	if r, err = e.Render(context.Background(), Request{}); err != nil || r.Script != nil {
		t.Errorf("no scripts: got %+v, %v, want nothing", r, err)
	}
}

func TestAScriptThatIsStoppedTooOftenIsSetAside(t *testing.T) {
	dir := write(t, map[string]string{
		"a.js": `export default { format() { for (;;); } }`,
		"b.js": `export default { format: () => "b" }`,
	})
	var events []Event
	e := start(t, Config{Dir: dir, Limits: wire.Limits{Time: 50 * time.Millisecond}, OnReload: func(ev Event) { events = append(events, ev) }})
	// The same input again, and large ones, say nothing more about the script.
	large := `"` + strings.Repeat("x", smallInput) + `%d"`
	for _, input := range []string{"{}", "{}", "{}", "{}", fmt.Sprintf(large, 1), fmt.Sprintf(large, 2), fmt.Sprintf(large, 3), `{"n":2}`, `{"n":3}`} {
		if _, err := render(t, e, input); err == nil || strings.Contains(err.Error(), "set aside") {
			t.Fatalf("render %.20s: got %v, want a timeout", input, err)
		}
	}
	r, err := render(t, e, "{}")
	if err != nil || string(r.Output) != `"b"` || len(r.Passed) != 1 {
		t.Fatalf("got %s, passed over %v, %v; want b.js after a.js was passed over", r.Output, r.Passed, err)
	}
	if p := r.Passed[0]; p.Script != "a.js" || p.Kind != wire.KindTimeout || !strings.Contains(p.Message, "stopped over 3 different inputs in 5 minutes") {
		t.Errorf("got %s: %s, want that it is set aside", p.Script, p)
	}
	if st := e.Scripts().Status()[0]; st.State != StateSetAside || st.Err == nil || time.Since(st.Since) > time.Minute {
		t.Errorf("got the state %s since %v, want %s since now", st.State, st.Since, StateSetAside)
	}
	if last := events[len(events)-1]; last.Kind != EventSetAside || last.Script != "a.js" {
		t.Errorf("got the last event %+v, want that a.js is set aside", last)
	}
	put(t, dir, map[string]string{"a.js": `export default { format: () => "mended" }`})
	e.loader.reload(context.Background())
	if got := mustRender(t, e, "{}"); got != `"mended"` {
		t.Errorf("got %s, want the mended script", got)
	}
}

func TestStopsLongAgoDoNotCount(t *testing.T) {
	s := &Script{Name: "a.js"}
	now := time.Now()
	for i := range 10 {
		if s.stopped(now.Add(time.Duration(i)*(stopWindow/2+time.Second)), uint64(i), 10, &ScriptError{}) {
			t.Fatalf("set aside at stop %d, want only three within %v to count", i, stopWindow)
		}
	}
}

// A version that is set aside is tried again, each time after a longer pause.
func TestAScriptThatIsSetAsideIsTriedAgain(t *testing.T) {
	s := &Script{Name: "a.js"}
	now := time.Now()
	for i := range maxStops {
		s.stopped(now, uint64(i), 10, &ScriptError{Message: "ran too long"})
	}
	for pause := firstPause; pause < 4*firstPause; pause *= 2 {
		if s.setAside(now.Add(pause-time.Second)) == nil {
			t.Errorf("it is used before %v are over", pause)
		}
		now = now.Add(pause)
		if err := s.setAside(now); err != nil {
			t.Errorf("it is not tried after %v: %v", pause, err)
		}
		if s.setAside(now) == nil {
			t.Error("a second message tries it at the same time")
		}
		s.stopped(now, 7, 10, &ScriptError{})
	}
	if !s.answered() || s.setAside(now) != nil {
		t.Error("it is not used again after it has made a message")
	}
}

func TestALostWorkerIsNotNoticedByOthers(t *testing.T) {
	e := start(t, Config{
		Limits: wire.Limits{Time: 100 * time.Millisecond},
		Dir: write(t, map[string]string{
			"bad.js":  `export default { format: () => "\u2022".repeat(1 << 30).length }`,
			"good.js": `export default { format: (m) => m.i }`,
		}),
	})
	good, bad := e.Scripts().Script("good.js"), e.Scripts().Script("bad.js")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 30 {
				if i%10 == 0 {
					if _, err := e.Render(context.Background(), Request{Scripts: []*Script{bad}, Input: json.RawMessage("{}")}); err == nil && bad.setAside(time.Now()) == nil {
						t.Error("the bad script gave no error")
					}
				}
				r, err := e.Render(context.Background(), Request{Scripts: []*Script{good}, Input: json.RawMessage(`{"i":7}`)})
				if err != nil || string(r.Output) != "7" {
					t.Errorf("got %s, %v, %v; want 7", r.Output, r.Passed, err)
				}
			}
		})
	}
	wg.Wait()
}

// A script that used much of its memory must not leave the next one with
// less.
func TestMemoryComesBack(t *testing.T) {
	if wire.RaceEnabled {
		t.Skip("the race detector lifts the memory limit")
	}
	dir := write(t, map[string]string{"a.js": `export default { format() { const a = []; for (let i = 0; i < 4; i++) a.push("\u2022".repeat(1 << 20) + i); return a.length } }`})
	e := start(t, Config{Dir: dir, Limits: wire.Limits{Time: 10 * time.Second}})
	for range 20 {
		if got := mustRender(t, e, "{}"); got != "4" {
			t.Fatalf("got %s, want 4", got)
		}
	}
}

func TestARequestEndsWithItsContext(t *testing.T) {
	e := start(t, Config{Dir: write(t, map[string]string{"a.js": `export default { format() { for (;;); } }`}), Limits: wire.Limits{Time: 30 * time.Second}})
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := e.Render(ctx, Request{Scripts: []*Script{e.Scripts().Script("a")}, Input: json.RawMessage("{}")})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
}

// A machine that does not let a worker run must not be blamed on the script.
func TestAStarvedTimeoutIsNotTheScriptsFault(t *testing.T) {
	l := wire.Limits{Time: 100 * time.Millisecond}
	timeout := &wire.Error{Kind: wire.KindTimeout}
	for _, tt := range []struct {
		cpu  time.Duration
		want bool
	}{{10 * time.Millisecond, true}, {90 * time.Millisecond, false}, {-time.Microsecond, false}} {
		if got := starved(timeout, l, tt.cpu.Microseconds()); got != tt.want {
			t.Errorf("%v of processor time: got %v, want %v", tt.cpu, got, tt.want)
		}
	}
	if starved(&wire.Error{Kind: wire.KindMemory}, l, 0) {
		t.Error("lack of memory is taken for lack of time")
	}
}

// The match timeout of regular expressions only works while this module and
// goja use the same major version of the package, because it is a variable.
func TestGojaUsesOurRegexp2(t *testing.T) {
	out, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`github\.com/dlclark/regexp2/v2 v2\.`).Match(out) {
		t.Error("go.mod does not name regexp2/v2")
	}
	dir := write(t, map[string]string{"a.js": `export default { format() { try { /^(?=(a+)+$)/.test("a".repeat(40) + "b") } catch {} return 1 } }`})
	if err := timeoutWithLine(t, Config{Dir: dir}, "a.js"); err.Kind != wire.KindTimeout || err.Line == 0 {
		t.Errorf("got %s %s, want a timeout with its line: goja uses another regexp2", err.Kind, err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	_, err := New(Config{MaxWorkers: -1, Limits: wire.Limits{Time: -1, Memory: 1, CallDepth: 1 << 20, Source: -1, Output: -1, LoadTime: -1}})
	if err == nil {
		t.Fatal("got no error")
	}
	for _, name := range []string{"Dir", "MaxWorkers", "Limits.Time", "Limits.Memory", "Limits.CallDepth", "Limits.Source", "Limits.Output", "Limits.LoadTime"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("the error does not name %s: %v", name, err)
		}
	}
}

func TestAWorkerThatDoesNotStartIsTold(t *testing.T) {
	e := start(t, Config{Dir: write(t, map[string]string{"a.js": "export default {}"}), Command: []string{"/bin/false"}})
	err := e.Scripts().Errors()["a.js"]
	if err == nil || !strings.Contains(err.Message, "start a render worker") {
		t.Errorf("got %v, want that no worker starts", err)
	}
}

// A script may cut a text through the middle of a character.
func TestHalfACharacterIsWrittenAsJSONHasIt(t *testing.T) {
	e := startWith(t, map[string]string{"a.js": `export default { format: (m) => m.text.slice(0, 2) }`})
	if got, want := mustRender(t, e, `{"text":"a😀"}`), `"a\ud83d"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestJSONParseOfAScript(t *testing.T) {
	for script, want := range map[string]string{
		`JSON.parse('[1,{"a":2}]', (k, v) => typeof v === "number" ? v + 1 : v)`:                       `[2,{"a":3}]`,
		`JSON.parse({ n: 0, toString() { return "[" + ++this.n + ",-0]" } })`:                          `[1,0]`,
		`{ try { JSON.parse("{") } catch (e) { return [e instanceof SyntaxError, JSON.parse.name] } }`: `[true,"parse"]`,
	} {
		e := startWith(t, map[string]string{"a.js": `export default { format: () => ` + script + ` }`})
		if got := mustRender(t, e, "{}"); got != want {
			t.Errorf("%s: got %s, want %s", script, got, want)
		}
	}
	e := startWith(t, map[string]string{"a.js": "export default { format() {\n  return JSON.parse('{x');\n} }"})
	got := failureOf(t, e, "a.js", "{}")
	if got.Kind != wire.KindThrow || got.Line != 2 || got.Message != "SyntaxError: invalid character 'x'" {
		t.Errorf("got %s in line %d: %s", got.Kind, got.Line, got.Message)
	}
}
