package resilienttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.starlark.net/starlark"
)

// scriptCases assign to out.value what they compute; the same text is run by
// the stand-in and, where they are installed, by Python 3 and 2.
var scriptCases = []struct {
	name, src string
	want      any
}{
	{"constants", "out.value = [None, True, False, 12, -3, 'a\"', \"b'\", u'c']", []any{nil, true, false, 12.0, -3.0, `a"`, "b'", "c"}},
	{"escapes", `out.value = "\\u005c\n\t\"" + '\''`, "\\u005c\n\t\"'"},
	{"a long string", "out.value = \"\"\"a\n  \"b\" \\\\\n\"\"\"", "a\n  \"b\" \\\n"},
	{"comments and blank lines", "# one\n\nx = 1 # two\n    # three\nout.value = x # '", 1.0},
	{"lines joined by brackets", "out.value = [\n  1,\n\n  # no\n  2,\n]", []any{1.0, 2.0}},
	{"binding", "out.value = [1 + 2 * 3 - 4, (1 + 2) * 3, 2 - 1 - 1, not 1 == 2, 1 if 0 else 2 if 0 else 3, 'x%s' % 1 + 'y']",
		[]any{3.0, 9.0, 0.0, true, 3.0, "x1y"}},
	{"truth", "out.value = [0 or '' or [] or None, 1 and 'x', not '', 'a' or results.boom, 0 and results.boom]", []any{nil, "x", true, "a", 0.0}},
	{"comparisons", "out.value = [1 < 2, 2 <= 1, 'a' == 'a', 'a' != 'a', 1 in [1], 1 not in [1], None is None, 1 is not None]",
		[]any{true, false, true, false, true, false, true, true}},
	{"words in texts", `out.value = ["is u'a' is not # u", '''u"b" \' is
''', U"""is 'not'""", 'a\' is u' is  not None]  # is u"`, []any{"is u'a' is not # u", "u\"b\" ' is\n", "is 'not'", true}},
	{"conditions", "if 0:\n    x = 1\nelif 1:\n    if 0:\n        pass\n    else:\n        x = 2\nelse:\n    x = 3\nout.value = x", 2.0},
	{"loops", "x = ''\nfor n in range(3):\n    x = x + '%d' % n\nout.value = x", "012"},
	{"functions", "def f(a, b):\n    for n in range(9):\n        if n == a:\n            return b\n    return\nout.value = [f(3, 'x'), f(9, 'x')]", []any{"x", nil}},
	{"locals", "x = 1\ndef f(y):\n    x = y\n    return x\nout.value = [f(2), x]", []any{2.0, 1.0}},
	{"comprehensions", "out.value = ', '.join([u'<%s>' % x for x in ['a', 'b'] or []])", "<a>, <b>"},
	{"formats", "out.value = '%s %s %d %04x %%' % ('ü', None, 7, 255)", "ü None 7 00ff %"},
	{"texts", "out.value = [str(12), str('x'), chr(9), 'aXbX'.replace('X', '%s')]", []any{"12", "x", "\t", "a%sb%s"}},
	{"dictionaries", "out.value = [results.get('ts'), results.get('none'), 1 if results else 0]", []any{"1.2", nil, 1.0}},
}

func scriptObjects() starlark.StringDict {
	return starlark.StringDict{
		"out":     &scriptObject{name: "out", attrs: starlark.StringDict{"value": starlark.None}},
		"results": resultsValue("results", map[string]any{"ts": "1.2"}),
	}
}

