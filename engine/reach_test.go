package engine

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/engine/wire"
)

// TestBundlingReachesNothingOutside tries every way of naming a file that is
// known to us: with each the file's text must be neither in the script's output
// nor in its error.
func TestBundlingReachesNothingOutside(t *testing.T) {
	const secret = "xoxb-the-secret"
	outside := filepath.Join(t.TempDir(), "secret.json")
	if err := os.WriteFile(outside, []byte(`"`+secret+`"`), 0o600); err != nil {
		t.Fatal(err)
	}
	up := strings.Repeat("../", 20) + strings.TrimPrefix(filepath.ToSlash(outside), "/")
	here := "." + filepath.ToSlash(outside)
	half := func(path string) string { return "`" + strings.Replace(path, "secret.", "${n}.", 1) + "`" }
	refused := map[string]string{ // by what is tried: where the error must point
		`import(` + half(here) + `)`:                                        "1:40",
		`import(` + half(up) + `, { with: { type: "text" } })`:              "1:40",
		`import(` + half(here) + `, { with: { type: "bytes" } })`:           "1:40",
		`import("` + strings.Replace(here, "secret", `" + n + "`, 1) + `")`: "1:40",
		`require(` + half(here) + `)`:                                       "1:40",
		`require(` + half(up) + `)`:                                         "1:40",
		`import(n)`:                                                         "1:40",
		`require(n)`:                                                        "1:40",
		`require("./x", n)`:                                                 "1:40",
		`import.defer(` + half(here) + `)`:                                  "1:40",
		`import("` + here + `")`:                                            "1:",
		`import("` + outside + `")`:                                         "1:",
		`import("file://` + outside + `")`:                                  "1:",
		`import("` + up + `", { with: { type: "json" } })`:                  "1:",
		`require("` + up + `")`:                                             "1:",
		`require.resolve("` + up + `")`:                                     "1:",
	}
	files := map[string]string{}
	add := func(text string) string {
		name := "s" + string(rune('A'+len(files)/26)) + string(rune('a'+len(files)%26)) + ".js"
		files[name] = text
		return name
	}
	want := map[string]string{}
	for what, place := range refused {
		want[add("const n = 'secret'; const load = () => "+what+"; export default { format: async () => JSON.stringify((await load()).default) };")] = place
	}
	for _, what := range []string{
		"const r = require; export default { format: () => r(" + half(here) + ") }",
		"export default { format: () => require?.(" + half(here) + ") }",
		"export default { format: () => (0, require)(" + half(here) + ") }",
		"if (false) import(" + half(here) + "); export default { format: () => 'x' }",
		"export default { format: () => new URL(" + half(here) + ", import.meta.url) }",
	} {
		add("const n = 'secret'; " + what)
	}
	for _, url := range []string{"file://" + outside, "file://localhost" + outside, up, "file:///dev/zero", "file:///proc/self/fd/0"} {
		for _, form := range []string{"//# sourceMappingURL=", "//@ sourceMappingURL=", "/*# sourceMappingURL=%*/"} {
			comment := form + url
			if strings.Contains(form, "%") {
				comment = strings.Replace(form, "%", url, 1)
			}
			name := add("export default { format: () => 'fine' }\n" + comment)
			want[name] = "fine"
		}
	}
	e := start(t, Config{Dir: write(t, files)})
	for _, st := range e.Scripts().Status() {
		said := ""
		if st.Err != nil {
			said = st.Err.Error() + st.Err.Excerpt
		} else if result, err := e.Render(t.Context(), Request{Scripts: []*Script{e.Scripts().Script(st.Name)}, Input: json.RawMessage("{}")}); err != nil {
			said = err.Error()
		} else {
			said = string(result.Output)
		}
		if strings.Contains(said, secret) {
			t.Errorf("%s\nreached the file: %s", files[st.Name], said)
		}
		if !strings.Contains(said, want[st.Name]) {
			t.Errorf("%s\ngot  %s\nwant something with %s", files[st.Name], said, want[st.Name])
		}
	}
}

// Only what Kubernetes makes is followed out of the folder: a ..data beside it.
func TestADataLinkOpensNothingElse(t *testing.T) {
	base := t.TempDir()
	put(t, base, map[string]string{"beside/a.js": says("beside"), "secret.js": says("secret")})
	for target, want := range map[string]string{
		"../beside": "beside",
		"..":        "",
		"../..":     "",
		"/":         "",
		"/tmp":      "",
		".":         "",
	} {
		dir := filepath.Join(base, "scripts")
		must(t, os.RemoveAll(dir))
		must(t, os.Mkdir(dir, 0o755))
		must(t, os.Symlink(target, filepath.Join(dir, "..data")))
		must(t, os.Symlink("../beside/a.js", filepath.Join(dir, "a.js")))
		must(t, os.Symlink(filepath.Join(base, "secret.js"), filepath.Join(dir, "b.js")))
		folder, err := ReadFolder(t.Context(), dir, 0)
		must(t, err)
		if text, _ := folder.Text("a.js"); (want != "") != strings.Contains(text, "beside") {
			t.Errorf("..data leading to %s: read %q, want %q", target, text, want)
		}
		if text, err := folder.Text("b.js"); err == nil {
			t.Errorf("..data leading to %s: read %q", target, text)
		}
	}
	if mayHoldData("/scripts", "/etc") {
		t.Error("a folder at the root lets ..data lead to everything")
	}
}

// Constants that esbuild inlines make much of little.
func TestWhatIsMadeOfAScriptIsBounded(t *testing.T) {
	var inlined strings.Builder
	inlined.WriteString("const enum E { A = '" + strings.Repeat("x", 20_000) + "' }\nexport default { format: () => [")
	for range 2_000 {
		inlined.WriteString("E.A,")
	}
	inlined.WriteString("].length }")
	var chain strings.Builder
	for i := range 1_400 {
		fmt.Fprintf(&chain, "'thirty characters or so of it %d' + ", i)
	}
	e := start(t, Config{Dir: write(t, map[string]string{
		"a.ts": inlined.String(), "b.js": says("fine"), "c.js": "export default { format: () => " + chain.String() + "'' }",
	})})
	errs := e.Scripts().Errors()
	if err := errs["a.ts"]; err == nil || err.Kind != wire.KindSource && err.Kind != wire.KindMemory && err.Kind != wire.KindTimeout {
		t.Errorf("inlined constants: got %v", err)
	}
	if err := errs["c.js"]; err != nil && !strings.Contains(err.Detail(), "template literal") {
		t.Errorf("a chain of strings: got %v", err.Detail())
	}
	if output(t, e, "b.js") != "fine" {
		t.Error("the others do not live")
	}
}

// Text is imported as it is; samples are not for import.
func TestTextIsImported(t *testing.T) {
	e := start(t, Config{Dir: write(t, map[string]string{
		"a.js":      `import a from "./lib/a.txt"; import b from "./lib/b.json" with { type: "text" }; import c from "./lib/c.json"; export default { format: () => a + b + c.x }`,
		"b.js":      `import s from "./samples/a/x.json"; export default { format: () => s }`,
		"lib/a.txt": "one\n", "lib/b.json": `{"x":2}`, "lib/c.json": `{"x":3}`,
		"samples/a/x.json": "{}",
	})})
	if got := output(t, e, "a.js"); got != "one\n{\"x\":2}3" {
		t.Errorf("got %q: %v", got, e.Scripts().Errors())
	}
	if err := e.Scripts().Errors()["b.js"]; err == nil || !strings.Contains(err.Message, "samples are not for import") {
		t.Errorf("a sample was imported: %v", err)
	}
}
