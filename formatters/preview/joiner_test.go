package preview

import (
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// A mark with a word joiner beside it is shown as it was typed: the preview must
// not show as live what the formatters have made safe.
func TestGuardedMarksAreShown(t *testing.T) {
	for _, text := range []string{"*now*", "a _b_ c", "~gone~", "`code`", "*a* and *b*", "(*x*)"} {
		html := HTML(blockkit.Message{Text: mrkdwn.Esc(text)}, Options{})
		shown := strings.ReplaceAll(html, "\u2060", "")
		if !strings.Contains(shown, text) {
			t.Errorf("%q is shown as %s", text, html)
		}
	}
}
