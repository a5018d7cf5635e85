package resilienttest

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// scriptCases assign to out.value what they compute; the same text is run by
// the stand-in and, where they are installed, by Python 3 and 2.
var scriptCases = []struct {
	name, src string
	want      any
}{
	{"constants", "out.value = [None, True, False, 12, -3, 'a\"', \"b'\", u'c']", []any{nil, true, false, int64(12), int64(-3), `a"`, "b'", "c"}},
	{"escapes", `out.value = "\\u005c\n\t\"" '\''`, "\\u005c\n\t\"'"},
	{"a long string", "out.value = \"\"\"a\n  \"b\" \\\\\n\"\"\"", "a\n  \"b\" \\\n"},
	{"comments and blank lines", "# one\n\nx = 1 # two\n    # three\nout.value = x # '", int64(1)},
	{"lines joined by brackets", "out.value = [\n  1,\n\n  # no\n  2,\n]", []any{int64(1), int64(2)}},
	{"binding", "out.value = [1 + 2 * 3 - 4, (1 + 2) * 3, 2 - 1 - 1, not 1 == 2, 1 if 0 else 2 if 0 else 3, 'x%s' % 1 + 'y']",
		[]any{int64(3), int64(9), int64(0), true, int64(3), "x1y"}},
	{"truth", "out.value = [0 or '' or [] or None, 1 and 'x', not '', 'a' or boom, 0 and boom]", []any{nil, "x", true, "a", int64(0)}},
	{"comparisons", "out.value = [1 < 2, 2 <= 1, 'a' == 'a', 'a' != 'a', 1 in [1], 1 not in [1], None is None, 1 is not None]",
		[]any{true, false, true, false, true, false, true, true}},
	{"conditions", "if 0:\n    x = 1\nelif 1:\n    if 0:\n        pass\n    else:\n        x = 2\nelse:\n    x = 3\nout.value = x", int64(2)},
	{"loops", "x = ''\nfor n in range(3):\n    x = x + '%d' % n\nout.value = x", "012"},
	{"functions", "def f(a, b):\n    for n in range(9):\n        if n == a:\n            return b\n    return\nout.value = [f(3, 'x'), f(9, 'x')]", []any{"x", nil}},
	{"locals", "x = 1\ndef f(y):\n    x = y\n    return x\nout.value = [f(2), x]", []any{int64(2), int64(1)}},
	{"comprehensions", "out.value = ', '.join([u'<%s>' % x for x in ['a', 'b'] or []])", "<a>, <b>"},
	{"formats", "out.value = '%s %s %d %04x %%' % ('ü', None, 7, 255)", "ü None 7 00ff %"},
	{"texts", "out.value = [str(12), str('x'), chr(9), 'aXbX'.replace('X', '%s')]", []any{"12", "x", "\t", "a%sb%s"}},
	{"dictionaries", "out.value = [results.get('ts'), results.get('none'), 1 if results else 0]", []any{"1.2", nil, int64(1)}},
}

func scriptGlobals() map[string]any {
	return map[string]any{
		"out":     &pyObject{name: "out", attrs: map[string]any{"value": nil}},
		"results": map[string]any{"ts": "1.2"},
	}
}

