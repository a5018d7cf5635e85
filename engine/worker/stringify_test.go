package worker

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dop251/goja"
)

// stringifyBoth writes what an expression makes with the writer and with
// JSON.stringify, in two runtimes because a getter may have effects. taken is
// whether the writer took it.
func stringifyBoth(t *testing.T, source string) (got, want string, taken bool) {
	t.Helper()
	made := func() (rt *goja.Runtime, v goja.Value) {
		rt = goja.New()
		v, err := rt.RunString(source)
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		return rt, v
	}
	rt, v := made()
	prototype := func(name string) *goja.Object {
		return rt.Get(name).(*goja.Object).Get("prototype").(*goja.Object)
	}
	w := jsonWriter{prototype: prototype("Object"), array: prototype("Array"), limit: 1 << 20}
	if ex := rt.Try(func() { taken = w.write(v, 0) }); ex != nil {
		taken = false
	}
	rt, v = made()
	stringify, _ := goja.AssertFunction(rt.Get("JSON").(*goja.Object).Get("stringify"))
	s, err := stringify(goja.Undefined(), v)
	if err != nil {
		return string(w.b), err.Error(), taken
	}
	return string(w.b), s.String(), taken
}

func TestResultsAreWrittenAsJSONStringifyDoes(t *testing.T) {
	for _, source := range []string{
		`null`, `true`, `0`, `-0`, `[-0]`, `1.5`, `1e21`, `1e-7`, `123456789012`, `NaN`, `[Infinity, -Infinity]`, `0.1 + 0.2`, `2**53`,
		`""`, `"a\"\\\b\f\n\r\t\u0000\u001f\u007f\u2028é😀</script>"`,
		`({})`, `[]`, `({ a: 1, b: [2, { c: null }], "ü\n": "x" })`, `({ b: 1, 10: 2, a: 3, 2: 4 })`, `({ "": 1, length: 2, constructor: 3, ["__proto__"]: 4 })`,
		`({ a: undefined, b() {}, c: Symbol("s"), d: 1 })`, `[undefined, () => 1, Symbol("s"), , 1]`, `({ [Symbol("s")]: 1 })`,
		`({ get a() { return 1 }, get b() { return [this.a] } })`, `Object.defineProperty({ a: 1 }, "hidden", { value: 2 })`,
		`({ a: 1, get b() { delete this.c; return 2 }, c: 3 })`, `((a) => (a.x = 1, a))([1])`, `((o) => ({ a: o, b: o }))({})`,
		`Object.freeze([1])`, `new Array(3)`, `Object.assign([1, 2, 3], { length: 1 })`,
		`(() => { Array.prototype[1] = "inherited"; return [1, , 3] })()`, `(() => { Object.prototype.inherited = 1; return { a: 1 } })()`,
		`(function () { return arguments })(1, 2)`,
	} {
		if got, want, taken := stringifyBoth(t, source); !taken || got != want {
			t.Errorf("%s: got %s (taken: %v), want %s", source, got, taken, want)
		}
	}
	for _, source := range []string{
		`undefined`, `(() => 1)`, `Symbol("s")`, `1n`, `[1n]`, `new Date(0)`, `new Map([[1, 2]])`, `/x/`, `new Error("x")`, `new String("s")`, `[new Number(1), new Boolean(false)]`,
		`new (class { a = 1 })()`, `Object.create(null)`, `Object.create({ a: 1 })`, `new Proxy({ a: 1 }, {})`, `new Proxy([1], {})`, `new (class extends Array {})(1, 2)`,
		`({ toJSON() { return 1 } })`, `({ toJSON: 1 })`, `Object.defineProperty({}, "toJSON", { value: () => 1 })`, `(() => { Object.prototype.toJSON = () => 1; return { a: 1 } })()`,
		`(() => { Array.prototype.toJSON = () => 1; return [2] })()`, `({ get a() { throw new Error("x") } })`, `((o) => (o.o = o))({})`,
		`"\ud83d"`, `({ "\udc00": 1 })`, `new Uint8Array(2)`, `new Array(1 << 22)`, strings.Repeat("[", 70) + strings.Repeat("]", 70),
	} {
		if got, want, taken := stringifyBoth(t, source); taken {
			t.Errorf("%s is not left to JSON.stringify: got %s, want %s", source, got, want)
		}
	}
}

func FuzzResultsAreWrittenAsJSONStringifyDoes(f *testing.F) {
	for _, text := range append(plainJSON, oddJSON...) {
		f.Add(text)
	}
	f.Add("\x00\x01\x1f\b\f\n\r\t\"\\/\x7f\u2028<&>é😀")
	rt := goja.New()
	member := func(name string) goja.Callable {
		fn, _ := goja.AssertFunction(rt.Get("JSON").(*goja.Object).Get(name))
		return fn
	}
	parse, stringify := member("parse"), member("stringify")
	prototype := func(name string) *goja.Object {
		return rt.Get(name).(*goja.Object).Get("prototype").(*goja.Object)
	}
	object, array := prototype("Object"), prototype("Array")
	f.Fuzz(func(t *testing.T, text string) {
		values := []goja.Value{rt.ToValue(text)}
		if v, err := parse(goja.Undefined(), values[0]); err == nil {
			values = append(values, v)
		}
		for _, v := range values {
			w := jsonWriter{prototype: object, array: array, limit: 1 << 20}
			taken := w.write(v, 0)
			want, err := stringify(goja.Undefined(), v)
			if err != nil {
				t.Fatal(err)
			}
			if taken && string(w.b) != want.String() {
				t.Errorf("got %s, want %s", w.b, want)
			}
			if !taken && v == values[0] && utf8.ValidString(text) && !strings.ContainsRune(text, utf8.RuneError) {
				t.Errorf("%q is left to JSON.stringify", text)
			}
		}
	})
}
