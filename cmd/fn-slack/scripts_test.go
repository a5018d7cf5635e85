package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/servicetest"
)

func TestScriptsInitKeepsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "layouts")
	if err := os.Mkdir(target, 0o755); err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(target, "default.js")
	if err := os.WriteFile(mine, []byte("// mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := servicetest.Outcome(t, servicetest.Program(t, dir, "scripts", "init", "layouts"))
	if code != 0 || !strings.Contains(stdout, "1 were there") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if text, _ := os.ReadFile(mine); string(text) != "// mine" {
		t.Errorf("default.js was overwritten with %q", text)
	}
	if _, err := os.Stat(filepath.Join(target, "samples", "default", "incident.json")); err != nil {
		t.Error(err)
	}
}
