package demo

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/browsertest"
	"github.com/fn-slack/fn-slack/processor/mistaketest"
)

// write saves a file as an editor does that renames: nobody reads half of it.
func write(t *testing.T, name, text string) {
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

// Each mistake that people make is on the page after it is saved, where it is and
// what to do: a refused script in red, another in amber.
func TestThePageTellsOfMistakes(t *testing.T) {
	if os.Getenv("FN_SLACK_TEST_LONG") == "" {
		t.Skip("FN_SLACK_TEST_LONG is not set: this measures times")
	}
	p := open(t)
	write(t, filepath.Join("scripts", "lib", "words.js"), mistaketest.Words)
	script := filepath.Join("scripts", "a.js")
	const good = "export default { match: () => false };"
	write(t, script, good)
	b := browsertest.Open(t)
	b.Size(1500, 900, "light")
	b.Open(p.address)
	const card = `[...document.querySelectorAll("#script-list > li")].find((li) => li.dataset.key === "a.js")`
	b.Until(card + `?.className === "good"`)
	for _, m := range mistaketest.Table() {
		t.Run(m.Name, func(t *testing.T) {
			want, most := "refused", 300*time.Millisecond
			switch {
			case !m.Refused:
				want, most = "other", 500*time.Millisecond
			case m.Hint == "does not end":
				most = 500 * time.Millisecond // it runs for half of that before it is stopped
			}
			says := card + `?.className === "` + want + `"`
			for _, part := range []string{"a.js:" + m.Place, m.Hint} {
				text, err := json.Marshal(part)
				if err != nil {
					t.Fatal(err)
				}
				says += ` && ` + card + `.textContent.includes(` + string(text) + `)`
			}
			if m.Place != "" {
				says += ` && ` + card + `.querySelector("pre").textContent.includes("^")` // the line, and where in it
			}
			for range 5 { // others may hold the processors
				write(t, script, good)
				b.Until(card + `?.className === "good"`)
				begun := time.Now()
				write(t, script, m.Source)
				if b.Within(time.Second, says) && time.Since(begun) <= most {
					t.Logf("shown after %v", time.Since(begun))
					return
				}
			}
			t.Errorf("not shown within %v: %s\nthe page: %s", most, says, b.Eval(card+"?.innerText"))
		})
	}
	b.Screenshot("mistake")
	if odd := b.Complaints(); len(odd) > 0 {
		t.Errorf("the page complained: %s", strings.Join(odd, "\n"))
	}
}
