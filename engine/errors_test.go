package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine/wire"
)

func TestErrorsLeadBackToTheFileAsWritten(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string // a.js or a.ts is the script
		kind  wire.Kind
		want  string // Error()
		hint  string // a part of it
		frame string // the first one
	}{
		{
			name:  "an exception",
			files: map[string]string{"a.js": "export default {\n  format(m) {\n    return m.incident.text;\n  },\n};\n"},
			kind:  wire.KindThrow,
			want:  "scripts/a.js:3:23: TypeError: Cannot read property 'text' of undefined",
			frame: "format (scripts/a.js:3:23)",
		},
		{
			name:  "in TypeScript, after types that leave no code",
			files: map[string]string{"a.ts": "interface M { x?: { y: string } }\ntype N = M;\nexport default {\n  format(m: N): string { return m.x!.y; },\n};\n"},
			kind:  wire.KindThrow,
			want:  "scripts/a.ts:4:38: TypeError: Cannot read property 'y' of undefined",
			frame: "format (scripts/a.ts:4:38)",
		},
		{
			name: "in an imported file",
			files: map[string]string{
				"a.js":          "import { f } from \"./lib/f\";\nexport default { format: (m) => f(m) };",
				"lib/f.ts":      "import { g } from \"./deep/g.js\";\n\nexport const f = (m: any) =>\n\tg(m);\n",
				"lib/deep/g.js": "// a comment\nexport function g(m) {\n  throw new RangeError(\"no\");\n}\n",
			},
			kind:  wire.KindThrow,
			want:  "scripts/lib/deep/g.js:3:9: RangeError: no",
			frame: "g (scripts/lib/deep/g.js:3:9)",
		},
		{
			name:  "behind characters of more bytes",
			files: map[string]string{"a.js": "export default { format(m) { const s = \"é😀•\"; return m.no.such; } };"},
			kind:  wire.KindThrow,
			want:  "scripts/a.js:1:59: TypeError: Cannot read property 'such' of undefined",
		},
		{
			name:  "after a byte order mark and with other line ends",
			files: map[string]string{"a.js": "\xef\xbb\xbfexport default {\r\n  format(m) { return m.no.such; } };"},
			kind:  wire.KindThrow,
			want:  "scripts/a.js:2:27: TypeError: Cannot read property 'such' of undefined",
		},
		{
			name:  "a syntax error",
			files: map[string]string{"a.js": "export default {\n  labels: { \"é\": }\n};\n"},
			kind:  wire.KindSyntax,
			want:  `scripts/a.js:2:18: SyntaxError: Unexpected "}"`,
		},
		{
			name:  "a syntax error in an import",
			files: map[string]string{"a.js": "import \"./b\";\nexport default {};", "b.ts": "const x: = 1"},
			kind:  wire.KindSyntax,
			want:  `scripts/b.ts:1:10: SyntaxError: Unexpected "="`,
		},
		{
			name:  "await at the top level",
			files: map[string]string{"a.js": "export default {};\nawait 1;"},
			kind:  wire.KindSyntax,
			want:  "scripts/a.js:2:1: SyntaxError: there is no await at the top level of a script",
		},
		{
			name:  "an import of what is only known at run time",
			files: map[string]string{"a.js": "export default {\n  format: (m) => import(m.x),\n};"},
			kind:  wire.KindSyntax,
			want:  "scripts/a.js:2:18: SyntaxError: import() takes nothing but a path in quotes",
		},
		{
			name:  "a regular expression that is not one",
			files: map[string]string{"a.js": "export default {\n  r: /(?<=a)(/,\n};"},
			kind:  wire.KindSyntax,
			want:  "scripts/a.js:2:6: SyntaxError: Invalid regular expression (regexp2): (?<=a)( (Invalid regular expression (regexp2): (?<=a)( (error parsing regexp: missing closing ) in `(?<=a)(`))",
		},
		{
			name:  "an import that cannot be used",
			files: map[string]string{"a.js": "import x from \"./x.json\";\nexport default x;", "x.json": strings.Repeat(" ", 70000)},
			kind:  wire.KindSyntax,
			want:  `scripts/a.js:1:15: Error: cannot import "./x.json": x.json is larger than the limit of 65536 bytes`,
		},
		{
			name:  "no default export",
			files: map[string]string{"a.js": "export const format = () => 1;"},
			kind:  wire.KindSyntax,
			want:  "scripts/a.js:1:1: SyntaxError: the script has no default export",
			hint:  "export default",
		},
		{
			name:  "an import of nothing",
			files: map[string]string{"a.js": "import x from \"./x\";\nexport default x;"},
			kind:  wire.KindSyntax,
			want:  `scripts/a.js:1:15: Error: cannot import "./x": there is no file x in the scripts folder`,
		},
		{
			name:  "an import from outside",
			files: map[string]string{"a.js": "import x from \"../../etc/passwd\";\nexport default x;"},
			kind:  wire.KindSyntax,
			want:  `scripts/a.js:1:15: Error: cannot import "../../etc/passwd": it lies outside the scripts folder`,
		},
		{
			name:  "an import of a package",
			files: map[string]string{"a.js": "import fs from \"fs\";\nexport default fs;"},
			kind:  wire.KindSyntax,
			want:  `scripts/a.js:1:16: Error: cannot import "fs": only files below the scripts folder can be imported, by a path that starts with ./ or ../`,
		},
		{
			name:  "an import by an absolute path",
			files: map[string]string{"a.js": "import x from \"/etc/hosts.json\";\nexport default x;"},
			kind:  wire.KindSyntax,
			want:  `scripts/a.js:1:15: Error: cannot import "/etc/hosts.json": only files below the scripts folder can be imported, by a path that starts with ./ or ../`,
		},
		{
			name:  "at the top level",
			files: map[string]string{"a.js": "const x = undefined;\nx.y;\nexport default {};"},
			kind:  wire.KindThrow,
			want:  "scripts/a.js:2:3: TypeError: Cannot read property 'y' of undefined",
		},
		{
			name:  "a thrown string",
			files: map[string]string{"a.js": "export default { format() {\n  throw \"just text\";\n} };"},
			kind:  wire.KindThrow,
			want:  `scripts/a.js:2:3: threw "just text"`,
		},
		{
			name:  "a thrown object",
			files: map[string]string{"a.js": "export default { format() {\n  throw { code: 7, why: [\"x\"] };\n} };"},
			kind:  wire.KindThrow,
			want:  `scripts/a.js:2:3: threw {"code":7,"why":["x"]}`,
		},
		{
			name:  "a chain of causes",
			files: map[string]string{"a.js": "export default { format() {\n  throw new Error(\"outer\", { cause: new TypeError(\"inner\", { cause: \"root\" }) });\n} };"},
			kind:  wire.KindThrow,
			want:  `scripts/a.js:2:9: Error: outer; caused by TypeError: inner; caused by threw "root"`,
		},
		{
			name:  "a rejected promise",
			files: map[string]string{"a.js": "export default { async format() {\n  await null;\n  throw new Error(\"late\");\n} };"},
			kind:  wire.KindThrow,
			want:  "scripts/a.js:3:9: Error: late",
		},
		{
			name:  "a promise that never settles",
			files: map[string]string{"a.js": "export default { format: () => new Promise(() => {}) };"},
			kind:  wire.KindThrow,
			want:  "scripts/a.js: the script returned a promise that never settles",
			hint:  "no timers",
		},
		{
			name:  "endless recursion",
			files: map[string]string{"a.js": "const f = (n) => {\n  return f(n + 1);\n};\nexport default { format: () => f(0) };"},
			kind:  wire.KindStack,
			want:  "scripts/a.js:2:10: RangeError: more than 256 calls inside each other",
			hint:  "calls itself",
		},
		{
			name:  "too much output",
			files: map[string]string{"a.js": "export default { format: () => \"x\".repeat(600000) };"},
			kind:  wire.KindOutput,
			want:  "scripts/a.js: the result has 600002 bytes of JSON, more than the limit of 524288",
		},
		{
			name:  "a result without JSON",
			files: map[string]string{"a.js": "export default { format: () => () => 1 };"},
			kind:  wire.KindOutput,
			want:  "scripts/a.js: the result has no JSON form: () => 1",
		},
		{
			name:  "a circular result",
			files: map[string]string{"a.js": "export default { format() { const a = {}; a.a = a; return a; } };"},
			kind:  wire.KindThrow,
			want:  "scripts/a.js: TypeError: Converting circular structure to JSON",
		},
		{
			name:  "a result that calls itself",
			files: map[string]string{"a.js": "export default { format: () => ({\n  get a() { return this.a; }\n}) };"},
			kind:  wire.KindStack,
			want:  "scripts/a.js:2:25: RangeError: more than 256 calls inside each other",
			hint:  "calls itself",
		},
		{
			name:  "a result that never ends",
			files: map[string]string{"a.js": "export default { format: () => ({\n  toJSON() { for (;;); }\n}) };"},
			kind:  wire.KindTimeout,
			want:  "scripts/a.js:2:3: ran longer than 250ms",
		},
		{
			name:  "an error of the driver has no line of the script",
			files: map[string]string{"a.js": "export default 7;"},
			kind:  wire.KindThrow,
			want:  "scripts/a.js: TypeError: the default export is not an object",
		},
		{
			name:  "an error of a host function",
			files: map[string]string{"a.js": "export default { format() {\n  return host.fail(\"luck\");\n} };"},
			kind:  wire.KindThrow,
			want:  "scripts/a.js:2:15: Error: no luck",
		},
		{
			name:  "a panic of a host function",
			files: map[string]string{"a.js": "export default { format() {\n  return host.boom();\n} };"},
			kind:  wire.KindThrow,
			want:  "scripts/a.js:2:15: Error: host.boom failed: a bug",
		},
		{
			name:  "eval",
			files: map[string]string{"a.js": "export default { format() {\n  return eval(\"1\");\n} };"},
			kind:  wire.KindThrow,
			want:  "scripts/a.js:2:10: EvalError: a script cannot make code of a string: eval and Function are not available",
		},
		{
			name:  "an empty file",
			files: map[string]string{"a.js": " \n"},
			kind:  wire.KindSource,
			want:  "scripts/a.js: is empty",
		},
		{
			name:  "a binary file",
			files: map[string]string{"a.js": "\x7fELF\x00\x01"},
			kind:  wire.KindSource,
			want:  "scripts/a.js: is not UTF-8 text",
		},
		{
			name:  "a huge file",
			files: map[string]string{"a.js": strings.Repeat("// a comment\n", 6000)},
			kind:  wire.KindSource,
			want:  "scripts/a.js: is larger than the limit of 65536 bytes",
		},
		{
			name: "huge with its imports",
			files: map[string]string{
				"a.js": "import \"./b\";\nexport default {};" + strings.Repeat("// a comment\n", 3000),
				"b.js": strings.Repeat("// a comment\n", 3000),
			},
			kind: wire.KindSource,
			want: "scripts/a.js: the script has 78032 bytes with what it imports, more than the limit of 65536",
		},
		{
			name:  "a property of Unicode in a regular expression",
			files: map[string]string{"a.js": "// \\p{L} is fine here\nconst s = \"\\\\p{L}\";\nexport default { format: (m) => m.x.replace(/[^\\p{L}]/gu, s) };"},
			kind:  wire.KindSyntax,
			want:  `scripts/a.js:3:45: \p{…} in a regular expression never matches here`,
			hint:  "A-Za-z",
		},
		{
			name:  "a property of Unicode for RegExp",
			files: map[string]string{"a.js": "export default { re: new RegExp(\"\\\\p{L}\", \"u\") };"},
			kind:  wire.KindSyntax,
			want:  `scripts/a.js:1:33: \p{…} in a regular expression never matches here`,
		},
		{
			name:  "a flag that is not there",
			files: map[string]string{"a.js": "export default { re: /[a-z--b]/v };"},
			kind:  wire.KindSyntax,
			want:  `scripts/a.js:1:23: the flag v of regular expressions is not available`,
		},
		{
			name:  "a locale",
			files: map[string]string{"a.ts": "export default {\n  format: (m: any) => m.n?.toLocaleString(\"en-US\"),\n};"},
			kind:  wire.KindSyntax,
			want:  "scripts/a.ts:2:28: toLocaleString with arguments is not available: there are no locales",
		},
		{
			name:  "Intl",
			files: map[string]string{"a.js": "export default {\n  format: (m) => new Intl.NumberFormat().format(1),\n};"},
			kind:  wire.KindSyntax,
			want:  "scripts/a.js:2:22: Intl is not available",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			limits := wire.Limits{LoadTime: 10 * time.Second}
			if wire.RaceEnabled && tt.kind == wire.KindOutput {
				limits.Time = 10 * time.Second // to write so much takes more than its time then
			}
			e := start(t, Config{Dir: write(t, tt.files), Limits: limits})
			name := "a.js"
			if _, ok := tt.files["a.ts"]; ok {
				name = "a.ts"
			}
			err := failureOf(t, e, name, "{}")
			if err.Kind != tt.kind || err.Error() != tt.want {
				t.Errorf("got  %s: %s\nwant %s: %s", err.Kind, err, tt.kind, tt.want)
			}
			if err.Script != name {
				t.Errorf("the error is about the script %q, want %q", err.Script, name)
			}
			if !strings.Contains(err.Hint, tt.hint) {
				t.Errorf("got the hint %q, want one with %q", err.Hint, tt.hint)
			}
			if tt.frame != "" && (len(err.Frames) == 0 || err.Frames[0] != tt.frame) {
				t.Errorf("got the frames %q, want first %q", err.Frames, tt.frame)
			}
			if err.Line > 0 && !strings.Contains(err.Excerpt, "^") {
				t.Errorf("got the excerpt %q, want one with a caret", err.Excerpt)
			}
		})
	}
}

