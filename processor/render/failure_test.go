package render

import (
	"errors"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/processor/kind"
)

// A status page shows the reason to people who may not read incidents.
func TestErrorsOfOthersGetAKindAndAReason(t *testing.T) {
	const text = "Joe Bloggs clicked"
	for _, c := range []struct {
		err    error
		kind   kind.Kind
		reason string
	}{
		{&details.Error{Line: 3, Column: 7, Excerpt: text, Reason: text}, kind.Input, "line 3, column 7"},
		{&engine.ScriptError{Kind: engine.KindThrow, File: "scripts/x.js", Line: 2, Column: 5, Message: text}, kind.Script, "scripts/x.js:2:5: throw"},
		{&InvalidError{Script: "x.js", Violations: []blockkit.Violation{{Pointer: "/blocks/0", Message: text}}}, kind.Invalid, "x.js: Slack would refuse the message: /blocks/0"},
	} {
		err := withKind(c.err)
		got, reason := kind.Of(err)
		if got != c.kind || !strings.Contains(reason, c.reason) || strings.Contains(reason, text) {
			t.Errorf("%T: got %s, %q, want %s, %q and nothing of the incident", c.err, got, reason, c.kind, c.reason)
		}
		if err.Error() != c.err.Error() || !errors.Is(err, c.err) {
			t.Errorf("%T became %v", c.err, err)
		}
	}
}
