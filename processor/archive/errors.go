package archive

import "github.com/fn-slack/fn-slack/processor/kind"

// refusal is a channel that is not archived until a person changes something.
type refusal struct {
	what   string // about this call: it may quote the names of channels
	reason string // the same without them
}

func (e *refusal) Error() string { return e.what }

func (e *refusal) Kind() (kind.Kind, string) { return kind.Refused, e.reason }

// diskError is a file in state_dir that cannot be written or read.
type diskError struct{ err error }

func (e *diskError) Error() string {
	return "the history cannot be kept in state_dir until it is attached: " + e.err.Error() + "; make room there"
}

func (e *diskError) Unwrap() error { return e.err }

func (e *diskError) Kind() (kind.Kind, string) {
	return kind.Unavailable, "the history cannot be kept in state_dir"
}

// notNow is an error of a permit.
type notNow struct{ err error }

func (e *notNow) Error() string {
	return "nothing may be attached from here now: " + e.err.Error()
}

func (e *notNow) Unwrap() error { return e.err }

func (e *notNow) Kind() (kind.Kind, string) { return kind.Unavailable, kind.Later }

// unknownError leaves open whether the platform has the attachment.
type unknownError struct{ err error }

func (e *unknownError) Error() string {
	return "it is not known whether the history is attached: " + e.err.Error() + ". Look at the attachments before running the action again."
}

func (e *unknownError) Unwrap() error { return e.err }

func (e *unknownError) MaybeDone() {}

func (e *unknownError) Kind() (kind.Kind, string) {
	return kind.Unavailable, "the platform does not say whether it has the attachment"
}
