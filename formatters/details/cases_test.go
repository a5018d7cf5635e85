package details_test

import (
	"encoding/json"
	"html"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/formatters/details"
)

// TestCases reads inputs of which somebody has said what must be seen of them in
// the classic layout: data that tries to be a field, texts that cannot be read
// for sure, texts that were pasted together.
func TestCases(t *testing.T) {
	raw, err := os.ReadFile("testdata/fidelity.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(raw)) {
		var c struct {
			ID, Kind, Input         string
			Contains, Never, Labels []string
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains([]string{"forged", "refuse", "text"}, c.Kind) {
			continue
		}
		seen[c.Kind] = true
		t.Run(c.ID, func(t *testing.T) {
			list, notes, err := details.Read(c.Input)
			if c.Kind != "refuse" && err != nil || c.Kind == "refuse" && err == nil && len(notes) == 0 {
				t.Errorf("got error %v, notes %q", err, notes)
			}
			message := formatters.Classic(formatters.Options{}.Fields(list), true)
			message = html.UnescapeString(strings.ReplaceAll(message, "\u2060", ""))
			for _, want := range c.Contains {
				if !strings.Contains(message, want) {
					t.Errorf("%q is not in %q", want, message)
				}
			}
			for _, bad := range c.Never {
				if strings.Contains(message, bad) {
					t.Errorf("%q is in %q", bad, message)
				}
			}
			var labels []string
			for _, d := range list {
				labels = append(labels, d.Label)
			}
			if c.Labels != nil && !slices.Equal(labels, c.Labels) {
				t.Errorf("got labels %q, want %q", labels, c.Labels)
			}
		})
	}
	if len(seen) != 3 {
		t.Errorf("there are cases of %v only", seen)
	}
}
