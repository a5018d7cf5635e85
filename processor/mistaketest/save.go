package mistaketest

import (
	"os"
	"path/filepath"
	"testing"
)

// Save saves a file as an editor does that renames: nobody reads half of it. Its
// folder is made when it is missing.
func Save(t *testing.T, name, text string) {
	t.Helper()
	beside := filepath.Join(filepath.Dir(name), ".beside")
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(beside, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(beside, name); err != nil {
		t.Fatal(err)
	}
}
