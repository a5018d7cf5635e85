package resilient

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/fn-slack/fn-slack/processor/trust"
)

// The errors of the client. Each says what happened and what to do about it;
// each is a type of its own, because a program ends with another exit status
// for each and because only some of them pass with time.

// peer is how a certificate of the platform's is put right.
var peer = trust.Peer{Authorities: "cafile", Name: "host"}

// An UnreachableError tells that no connection came about, or that it broke.
type UnreachableError struct {
	URL string // the address of the platform
	Err error
}

func (e *UnreachableError) Error() string {
	if why := peer.Explain(e.Err); why != "" {
		return fmt.Sprintf("cannot reach the platform at %s: %s", e.URL, why)
	}
	return fmt.Sprintf("cannot reach the platform at %s: %v; check host, port, proxy and firewall", e.URL, e.Err)
}

// Unwrap returns the network's error.
func (e *UnreachableError) Unwrap() error { return e.Err }

// A TLSError tells that the platform's certificate was refused, or that what
// answered does not speak TLS.
type TLSError struct {
	URL string
	Err error
}

func (e *TLSError) Error() string {
	return fmt.Sprintf("no trusted connection to the platform at %s: %s", e.URL, peer.Explain(e.Err))
}

// Unwrap returns the error of the TLS handshake.
func (e *TLSError) Unwrap() error { return e.Err }

// An UnauthorisedError tells that the platform refused key or password.
type UnauthorisedError struct {
	Account string // the API key's id, or the email
	Key     bool   // whether an API key was used
}

func (e *UnauthorisedError) Error() string {
	if e.Key {
		return fmt.Sprintf("the platform refuses API key %q; check api_key_id and api_key_secret", e.Account)
	}
	return fmt.Sprintf("the platform refuses account %q; check email and password", e.Account)
}

// A NotMemberError tells that the account is not in the organisation asked
// for, or that none was asked for.
type NotMemberError struct {
	Org  string   // empty when the configuration names none
	Orgs []string // the names of those it is in
}

func (e *NotMemberError) Error() string {
	list := "none"
	if len(e.Orgs) > 0 {
		list = strings.Join(e.Orgs, ", ")
	}
	if e.Org == "" {
		return "no organisation is set; set org to one of those of this account: " + list
	}
	return fmt.Sprintf("the account is not a member of organisation %q; set org to one of: %s", e.Org, list)
}

// A DisabledOrgError tells that the account may not use the organisation from
// here.
type DisabledOrgError struct {
	Org       string
	SessionIP string // the address under which the platform sees us; may be empty
}

func (e *DisabledOrgError) Error() string {
	from := ""
	if e.SessionIP != "" {
		from = " from address " + e.SessionIP
	}
	return fmt.Sprintf("organisation %q is disabled for this account%s; ask the platform's administrator to allow it", e.Org, from)
}

// An ActionsDisabledError tells that the organisation has no message
// destinations, because its action framework is off.
type ActionsDisabledError struct{ Org string }

func (e *ActionsDisabledError) Error() string {
	return fmt.Sprintf("the action framework of organisation %q is off; ask the platform's administrator to enable it (a licence may be needed)", e.Org)
}

// A NotFoundError tells that the platform has no such thing.
type NotFoundError struct {
	What   string
	Remedy string
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("the platform has no %s; %s", e.What, e.Remedy)
}

// A ForbiddenError tells that the account lacks a permission.
type ForbiddenError struct {
	Method, Path string
	Message      string // the platform's words; may be empty
}

func (e *ForbiddenError) Error() string {
	return fmt.Sprintf("the platform does not allow %s %s%s; give the account the permission in the platform", e.Method, e.Path, colon(e.Message))
}

// A StatusError is any other answer that is not a success.
type StatusError struct {
	Method, Path string
	Status       int    // the HTTP status
	Message      string // the platform's words, shortened; may be empty
}

func (e *StatusError) Error() string {
	remedy := ""
	switch {
	case e.Status >= 300 && e.Status < 400:
		remedy = "; check host, port and resource_prefix"
	case e.Status >= 500:
		remedy = "; look whether the platform, or a proxy before it, is in order"
	}
	return fmt.Sprintf("the platform answers %s %s with %d %s%s%s", e.Method, e.Path, e.Status, http.StatusText(e.Status), colon(e.Message), remedy)
}

// An AnswerError tells that a success was answered with something that is not
// the platform's JSON, as a login page or a proxy does.
type AnswerError struct {
	Method, Path string
	Err          error
}

func (e *AnswerError) Error() string {
	return fmt.Sprintf("the answer to %s %s is not the platform's: %v; check host, port and proxy", e.Method, e.Path, e.Err)
}

// Unwrap returns what was wrong with the answer.
func (e *AnswerError) Unwrap() error { return e.Err }

// Temporary reports whether an error of the client can pass by itself: the
// platform was not reached, is overloaded or has a trouble of its own.
func Temporary(err error) bool {
	if _, ok := errors.AsType[*UnreachableError](err); ok {
		return !errors.Is(err, context.Canceled)
	}
	status, ok := errors.AsType[*StatusError](err)
	return ok && (status.Status >= 500 || status.Status == http.StatusTooManyRequests)
}

func hasStatus(err error, status int) bool {
	e, ok := errors.AsType[*StatusError](err)
	return ok && e.Status == status
}

// connectError sorts the errors of a connection that did not come about.
func connectError(url string, err error) error {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok || !speaksTLS(err) {
		return &TLSError{URL: url, Err: err}
	}
	return &UnreachableError{URL: url, Err: err}
}

// speaksTLS is false when err tells that the other side answered in another
// protocol. net/http has an error of its own where that is plain HTTP.
func speaksTLS(err error) bool {
	_, other := errors.AsType[tls.RecordHeaderError](err)
	return !other && !errors.Is(err, http.ErrSchemeMismatch)
}

func colon(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}