func TestATimeoutTellsTheLineThatWasRunning(t *testing.T) {
	err := timeoutWithLine(t, Config{
		Dir:    write(t, map[string]string{"a.ts": "type T = {};\nexport default {\n  format() {\n    let n = 0;\n    for (;;) n++;\n  },\n};"}),
		Limits: wire.Limits{Time: 50 * time.Millisecond},
	}, "a.ts")
	if err.Kind != wire.KindTimeout || err.Line != 5 || err.Limit != "time 50ms" {
		t.Errorf("got %s %s (limit %q), want a timeout of 50ms in line 5", err.Kind, err, err.Limit)
	}
}

// A regular expression cannot be interrupted, but gives up by itself; what it
// then makes of the text must not be taken for a result.
func TestATimeoutInARegularExpressionTellsTheLine(t *testing.T) {
	for _, expression := range []string{
		`(x + "\u2022").replace(/^(a+)+$/g, "")`,
		`/^(?=(a+)+$)/.test(x)`,
		`(x + "\u2022").match(/^(a+)+$/g)`,
	} {
		dir := write(t, map[string]string{"a.js": "const x = \"a\".repeat(40) + \"b\";\nexport default {\n  format() {\n    return " + expression + ";\n  },\n};"})
		err := timeoutWithLine(t, Config{Dir: dir}, "a.js")
		if err.Kind != wire.KindTimeout || err.Line != 4 {
			t.Errorf("%s: got %s %s, want a timeout in line 4", expression, err.Kind, err)
		}
	}
}

