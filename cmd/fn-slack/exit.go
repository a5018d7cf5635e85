package main

import (
	"context"
	"errors"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/config"
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

// status chooses the exit status for what a command returned.
func status(err error) int {
	var (
		usage        usageError
		unreachable  *resilient.UnreachableError
		unauthorised *resilient.UnauthorisedError
		caFile       caFileError
		tls          *resilient.TLSError
		notMember    *resilient.NotMemberError
		disabled     *resilient.DisabledOrgError
		setting      *config.Problem

		stomp     *broker.ConnectError
		stompTLS  *broker.TLSError
		proxy     *broker.ProxyError
		login     *broker.LoginError
		subscribe *broker.SubscribeError
	)
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &unreachable), resilient.Temporary(err):
		return exitUnreachable
	case errors.As(err, &unauthorised):
		return exitUnauthorised
	case errors.As(err, &caFile), errors.As(err, &setting) && (setting.Key == "resilient.cafile" || setting.Key == "resilient.stomp_cafile"):
		return exitCAFile
	case errors.As(err, &tls):
		return exitTLS
	case errors.As(err, &notMember), errors.As(err, &disabled):
		return exitNotMember
	case errors.As(err, &login):
		return exitSTOMPUnauthorised
	case errors.As(err, &subscribe):
		return exitSTOMPForbidden
	case errors.As(err, &stomp) && errors.Is(err, context.DeadlineExceeded):
		return exitSTOMPTimeout
	case errors.As(err, &stomp), errors.As(err, &stompTLS), errors.As(err, &proxy):
		return exitSTOMP
	}
	return exitFailed
}
