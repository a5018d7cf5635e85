package slackapi

import (
	"fmt"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor/kind"
	"github.com/fn-slack/fn-slack/processor/trust"
)

// RefusedError says that Slack will not take messages for this channel, or
// with this token, until a person changes something in Slack or in the
// configuration.
type RefusedError struct {
	Code             string // Slack's: channel_not_found, invalid_auth, …
	Channel          string // as the message named it, "" where no channel was concerned
	Needed, Provided string // scopes, with missing_scope
	Detail           string // Slack's own explanation, mostly ""

	asked bool // nothing was to be posted
}

func (e *RefusedError) Error() string {
	what := "the message"
	if e.asked {
		what = "the request"
	}
	return sentence("Slack refused "+what+": "+e.Code, e.Detail) + " " + e.advice()
}

// Kind gives Slack's code, which is a word of its documentation.
func (e *RefusedError) Kind() (kind.Kind, string) {
	return kind.Refused, "Slack refused: " + e.Code
}

// AllChannels tells whether the refusal concerns the token or the app, so that
// no other channel will work either.
func (e *RefusedError) AllChannels() bool {
	return sort(e.Code) == classToken
}

// InvalidError says that the message itself is wrong: the same message again
// would be refused again.
type InvalidError struct {
	Code   string // Slack's: invalid_blocks, msg_too_long, …
	Detail string // Slack's reason, with JSON pointers into the blocks

	asked bool
}

func (e *InvalidError) Error() string {
	code := e.Code
	if code == "" {
		code = "no reason given"
	}
	if e.asked {
		return sentence("Slack found the request wrong: "+code, e.Detail)
	}
	return sentence("Slack found the message wrong: "+code, e.Detail) + " " + e.advice()
}

// Kind gives Slack's code: its reason may quote the message.
func (e *InvalidError) Kind() (kind.Kind, string) {
	return kind.Invalid, "Slack found the message wrong: " + e.Code
}

// UnavailableError says that nothing was posted and that a later try may work.
type UnavailableError struct {
	Reason     string
	Code       string        // Slack's, "" where it gave none
	Status     int           // of HTTP, 0 without an answer
	RetryAfter time.Duration // what Slack asked for, 0 where it did not
	Tries      int
	Waited     time.Duration // since the first of them was due
	Elsewhere  bool          // the answer was none of Slack's
	Err        error

	asked bool
}

func (e *UnavailableError) Unwrap() error { return e.Err }

// Kind is that of what time heals.
func (e *UnavailableError) Kind() (kind.Kind, string) { return kind.Unavailable, kind.Later }

func (e *UnavailableError) Error() string {
	var b strings.Builder
	if e.asked {
		b.WriteString("Slack did not give an answer: " + e.Reason)
	} else {
		b.WriteString("Slack could not take the message: " + e.Reason)
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, ", to be tried again after %s", e.RetryAfter)
	}
	if e.Tries > 0 {
		fmt.Fprintf(&b, " (%d tries in %s)", e.Tries, e.Waited.Round(time.Millisecond))
	}
	b.WriteString(because(e.Err))
	if e.asked {
		return b.String() + ". Try again later."
	}
	return b.String() + ". Nothing was posted: run the action again later."
}

// UnknownError says that the message may or may not have been posted, and that
// it could not be looked up.
type UnknownError struct {
	Reason string
	Lookup string // why looking it up did not settle it, "" where it was not tried
	Err    error

	Elsewhere bool // the answer was none of Slack's
}

func (e *UnknownError) Unwrap() error { return e.Err }

// MaybeDone marks the error as one that leaves open whether something was done.
func (e *UnknownError) MaybeDone() {}

// Kind is that of what could be asked of Slack later.
func (e *UnknownError) Kind() (kind.Kind, string) { return kind.Unavailable, kind.Later }

func (e *UnknownError) Error() string {
	var b strings.Builder
	b.WriteString("it is not known whether Slack posted the message: " + e.Reason)
	b.WriteString(because(e.Err))
	if e.Lookup != "" {
		b.WriteString("; looking it up failed: " + strings.TrimSuffix(e.Lookup, "."))
	}
	return b.String() + ". Look into the channel before running the action again."
}

// because is what stands behind an error: what is wrong with a certificate, or
// the words of whoever found it.
func because(err error) string {
	if err == nil {
		return ""
	}
	if why := (trust.Peer{Authorities: "the system's certificates (SSL_CERT_FILE)", Name: "slack_api_url"}).Explain(err); why != "" {
		return ": " + why
	}
	return ": " + err.Error()
}

func sentence(what, detail string) string {
	if detail != "" {
		what += " (" + strings.TrimSuffix(detail, ".") + ")"
	}
	return what + "."
}
