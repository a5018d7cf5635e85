package worker

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dop251/goja"
)

// compareParse holds the reader against JSON.parse of the runtime, by what a
// script can see of the result. It reports whether the reader took the text.
func compareParse(t *testing.T, text string) bool {
	t.Helper()
	rt := goja.New()
	v, err := rt.RunString(`(function () {
		const seen = (v) => Object.is(v, -0) ? "-0" :
			typeof v === "string" ? "s" + Array.from({ length: v.length }, (_, i) => v.charCodeAt(i)).join() :
			typeof v !== "object" || v === null ? typeof v + v :
			[Array.isArray(v), Object.getPrototypeOf(v) === (Array.isArray(v) ? Array : Object).prototype, Object.isExtensible(v), v.length,
				Reflect.ownKeys(v).map((k) => { const d = Object.getOwnPropertyDescriptor(v, k); return [seen(k), d.writable, d.enumerable, d.configurable, seen(d.value)]; }),
			].join(" ").replace(/^|$/g, "|");
		const parse = JSON.parse;
		Object.defineProperty(Object.prototype, "trap", { set() { throw new Error("a setter of the prototype ran"); } });
		Object.defineProperty(Object.prototype, "fixed", { value: 1, writable: false });
		return { seen, parse, prototype: Object.prototype };
	})()`)
	if err != nil {
		t.Fatal(err)
	}
	seen, _ := goja.AssertFunction(v.(*goja.Object).Get("seen"))
	parse, _ := goja.AssertFunction(v.(*goja.Object).Get("parse"))
	env := environment{rt: rt, prototype: v.(*goja.Object).Get("prototype").(*goja.Object)}
	got := env.readJSON(text)
	if got == nil {
		return false
	}
	want, err := parse(goja.Undefined(), rt.ToValue(text))
	if err != nil {
		t.Fatalf("%q: JSON.parse says %v, the reader takes it", text, err)
	}
	show := func(v goja.Value) string {
		s, err := seen(goja.Undefined(), v)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		return s.String()
	}
	if g, w := show(got), show(want); g != w {
		t.Errorf("%q: got %s, want %s", text, g, w)
	}
	return true
}

// plainJSON is what the reader takes itself, oddJSON what it leaves to JSON.parse.
var (
	plainJSON = []string{
		`null`, `true`, `false`, `0`, `1`, `-1`, `12.50`, `1e3`, `1E-3`, `123456789012345`, `1234567890123456`, `9007199254740993`, `1e22`, `-1.5e+300`,
		`""`, `"a"`, `"é 😀 \" \\ \/ \b\f\n\r\t"`, `"\u00e9\u2028\u0000"`, `"seventeen letters and é"`, "\" \u2028 \x7f\"", `"\uFFFD"`,
		`[]`, ` [ ] `, `[1,[2,[]],{}]`, `{}`, "\t{ }\r\n", `{"a":1,"b":{"c":[null]}}`,
		`{"__proto__":{"x":1},"constructor":2,"toString":3,"length":4}`, `{"__proto__":null}`,
		`{"a":1,"b":2,"a":3}`, `{"b":1,"10":2,"a":3,"2":4,"-1":5,"01":6,"4294967295":7}`,
		`{"trap":1,"fixed":2,"":3,"é":4,"\u0061":5}`, `{"a longer key than sixteen bytes":{"é too, and it is long":1}}`,
	}
	oddJSON = []string{
		``, ` `, `nul`, `nulll`, `True`, `-`, `+1`, `01`, `-01`, `1.`, `.5`, `1e`, `-0`, `0.0`, `1e999`, `1-1`, `0x1`, `NaN`,
		`"`, `"\`, `"\u`, `"\u12`, `"\u+123"`, `"\x"`, `"\ud83d\ude00"`, `"\udc00"`, "\"\n\"", "\"\xff\"", "\"a\\n\x01\"",
		`[`, `[1`, `[1,`, `[1,]`, `[,]`, `[1}`, `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{a:1}`, `{"a" 1}`, `{1:1}`, `{"a":1]`,
		`1 2`, `{}{}`, `null,`, "null\x00", "\ufeff1", "\u00a01", strings.Repeat("[", 100) + strings.Repeat("]", 100),
	}
)

func TestJSONIsReadAsJSONParseDoes(t *testing.T) {
	for _, text := range plainJSON {
		if !compareParse(t, text) {
			t.Errorf("%q is left to JSON.parse", text)
		}
	}
	for _, text := range oddJSON {
		if compareParse(t, text) {
			t.Errorf("%q is not left to JSON.parse", text)
		}
	}
}

func FuzzJSONIsReadAsJSONParseDoes(f *testing.F) {
	for _, text := range append(plainJSON, oddJSON...) {
		f.Add(text)
		f.Add(fmt.Sprintf(`{"k":[%s,%[1]s]}`, text))
	}
	f.Fuzz(func(t *testing.T, text string) { compareParse(t, text) })
}
