package channel

import (
	"errors"

	"github.com/fn-slack/fn-slack/processor/kind"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// unfit is a channel that the call cannot go to until a person changes something.
type unfit struct {
	what   string // about this call: it may quote the names of channels
	reason string // the same without them
}

func (e *unfit) Error() string { return e.what }

func (e *unfit) Kind() (kind.Kind, string) { return kind.Refused, e.reason }

// platformError is an error of the platform's API with its kind.
type platformError struct{ err error }

func (e *platformError) Error() string { return e.err.Error() }

func (e *platformError) Unwrap() error { return e.err }

func (e *platformError) Kind() (kind.Kind, string) {
	if passing(e.err) {
		return kind.Unavailable, "the platform does not give its data table now"
	}
	return kind.Refused, "the platform refuses its data table"
}

// notNow is an error of a permit.
type notNow struct{ err error }

func (e *notNow) Error() string {
	return "the data table may not be written from here now: " + e.err.Error()
}

func (e *notNow) Unwrap() error { return e.err }

// passing says whether time may heal an error.
func passing(err error) bool {
	_, waiting := errors.AsType[*notNow](err)
	return waiting || resilient.Temporary(err)
}

func notFound(err error) bool {
	_, ok := errors.AsType[*resilient.NotFoundError](err)
	return ok
}
