package kind_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/kind"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// A status page shows the reason to people who may not read incidents.
func TestReasonHoldsNothingOfTheIncident(t *testing.T) {
	const text = "Joe Bloggs clicked"
	for _, c := range []struct {
		err    error
		kind   kind.Kind
		reason string
	}{
		{nil, kind.OK, ""},
		{&resilient.MalformedError{Reason: text}, kind.Malformed, "not a call"},
		{&resilient.InputError{Name: "slack_channel", Got: text, Want: "a text"}, kind.Input, "input slack_channel: want a text"},
		{&slackapi.RefusedError{Code: "channel_not_found", Channel: "soc", Detail: text}, kind.Refused, "channel_not_found"},
		{&slackapi.InvalidError{Code: "invalid_blocks", Detail: text}, kind.Invalid, "invalid_blocks"},
		{&slackapi.UnavailableError{Reason: text, Err: errors.New(text)}, kind.Unavailable, "Slack did not take it"},
		{&slackapi.UnknownError{Reason: text}, kind.Unavailable, "cannot tell"},
		{fmt.Errorf("%s: %w", text, context.DeadlineExceeded), kind.Unavailable, "Slack did not take it"},
		{&resilient.UnreachableError{URL: text, Err: errors.New(text)}, kind.Unavailable, "does not answer"},
		{&resilient.StatusError{Path: text, Status: 503, Message: text}, kind.Unavailable, "does not answer"},
		{&resilient.StatusError{Path: text, Status: 400, Message: text}, kind.Refused, "refuses"},
		{&resilient.NotFoundError{What: text}, kind.Input, "does not have"},
		{&resilient.ForbiddenError{Path: text, Message: text}, kind.Refused, "permission"},
		{&resilient.UnauthorisedError{Account: text}, kind.Refused, "account"},
		{&resilient.TLSError{Err: errors.New(text)}, kind.Refused, "trusted"},
		{&resilient.AnswerError{Err: errors.New(text)}, kind.Unavailable, "not the platform's"},
		{errors.New(text), kind.Internal, "defect"},
		// The call was wrong before anything was asked of Slack.
		{errors.Join(errors.New(text), &resilient.InputError{Name: "slack_details", Want: "fields"}, &slackapi.RefusedError{}), kind.Input, "slack_details"},
	} {
		got, reason := kind.Of(c.err)
		if got != c.kind || !strings.Contains(reason, c.reason) || strings.Contains(reason, text) {
			t.Errorf("%T: got %s, %q, want %s, %q and nothing of the incident", c.err, got, reason, c.kind, c.reason)
		}
		if !slices.Contains(kind.All(), got) {
			t.Errorf("the list of all lacks %s", got)
		}
	}
}
