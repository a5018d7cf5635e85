package spelling

import (
	"strings"
	"testing"
)

func TestDidYouMean(t *testing.T) {
	for _, c := range []struct{ word, names, want string }{
		{"sectoin", "actions section divider", "section"},
		{"Severty", "Severity Name", "Severity"},
		{"SEVERITY", "Name Severity", "Severity"},
		{"feild", "fields field", "field"},
		{"x", "y z", ""},
		{"id", "url", ""},
		{"colour", "color", "color"},
		{"fetch", "slack console", ""},
		{"Überschrft", "Überschrift", "Überschrift"},
		{strings.Repeat("a", 1000), "a", ""},
	} {
		want := ""
		if c.want != "" {
			want = `; did you mean "` + c.want + `"?`
		}
		if got := DidYouMean(c.word, strings.Fields(c.names)); got != want {
			t.Errorf("%s of %s: got %q, want %q", c.word, c.names, got, want)
		}
	}
}