func TestScriptsOfTheStandIn(t *testing.T) {
	for _, tt := range scriptCases {
		globals := scriptGlobals()
		if err := pyRun(tt.src, globals); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, globals["out"].(*pyObject).attrs["value"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// The expectations above are of no use if Python has others.
func TestScriptsMeanThatInPython(t *testing.T) {
	var jobs []pythonJob
	for _, tt := range scriptCases {
		jobs = append(jobs, pythonJob{Script: tt.src, Objects: map[string]any{"out": map[string]any{"value": nil}, "results": resultsJSON{"ts": "1.2"}}})
	}
	withPython(t, jobs, func(t *testing.T, outcomes []pythonOutcome) {
		for i, got := range outcomes {
			want, err := json.Marshal(scriptCases[i].want)
			if err != nil {
				t.Fatal(err)
			}
			var value any
			if err := json.Unmarshal(want, &value); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(value, got.Objects["out"]["value"]); diff != "" || got.Error != "" {
				t.Errorf("%s: %s (-want +got):\n%s", scriptCases[i].name, got.Error, diff)
			}
		}
	})
}

func TestScriptErrorsNameTheLine(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"x = 1\ny = z", "line 2: name 'z' is not defined"},
		{"x = results.ts.foo", "line 1: results.ts has no attribute 'foo'"},
		{"x = results.nothing", "line 1: results has no attribute 'nothing'"},
		{"\n\nout.other = 1", "line 3: out has no attribute 'other'"},
		{"results.ts = 1", "line 1: one cannot set ts of results"},
		{"1 = 2", "line 1: one cannot assign to this"},
		{"import json", "line 1: want the end of the line, got \"json\""},
		{"x = 'a", "line 1: the string has no end"},
		{"x = \"\"\"a\n", "line 1: the string has no end"},
		{"x = '\\x41'", "line 1: \\x is not part of what the stand-in understands"},
		{"x = {}", "line 1: \"{\" is not part of what the stand-in understands"},
		{"if 1:\n    x = 1\n  y = 2", "line 3: the indentation fits none above it"},
		{"if 1:\nx = 1", "line 2: want an indented line, got \"x\""},
		{"x = (1", "line 1: want \")\", got \"\""},
		{"x = 'a' + 1", "line 1: + does not work on these values"},
		{"x = '%d' % 'a'", "line 1: %d is not part of what the stand-in understands"},
		{"x = '%s'\nx = x % (1, 2)", "line 2: not all arguments were used by the format"},
		{"x = '%s%s' % 1", "line 1: not enough arguments for the format"},
		{"def f(a):\n    return f(a)\nx = f(1)", "line 2: functions call each other too deeply"},
		{"def f(a):\n    pass\nx = f()", "line 3: f() takes 1 arguments, got 0"},
		{"for x in 1:\n    pass", "line 1: 1 is no list"},
		{"for a in range(300):\n    for b in range(300):\n        pass", "line 3: the script has executed 50000 lines, which is the most it may"},
		{"x = 'x'\nfor n in range(40):\n    x = x + x", "line 3: the text is longer than 16777216 bytes"},
		{"x = '%s' % [[str([]), str([1, None])]]\nx.y", "line 2: x has no attribute 'y'"},
		{"x = 'x'\nfor n in range(20):\n    x = x + x\nx = x.replace('x', x)", "line 4: x.replace: the text is longer than 16777216 bytes"},
		{"x = 'x'\nfor n in range(20):\n    x = x + x\nx = str([x for n in range(20)])", "line 4: the text is longer than 16777216 bytes"},
		{"x = 'x'\nfor n in range(20):\n    x = x + x\nx = x.join([x for n in range(20)])", "line 4: the text is longer than 16777216 bytes"},
		{"x = [[b for b in range(9000)] for a in range(9000)]", "line 1: the script works out more than 2000000 values"},
		{"x = ','.join(['a', 1])", "line 1: ,.join: item 1 is no text"},
		{"x = [1][0]", "line 1: want the end of the line, got \"[\""},
	} {
		err := pyRun(tt.src, scriptGlobals())
		var at *pyError
		if !errors.As(err, &at) || err.Error() != tt.want {
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
		err := pyRun(src, scriptGlobals())
		var at *pyError
		if err != nil && (!errors.As(err, &at) || at.Line < 1 || at.Line > strings.Count(src, "\n")+2) {
			t.Errorf("got %v", err)
		}
		if !utf8.ValidString(src) {
			return
		}
		globals := scriptGlobals()
		escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", `\r`).Replace(src)
		if err := pyRun(`out.value = """`+escaped+`"""`, globals); err != nil {
			t.Fatal(err)
		}
		if got := globals["out"].(*pyObject).attrs["value"]; got != src {
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
