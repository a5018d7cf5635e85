package processor

import (
	"errors"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

func TestTheReasonHoldsNothingOfTheIncident(t *testing.T) {
	const text = "Joe Bloggs clicked"
	for _, c := range []struct {
		err  error
		want string
	}{
		{&resilient.InputError{Name: "slack_channel", Got: text, Want: "a text"}, "input slack_channel: want a text"},
		{&details.Error{Line: 3, Column: 7, Excerpt: text, Reason: text}, "line 3, column 7"},
		{&engine.ScriptError{Kind: engine.KindThrow, File: "scripts/x.js", Line: 2, Column: 5, Message: text}, "scripts/x.js:2:5: throw"},
		{&slackapi.RefusedError{Code: "channel_not_found", Channel: "soc", Detail: text}, "channel_not_found"},
		{&slackapi.InvalidError{Code: "invalid_blocks", Detail: text}, "invalid_blocks"},
		{&slackapi.UnavailableError{Reason: text}, "Slack did not take it"},
		{&resilient.MalformedError{Reason: text}, "not a call"},
		{errors.New(text), "defect"},
	} {
		got := Finished{Kind: kindOf(c.err), Err: c.err}.Reason()
		if !strings.Contains(got, c.want) || strings.Contains(got, text) {
			t.Errorf("%T: got %q, want %q and nothing of the incident", c.err, got, c.want)
		}
	}
}
