package kind

import (
	"context"
	"errors"
)

// Kind is what became of a call.
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

// All lists every kind, for counters that are to exist before the first call.
func All() []Kind {
	return []Kind{OK, Malformed, Input, Script, Invalid, Refused, Unavailable, Internal, Again}
}

// Error is an error that knows its kind.
type Error interface {
	error

	// Kind also gives the reason, for status pages: one sentence without anything
	// that stems from an incident, which the text of the error may quote.
	Kind() (Kind, string)
}

// The reasons of kinds whose errors have nothing to add.
const (
	NoCall = "the body is not a call of this function"
	Later  = "Slack did not take it in time, or cannot tell"
	Defect = "defect in the service"
)

// Of sorts an error, and gives the reason that it may be shown with. Of several
// that are joined the first one counts; what no type knows is Internal. No error
// is OK.
func Of(err error) (kind Kind, reason string) {
	var known Error
	switch {
	case err == nil:
		return OK, ""
	case errors.As(err, &known):
		return known.Kind()
	case errors.Is(err, context.DeadlineExceeded):
		return Unavailable, Later
	}
	return Internal, Defect
}
