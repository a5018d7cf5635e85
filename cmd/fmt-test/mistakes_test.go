package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/mistaketest"
)

// Each mistake that people make is told of: where it is, and what to do.
func TestMistakes(t *testing.T) {
	for _, m := range mistaketest.Table() {
		t.Run(m.Name, func(t *testing.T) {
			dir := folder(t, "a.js", m.Source, "lib/words.js", mistaketest.Words)
			want := 0
			if m.Refused {
				want = 1
			}
			script := filepath.Join(dir, "a.js")
			for how, args := range map[string][]string{"with a sample": {script, incident}, "without": {script}, "its folder": {dir}} {
				_, stderr, code := fmtTest(t, "", args...)
				if code != want || !strings.Contains(stderr, m.Hint) || m.Place != "" && !strings.Contains(stderr, "a.js:"+m.Place) {
					t.Errorf("%s: exit %d, want %d at %s with %s; got:\n%s", how, code, want, m.Place, m.Hint, stderr)
				}
			}
		})
	}
}

// Of two scripts that take the same call, the one that never gets it is named.
func TestTwoScriptsForOneSample(t *testing.T) {
	const all = "export default { match: () => true };"
	_, stderr, code := fmtTest(t, "", folder(t, "a.js", all, "b.js", all))
	if want := "warning: b.js: sample the built-in sample: its match returns true, but a.js comes first by its file name\n"; code != 0 || stderr != want {
		t.Errorf("exit %d, got %s, want %s", code, stderr, want)
	}
}
