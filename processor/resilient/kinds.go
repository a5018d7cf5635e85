package resilient

import "github.com/fn-slack/fn-slack/processor/kind"

// The kinds of the client's errors, for calls that need the platform's API.

const away = "the platform does not answer now"

// Kind is that of what time heals.
func (e *UnreachableError) Kind() (kind.Kind, string) { return kind.Unavailable, away }

// Kind is that of what the platform's administrator can change.
func (e *TLSError) Kind() (kind.Kind, string) {
	return kind.Refused, "no trusted connection to the platform"
}

// Kind is that of what the platform's administrator can change.
func (e *UnauthorisedError) Kind() (kind.Kind, string) {
	return kind.Refused, "the platform refuses the account"
}

// Kind is that of what the platform's administrator can change.
func (e *ForbiddenError) Kind() (kind.Kind, string) {
	return kind.Refused, "the account lacks a permission on the platform"
}

// Kind is that of the workflow author's mistakes.
func (e *NotFoundError) Kind() (kind.Kind, string) {
	return kind.Input, "the platform does not have what an input names"
}

// Kind is that of what time heals, or of a refusal.
func (e *StatusError) Kind() (kind.Kind, string) {
	if Temporary(e) {
		return kind.Unavailable, away
	}
	return kind.Refused, "the platform refuses a request"
}

// Kind is that of what somebody between us and the platform can change.
func (e *AnswerError) Kind() (kind.Kind, string) {
	return kind.Unavailable, "an answer is not the platform's"
}
