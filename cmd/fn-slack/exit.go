package main

import (
	"context"
	"errors"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/parts"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// Exit statuses. Those from 20 are the original's.
const (
	exitOK           = 0
	exitFailed       = 1
	exitUsage        = 2
	exitUnreachable  = 20
	exitUnauthorised = 21
	exitCAFile       = 22
	exitTLS          = 23
	exitNotMember    = 24

	exitSTOMP             = 30 // the broker cannot be reached
	exitSTOMPUnauthorised = 31
	exitSTOMPForbidden    = 32 // it does not let us read the queue
	exitSTOMPTimeout      = 33
)

// usageError says that the command line is wrong.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// reported is an error of which the user has been told; only the exit status is
// left.
type reported struct{ err error }

func (e reported) Error() string { return e.err.Error() }
func (e reported) Unwrap() error { return e.err }

// exitStatus chooses the exit status for what a command returned.
func exitStatus(err error) int {
	setting, _ := errors.AsType[*config.Problem](err)
	switch {
	case err == nil:
		return exitOK
	case is[usageError](err):
		return exitUsage
	case is[*resilient.UnreachableError](err), resilient.Temporary(err):
		return exitUnreachable
	case is[*resilient.UnauthorisedError](err):
		return exitUnauthorised
	case is[*parts.CAFileError](err), setting != nil && (setting.Key == "resilient.cafile" || setting.Key == "resilient.stomp_cafile"):
		return exitCAFile
	case is[*resilient.TLSError](err):
		return exitTLS
	case is[*resilient.NotMemberError](err), is[*resilient.DisabledOrgError](err):
		return exitNotMember
	case is[*broker.LoginError](err):
		return exitSTOMPUnauthorised
	case is[*broker.SubscribeError](err):
		return exitSTOMPForbidden
	case is[*broker.ConnectError](err) && errors.Is(err, context.DeadlineExceeded):
		return exitSTOMPTimeout
	case is[*broker.ConnectError](err), is[*broker.TLSError](err), is[*broker.ProxyError](err):
		return exitSTOMP
	}
	return exitFailed
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