// A constant expression can keep a compiler busy for ever: loading is bounded
// as well.
func TestACompileThatNeverEnds(t *testing.T) {
	begin := time.Now()
	e := start(t, Config{
		Dir:    write(t, map[string]string{"a.js": "export default { n: 2n ** 10000000000n };"}),
		Limits: wire.Limits{LoadTime: 300 * time.Millisecond},
	})
	err := e.Scripts().Errors()["a.js"]
	if err == nil || err.Kind != wire.KindTimeout && err.Kind != wire.KindMemory || err.Limit == "" {
		t.Errorf("got %v, want a timeout or a lack of memory", err)
	}
	if took := time.Since(begin); took > 3*time.Second {
		t.Errorf("the engine started after %v", took)
	}
}

func TestDetailShowsLineCaretAndStack(t *testing.T) {
	e := startWith(t, map[string]string{"a.js": "import { f } from \"./lib/f\";\nexport default {\n\tformat: (m) => f(m.missing),\n};\n", "lib/f.js": "export const f = (x) =>\n\t\"日本\" + x.text;\n"})
	got := failureOf(t, e, "a.js", "{}").Detail()
	want := strings.Join([]string{
		"scripts/lib/f.js:2:11: TypeError: Cannot read property 'text' of undefined",
		"    2 | \t\"日本\" + x.text;",
		"      | \t           ^",
		"    at f (scripts/lib/f.js:2:11)",
		"    at format (scripts/a.js:3:17)",
	}, "\n")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestExcerptOfALongLine(t *testing.T) {
	line := strings.Repeat("a", 500) + "X" + strings.Repeat("b", 500)
	lines := strings.Split(excerpt(line, 7, 501), "\n")
	if len(lines) != 2 {
		t.Fatalf("got %d lines, want 2", len(lines))
	}
	above := []rune(lines[0])[len([]rune(lines[1]))-1]
	if above != 'X' {
		t.Errorf("the caret stands below %q, want X:\n%s", above, strings.Join(lines, "\n"))
	}
	if n := len([]rune(lines[0])); n > 140 {
		t.Errorf("the excerpt has %d characters, want at most 140", n)
	}
}
