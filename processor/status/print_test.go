package status

import (
	"strings"
	"testing"
)

// A channel, an id and an error may be an attacker's text.
func TestTheStatusCannotWriteOverTheScreen(t *testing.T) {
	const evil = "x\x1b[2J\u009b1A\nforged\ty"
	r := Report{
		NotReady: evil, Loaded: true, Problem: evil, Scripts: []scriptReport{{Name: evil, State: "broken", Error: evil}},
		Journal: []entryReport{{ID: evil}}, Calls: []callReport{{ID: evil, Channel: evil, Script: evil, Error: evil}},
	}
	var out strings.Builder
	r.Print(&out)
	if strings.ContainsAny(out.String(), "\x1b\u009b") || !strings.Contains(out.String(), "x\uFFFD[2J\uFFFD1A\uFFFDforged\uFFFDy") {
		t.Errorf("printed %q", out.String())
	}
	_, calls, _ := strings.Cut(out.String(), "last calls")
	if strings.Count(calls, "\n") != 2 {
		t.Errorf("one call is not one line: %q", calls)
	}
}