func TestScriptsOfTheStandIn(t *testing.T) {
	for _, tt := range scriptCases {
		objects := scriptObjects()
		if err := runScript("script", tt.src, objects); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, plain(t, objects["out"].(*scriptObject).attrs["value"])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// plain is a value of a script as encoding/json reads it, with the attributes
// of objects.
func plain(t *testing.T, v starlark.Value) any {
	t.Helper()
	switch v := v.(type) {
	case *scriptObject:
		attrs := map[string]any{}
		for name, attr := range v.attrs {
			attrs[name] = plain(t, attr)
		}
		return attrs
	case *starlark.List:
		list := []any{}
		for one := range v.Elements() {
			list = append(list, plain(t, one))
		}
		return list
	}
	value, err := goValue(v)
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := value.(*big.Int); ok {
		f, _ := n.Float64()
		return f
	}
	return value
}

// The expectations above are of no use if Python has others.
func TestScriptsMeanThatInPython(t *testing.T) {
	var jobs []pythonJob
	for _, tt := range scriptCases {
		jobs = append(jobs, pythonJob{Script: tt.src, Objects: map[string]any{"out": map[string]any{"value": nil}, "results": resultsJSON{"ts": "1.2"}}})
	}
	withPython(t, jobs, func(t *testing.T, outcomes []pythonOutcome) {
		for i, got := range outcomes {
			if diff := cmp.Diff(scriptCases[i].want, got.Objects["out"]["value"]); diff != "" || got.Error != "" {
				t.Errorf("%s: %s (-want +got):\n%s", scriptCases[i].name, got.Error, diff)
			}
		}
	})
}

func TestScriptErrorsNameTheLine(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"x = 1\ny = z", "2:5: undefined: z"},
		{"x = results.ts.foo", "1:15: string has no .foo field or method"},
		{"x = results.nothing", "1:12: results has no .nothing field or method"},
		{"\n\nout.other = 1", "3:4: out has no .other field"},
		{"results.ts = 1", "1:8: can't assign to .ts field of results"},
		{"1 = 2", "1:1: can't assign to literal"},
		{"import json", "1:1: got import, want primary expression"},
		{"x = 'a", "1:5: unexpected EOF in string"},
		{"x = \"\"\"a\n", "1:5: unexpected EOF in string"},
		{"x = u'a' 'b'", "1:13: got string literal, want newline"},
		{"x = u'' is not None and y", "1:25: undefined: y"},
		{"x = ur'a'", "1:10: got string literal, want newline"},
		{"x = '\\q'", "1:5: invalid escape sequence \\q"},
		{"if 1:\n    x = 1\n  y = 2", "3:3: unindent does not match any outer indentation level"},
		{"if 1:\nx = 1", "2:2: got identifier, want indent"},
		{"x = (1", "1:7: got end of file, want ')'"},
		{"while 1:\n    pass", "1:1: this Starlark dialect does not support while loops"},
		{"try:\n    x = 1\nexcept Exception:\n    pass", "1:1: got try, want primary expression"},
		{"x = 1 < 2 < 3", "1:12: < does not associate with < (use parens)"},
		{"x = {}", "1:5: this is not part of what the stand-in understands"},
		{"x = {n: n for n in [1]}", "1:6: this is not part of what the stand-in understands"},
		{"x = [1][0]", "1:5: this is not part of what the stand-in understands"},
		{"x = 'a'[:1]", "1:5: this is not part of what the stand-in understands"},
		{"x = []\nx += [x]", "2:1: this is not part of what the stand-in understands"},
		{"x = b'a'", "1:5: this is not part of what the stand-in understands"},
		{"x = 1 / 2", "1:5: this is not part of what the stand-in understands"},
		{"x = 'a' * 2", "1:9: string * int is not part of what the stand-in understands"},
		{"x = len('a')", "1:8: len() is not part of what the stand-in understands"},
		{"x = []\nx.append(x)", "2:9: append() is not part of what the stand-in understands"},
		{"x = str(1.5)", "1:8: a float as text is not part of what the stand-in understands"},
		{"x = str(1, a=2)", "1:8: str does not accept keyword arguments"},
		{"x = str(1, 2)", "1:8: too many arguments for format string"},
		{"x = 'a' + 1", "1:9: unknown binary op: string + int"},
		{"x = 'a' < 1", "1:9: string < int not implemented"},
		{"x = '%d' % 'a'", "1:10: %d of a string is not part of what the stand-in understands"},
		{"x = '%r' % 'a'", "1:10: %r of a string is not part of what the stand-in understands"},
		{"x = '%3s' % 'a'", "1:11: %3 of a string is not part of what the stand-in understands"},
		{"x = '%s'\nx = x % (1, 2)", "2:7: too many arguments for format string"},
		{"x = '%s%s' % 1", "1:12: not enough arguments for format string"},
		{"x = '1%' % ()", "1:10: not enough arguments for format string"},
		{"def f(a):\n    return f(a)\nx = f(1)", "2:13: function f called recursively"},
		{"def f(a):\n    pass\nx = f()", "1:1: function f missing 1 argument (a)"},
		{"for x in 1:\n    pass", "1:1: int value is not iterable"},
		{"x = ','.join(['a', 1])", "1:13: join: in list, want string, got int"},
	} {
		if err := runScript("script", tt.src, scriptObjects()); err == nil || err.Error() != "script:"+tt.want {
			t.Errorf("%q: got %v, want %s", tt.src, err, tt.want)
		}
	}
}

