package scripts_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/sample"
)

// asks is a script that tells what it finds.
const asks = `
const keys = (o) => Object.keys(o);
export default {
  format(message) {
    const field = message.allFields.reduce((all, f) => ({ ...all, ...f }), {});
    const found = { Slack: keys(slack).filter((name) => typeof slack[name] === "function"), Console: keys(console), Message: keys(message), Field: keys(field), Call: keys(message.call), Incident: keys(message.incident) };
    return { skip: JSON.stringify(found) };
  },
};`

// What an editor offers is what a script finds, no more and no less.
func TestDeclarations(t *testing.T) {
	declared := declarations(t)
	want := map[string][]string{
		"Formatter": known(t, `export default { nothing: 1 };`),
		"Result":    known(t, `export default { format: () => ({ nothing: 1 }) };`),
		"Sample":    tags(render.Sample{}),
	}
	out, err := ask(t, asks)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(out.Skip), &want); err != nil {
		t.Fatalf("%v: %s", err, out.Skip)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		slices.Sort(want[name])
		if diff := cmp.Diff(want[name], declared[name].members); diff != "" {
			t.Errorf("interface %s -found by scripts +declared:\n%s", name, diff)
		}
	}
}

// The types of blocks are those that the rules know for messages.
func TestDeclaredBlocks(t *testing.T) {
	violations := blockkit.ValidateBlocks([]byte(`[{"type":"?"}]`))
	if len(violations) != 1 {
		t.Fatal(violations)
	}
	_, list, _ := strings.Cut(violations[0].Constraint, "enum ")
	want := slices.DeleteFunc(strings.Split(list, "|"), func(kind string) bool { return kind == "alert" || kind == "file" }) // not in messages
	var got []string
	declared := declarations(t)
	for name, d := range declared {
		if strings.HasSuffix(name, "Block") {
			got = append(got, d.types...)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-rules +declared:\n%s", diff)
	}
}

// ask renders the built-in sample with a script.
func ask(t *testing.T, source string) (render.Rendered, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "default.js"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(engine.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	in, err := sample.Parse("odd", []byte(`{
		"A": { "type": "richtext", "data": "x" }, "B": { "type": "odd", "data": "x" }, "C": { "type": "incident", "data": 1 } }`))
	if err != nil {
		t.Fatal(err)
	}
	return sample.NewRenderer(e).Render(t.Context(), render.Request{Call: in.Call, Time: sample.Now})
}

// known are the members that the error about an unknown one lists, each of which
// is one that is known.
func known(t *testing.T, source string) []string {
	t.Helper()
	_, err := ask(t, source)
	var failed *engine.ScriptError
	if !errors.As(err, &failed) {
		t.Fatalf("got %v, want an error about the member", err)
	}
	_, list, ok := strings.Cut(failed.Message, "known are ")
	if !ok {
		t.Fatalf("got %v, want the members that are known", err)
	}
	names := strings.Split(list, ", ")
	for _, name := range names {
		if _, err := ask(t, strings.Replace(source, "nothing", name, 1)); err != nil && strings.Contains(err.Error(), "unknown member") {
			t.Errorf("%s is listed: %v", name, err)
		}
	}
	return names
}

// tags are the JSON names of a struct's members.
func tags(v any) (names []string) {
	for _, field := range reflect.VisibleFields(reflect.TypeOf(v)) {
		names = append(names, field.Tag.Get("json"))
	}
	return names
}

// declaration is an interface of formatter.d.ts.
type declaration struct {
	members []string // sorted
	types   []string // the words that its member type may be
}

var (
	comments   = regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*`)
	interfaces = regexp.MustCompile(`(?:^|\n)(?:export )?interface (\w+)[^{]*\{`)
	nested     = regexp.MustCompile(`\{[^{}]*\}|\([^()]*\)|\[[^\[\]]*\]`)
	memberName = regexp.MustCompile(`(?:^|[;\n])\s*(\w+)\??\s*:`)
	word       = regexp.MustCompile(`"(\w+)"`)
	typeMember = regexp.MustCompile(`(?s)(?:^|[;\s])type:([^;]*);`)
)

// declarations reads the interfaces of formatter.d.ts, as far as it is written
// the way it is: no braces in texts.
func declarations(t *testing.T) map[string]declaration {
	t.Helper()
	source, err := os.ReadFile("formatter.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	text := comments.ReplaceAllString(string(source), "")
	all := map[string]declaration{}
	for _, at := range interfaces.FindAllStringSubmatchIndex(text, -1) {
		end, depth := at[1], 1
		for ; depth > 0; end++ {
			switch text[end] {
			case '{':
				depth++
			case '}':
				depth--
			}
		}
		body := text[at[1]:end-1] + ";"
		var d declaration
		if m := typeMember.FindStringSubmatch(body); m != nil {
			for _, w := range word.FindAllStringSubmatch(m[1], -1) {
				d.types = append(d.types, w[1])
			}
		}
		// A method is a member with parameters; what is nested has members of its own.
		for before := ""; before != body; {
			before, body = body, nested.ReplaceAllString(body, "")
		}
		for _, m := range memberName.FindAllStringSubmatch(body, -1) {
			d.members = append(d.members, m[1])
		}
		slices.Sort(d.members)
		all[text[at[2]:at[3]]] = d
	}
	return all
}
