package editor

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/scripts"
)

// The bundle is what the script makes of the packages of its lock file: its hash
// is noted, and a long run makes it once more.
func TestTheBundleIsWhatTheScriptMakes(t *testing.T) {
	made, err := web.ReadFile("web/codemirror.js")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(made)
	script := filepath.Join("..", "..", ".ci", "codemirror")
	noted, err := os.ReadFile(filepath.Join(script, "codemirror.sha256"))
	if err != nil || strings.TrimSpace(string(noted)) != hex.EncodeToString(sum[:]) {
		t.Errorf("%v: the bundle has hash %x, noted is %s", err, sum, noted)
	}
	if n := strings.Count(string(made), "Permission is hereby granted"); n < 10 {
		t.Errorf("the bundle has %d licences", n)
	}
	if _, err := exec.LookPath("npm"); err != nil || os.Getenv("FN_SLACK_TEST_LONG") == "" {
		return
	}
	again := filepath.Join(t.TempDir(), "codemirror.js")
	if out, err := exec.CommandContext(t.Context(), filepath.Join(script, "build"), again).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if now, err := os.ReadFile(again); err != nil || string(now) != string(made) {
		t.Errorf("%v: the script makes another bundle", err)
	}
}

func TestCompletionsAreTheDeclarations(t *testing.T) {
	text, err := scripts.Files.ReadFile("formatter.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	all := members(string(text))
	for name, want := range map[string][]string{
		"Formatter": {"match", "labels", "fields", "types", "format", "samples"},
		"Message":   {"fields", "allFields", "field", "title", "incident", "text", "isReply", "call"},
		"Slack":     {"esc", "link", "header", "fields", "richText", "actions", "button", "table"},
		"Result":    {"text", "blocks", "color", "skip"},
		"Console":   {"log", "warn", "error"},
	} {
		have := map[string]member{}
		for _, m := range all[name] {
			have[m.Name] = m
		}
		for _, member := range want {
			if have[member].Type == "" {
				t.Errorf("%s lacks %s: %+v", name, member, all[name])
			}
		}
	}
	for _, m := range all["Slack"] {
		if m.Name == "esc" && (!strings.HasPrefix(m.Doc, "Text made safe for mrkdwn") || !strings.HasPrefix(m.Type, "(text: Textual): string")) {
			t.Errorf("esc: %+v", m)
		}
	}
}
