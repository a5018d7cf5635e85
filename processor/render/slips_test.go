package render

import (
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/formatters/details"
)

// What a layout posts by mistake is told once for each kind, and without a word
// of the incident.
func TestSlipsInLiveCalls(t *testing.T) {
	r := newRenderer(t, map[string]string{"default.js": "export default { format: (m) => m.text + {} + undefined + ' ' + undefined + [1 - undefined] };"}, nil)
	render := func(details string) []string {
		out, err := r.Render(t.Context(), Request{Call: call(t, map[string]any{"slack_channel": "soc", "slack_details": details}), ID: "1", Time: noon})
		if err != nil {
			t.Fatal(err)
		}
		return out.Slips
	}
	const secret = `{"A":{"type":"string","data":"secret"}}`
	first := render(secret)
	if len(first) != 2 || !strings.Contains(first[0], "[object Object]") || !strings.Contains(first[1], "undefined") || strings.Contains(strings.Join(first, ""), "secret") {
		t.Errorf("got %q", first)
	}
	if again := render(`{"A":{"type":"string","data":"another"}}`); again != nil {
		t.Errorf("the second message: %q", again)
	}
	own := newRenderer(t, map[string]string{"default.js": "export default { format: (m) => m.text };"}, nil)
	r = own
	if got := render(`{"A":{"type":"string","data":"undefined ${x} NaN"}}`); got != nil {
		t.Errorf("what the call says itself: %q", got)
	}
}

// Labels of recent calls are known; those of long ago make room.
func TestSeenLabels(t *testing.T) {
	var seen Seen
	r := newRenderer(t, map[string]string{"default.js": "export default {};"}, func(c *Config) { c.Seen = &seen })
	render := func(label string) {
		details := `{"` + label + `":{"type":"kind","data":"x"}}`
		if _, err := r.Render(t.Context(), Request{Call: call(t, map[string]any{"slack_channel": "soc", "slack_details": details}), ID: "1", Time: noon}); err != nil {
			t.Fatal(err)
		}
	}
	render("Shift")
	render(strings.Repeat("x", 2*longestSeen))
	labels, types := seen.Names()
	if len(labels) != 1 || !labels["Shift"] || !types["kind"] {
		t.Errorf("got %v %v", labels, types)
	}
	for i := range 3 * maxSeen {
		seen.Note([]details.Detail{{Label: strings.Repeat("y", 1+i%90) + string(rune('a'+i/90)), Type: "t"}})
	}
	if labels, _ = seen.Names(); labels["Shift"] || len(labels) > 2*maxSeen+2 {
		t.Errorf("%d labels, of long ago too", len(labels))
	}
}
