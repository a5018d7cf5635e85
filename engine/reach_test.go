package engine

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
