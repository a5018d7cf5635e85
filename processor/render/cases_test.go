package render

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite what the cases in testdata want")

// TestCases renders each case in testdata: scripts/* are the folder, details is
// slack_details as the workflow wrote it, or text is slack_text, inputs.json holds the
// other inputs, and config the words "fail", "fail-unreadable", "username NAME" and
// "org NUMBER". want is what came of it:
// chat.postMessage's JSON and what else a person sees.
func TestCases(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		name, _ := filepath.Rel("testdata", strings.TrimSuffix(file, ".txtar"))
		t.Run(filepath.ToSlash(name), func(t *testing.T) {
			t.Parallel()
			input, files := readCase(t, file)
			scripts := map[string]string{}
			inputs := map[string]json.RawMessage{"slack_channel": json.RawMessage(`"soc"`)}
			for name, text := range files {
				if script, ok := strings.CutPrefix(name, "scripts/"); ok {
					scripts[script] = text
				}
			}
			if details, ok := files["details"]; ok {
				inputs["slack_details"], _ = json.Marshal(strings.TrimSuffix(details, "\n"))
			}
			if text, ok := files["text"]; ok {
				inputs["slack_text"], _ = json.Marshal(strings.TrimSuffix(text, "\n"))
				inputs["incident_id"] = json.RawMessage("2095")
			}
			if js, ok := files["inputs.json"]; ok {
				if err := json.Unmarshal([]byte(js), &inputs); err != nil {
					t.Fatal(err)
				}
			}
			r := newRenderer(t, scripts, func(c *Config) {
				for line := range strings.Lines(files["config"]) {
					switch word, rest, _ := strings.Cut(strings.TrimSpace(line), " "); word {
					case "fail":
						c.Fail = true
					case "fail-unreadable":
						c.FailUnreadable = true
					case "username":
						c.Username = rest
					case "org":
						c.Options.OrgID, _ = strconv.Atoi(rest)
					}
				}
			})
			out, err := r.Render(t.Context(), Request{Call: call(t, inputs), ID: "delivery-1", Time: noon})
			got := report(t, out, err)
			if *update {
				if err := os.WriteFile(file, []byte(input+"-- want --\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(files["want"], got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// readCase reads a txtar file, of which want is the last part. input is all of
// it before that.
func readCase(t *testing.T, file string) (input string, files map[string]string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	name := ""
	for line := range strings.Lines(string(data)) {
		if marker, ok := strings.CutPrefix(line, "-- "); ok && strings.HasSuffix(marker, " --\n") {
			name = strings.TrimSuffix(marker, " --\n")
			files[name] = ""
		} else if name != "" {
			files[name] += line
		}
		if name != "want" {
			input += line
		}
	}
	return input, files
}

// report is everything of a render that a person can see.
func report(t *testing.T, out Rendered, err error) string {
	var b strings.Builder
	line := func(what, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%s: %s\n", what, strings.ReplaceAll(text, "\n", "\n    "))
		}
	}
	explain := func(what string, err error) {
		if err == nil {
			return
		}
		line(what, err.Error())
		if invalid := (*InvalidError)(nil); errors.As(err, &invalid) {
			for _, v := range invalid.Violations {
				line("    "+v.Pointer, v.Constraint)
			}
		}
	}
	explain("error", err)
	line("script", out.Script)
	explain("failed", out.Failed)
	line("skip", out.Skip)
	for _, note := range out.Notes {
		line("note", note)
	}
	for _, c := range out.Console {
		line("console."+c.Level, c.Script+": "+c.Text)
	}
	for _, m := range out.Messages {
		var indented bytes.Buffer
		if err := json.Indent(&indented, []byte(js(t, m)), "", "  "); err != nil {
			t.Fatal(err)
		}
		b.WriteString(indented.String() + "\n")
	}
	return b.String()
}