// No script holds the stand-in up, or takes all of its memory.
func TestScriptsEnd(t *testing.T) {
	const text = "x = 'x'\nfor n in range(22):\n    x = x + x\n" // 4 MB
	const tooMuch = "the script makes texts and lists of more than 268435456 bytes"
	for _, tt := range []struct{ src, want string }{
		{"for a in range(300):\n    for b in range(300):\n        pass", "2:5: Starlark computation cancelled: too many steps"},
		{"for n in range(1000000000000):\n    pass", tooMuch},
		{"x = [[b for b in range(9000)] for a in range(9000)]", "1:9: Starlark computation cancelled: too many steps"},
		{"x = 'x'\nfor n in range(40):\n    x = x + x", tooMuch},
		{"x = 'x'\nfor n in range(40):\n    x = '%s%s' % (x, x)", tooMuch},
		{"x = ['x']\nfor n in range(40):\n    x = x + x", tooMuch},
		{"x = 99\nfor n in range(40):\n    x = x * x", "3:11: numbers of more than 64 bits are not part of what the stand-in understands"},
		{"x = []\nfor n in range(40):\n    x = [x, x]\nx = str(x)", tooMuch},
		{"x = []\nfor n in range(40):\n    x = [x, x]\nx = x == x", tooMuch},
		{text + "x = x.replace('x', x)", "replace() may make a text of more than"},
		{text + "x = x.join([x for n in range(99)])", tooMuch},
		{"x = 'x'\nfor n in range(20):\n    x = x + x\nx = [x.replace('y', '') for n in range(999)]", "replace() may make a text of more than"},
		{text + "x = str([x for n in range(99)])", tooMuch},
	} {
		if err := runScript("script", tt.src, scriptObjects()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: got %v, want %s", tt.src, err, tt.want)
		}
	}
}

// FuzzScript looks for scripts that bring the stand-in down, and for texts that
// do not come out of a script as they went in.
func FuzzScript(f *testing.F) {
	for _, tt := range scriptCases {
		f.Add(tt.src)
	}
	f.Add("three\xff") // a byte that is a letter only when it is taken for a rune
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 1000 {
			return
		}
		if err := runScript("script", src, scriptObjects()); err != nil {
			var line, column int
			if _, e := fmt.Sscanf(err.Error(), "script:%d:%d: ", &line, &column); e != nil || line < 1 || line > strings.Count(src, "\n")+strings.Count(src, "\r")+2 {
				t.Errorf("got %v", err)
			}
		}
		if !utf8.ValidString(src) {
			return
		}
		objects := scriptObjects()
		escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", `\r`).Replace(src)
		if err := runScript("script", `out.value = """`+escaped+`"""`, objects); err != nil {
			t.Fatal(err)
		}
		if got := objects["out"].(*scriptObject).attrs["value"]; got != starlark.String(src) {
			t.Errorf("got %q, want %q", got, src)
		}
	})
}

// pythonJob is a script and the objects that it gets, as JSON: an object has
// attributes, a resultsJSON is a dictionary.
type pythonJob struct {
	Script  string         `json:"script"`
	Objects map[string]any `json:"objects"`
}

type resultsJSON map[string]any

func (r resultsJSON) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"dictionary": map[string]any(r)})
}

type pythonOutcome struct {
	Error   string                    `json:"error"`
	Objects map[string]map[string]any `json:"objects"`
}

// pythonRunner executes each script the way that allows it least: what it
// defines is not global, so that its functions cannot see each other. It is
// itself Python 2 and 3.
const pythonRunner = `
import json, sys

class Object(object):
    def __init__(self, attrs):
        self.__dict__.update((k, build(v)) for k, v in attrs.items())

def build(v):
    if isinstance(v, dict):
        return v["dictionary"] if "dictionary" in v else Object(v)
    return v

def plain(v):
    return dict((k, plain(x)) for k, x in vars(v).items()) if isinstance(v, Object) else v

outcomes = []
for job in json.load(sys.stdin):
    scope = dict((k, build(v)) for k, v in job["objects"].items())
    kept = dict(scope)
    error = ""
    try:
        exec(compile(job["script"], "script", "exec"), {}, scope)
    except Exception as e:
        error = "%s: %s" % (type(e).__name__, e)
    outcomes.append({"error": error, "objects": dict((k, plain(v)) for k, v in kept.items() if isinstance(v, Object))})
json.dump(outcomes, sys.stdout)
`

// withPython runs scripts with each Python that there is, as a test of its own,
// and skips those that there are not.
func withPython(t *testing.T, jobs []pythonJob, check func(t *testing.T, outcomes []pythonOutcome)) {
	in, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	for _, python := range []string{"python3", "python2"} {
		t.Run(python, func(t *testing.T) {
			// A version manager has a command for what is not installed, too.
			if err := exec.CommandContext(deadline(t), python, "-c", "").Run(); err != nil {
				t.Skipf("there is no %s: %v", python, err)
			}
			cmd := exec.CommandContext(deadline(t), python, "-E", "-c", pythonRunner)
			cmd.Stdin = bytes.NewReader(in)
			var errs bytes.Buffer
			cmd.Stderr = &errs
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, &errs)
			}
			var outcomes []pythonOutcome
			if err := json.Unmarshal(out, &outcomes); err != nil {
				t.Fatal(err)
			}
			if len(outcomes) != len(jobs) {
				t.Fatalf("got %d outcomes for %d scripts", len(outcomes), len(jobs))
			}
			check(t, outcomes)
		})
	}
}
