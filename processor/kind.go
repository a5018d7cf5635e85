package processor

import (
	"context"
	"errors"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// Kind sorts what became of a call: by it the answer, the log level and the
// counters are chosen.
type Kind string

const (
	OK          Kind = "ok"
	Malformed   Kind = "malformed"   // the body is not a function call, or of another function: the workflow's author
	Input       Kind = "input"       // an input is missing or cannot be read: the workflow's author
	Script      Kind = "script"      // a script failed and may not be replaced by the classic layout: its author
	Invalid     Kind = "invalid"     // the message breaks Slack's rules: the script's author
	Refused     Kind = "refused"     // Slack says no: the Slack administrator
	Unavailable Kind = "unavailable" // Slack did not take it in time, or cannot tell: time
	Internal    Kind = "internal"    // a defect of ours
	Again       Kind = "again"       // answered before: the remembered answer was sent again
)

// errFunction says that the call is for a function that is not ours.
type errFunction struct{ name string }

func (e errFunction) Error() string {
	return "this service provides " + render.Function + ", not the function " + quote(e.name) +
		": give that function a message destination of its own"
}

// errPanic is a defect that one call has laid bare.
type errPanic struct{ value string }

func (e errPanic) Error() string { return "defect in the service: " + e.value }

// kindOf sorts errors into kinds. What it does not know is Internal.
func kindOf(err error) Kind {
	var (
		malformed   *resilient.MalformedError
		input       *resilient.InputError
		unread      *details.Error
		function    errFunction
		script      *render.ScriptError
		invalid     *render.InvalidError
		refused     *slackapi.RefusedError
		notAccepted *slackapi.InvalidError
		unavailable *slackapi.UnavailableError
		unknown     *slackapi.UnknownError
	)
	switch {
	case err == nil:
		return OK
	case errors.As(err, &malformed), errors.As(err, &function):
		return Malformed
	case errors.As(err, &input), errors.As(err, &unread):
		return Input
	case errors.As(err, &script):
		return Script
	case errors.As(err, &invalid), errors.As(err, &notAccepted):
		return Invalid
	case errors.As(err, &refused):
		return Refused
	case errors.As(err, &unavailable), errors.As(err, &unknown), errors.Is(err, context.DeadlineExceeded):
		return Unavailable
	}
	return Internal
}

// sentence is an error for the platform's Action Status: one line, no matter
// how many errors were joined.
func sentence(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

func quote(s string) string {
	const limit = 100
	if r := []rune(s); len(r) > limit {
		s = string(r[:limit]) + "…"
	}
	return `"` + s + `"`
}
