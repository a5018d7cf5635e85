package broker

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrConnectionLost says that the connection that brought a delivery is gone.
	// The broker hands the message out again; settle it then.
	ErrConnectionLost = errors.New("connection to the broker is lost")

	// ErrSettled says that a delivery is acknowledged or abandoned already.
	ErrSettled = errors.New("delivery is settled already")

	errReceiptTimeout = errors.New("the broker did not confirm in time")
)

// ConnectError is a broker that cannot be reached, or that does not speak STOMP
// 1.2 to us.
type ConnectError struct {
	Addr string
	Err  error
}

func (e *ConnectError) Error() string { return fmt.Sprintf("connect to broker %s: %v", e.Addr, e.Err) }
func (e *ConnectError) Unwrap() error { return e.Err }

// ProxyError is an HTTP proxy that cannot be reached or does not let us through.
type ProxyError struct {
	Proxy  string // without its password
	Addr   string // the broker's
	Status string // the proxy's answer; "" when there was none
	Err    error  // nil when there is a Status
}

func (e *ProxyError) Error() string {
	if e.Status != "" {
		return fmt.Sprintf("connect to broker %s: proxy %s answers %s", e.Addr, e.Proxy, e.Status)
	}
	return fmt.Sprintf("connect to broker %s: proxy %s: %v", e.Addr, e.Proxy, e.Err)
}
func (e *ProxyError) Unwrap() error { return e.Err }

// TLSProblem is what a TLS handshake failed of.
type TLSProblem string

// Causes of a TLSError.
const (
	UnknownAuthority TLSProblem = "the certificate is not signed by a known authority; check cafile"
	WrongHostName    TLSProblem = "the certificate is for another host name"
	Expired          TLSProblem = "the certificate has expired or is not valid yet"
	BadCertificate   TLSProblem = "the certificate is not acceptable"
	NotTLS           TLSProblem = "the port does not speak TLS"
	HandshakeFailed  TLSProblem = "the handshake failed; check that the port speaks TLS"
)

// TLSError is a TLS handshake that failed.
type TLSError struct {
	Addr    string
	Problem TLSProblem
	Err     error
}

func (e *TLSError) Error() string {
	return fmt.Sprintf("TLS with broker %s: %s: %v", e.Addr, e.Problem, e.Err)
}
func (e *TLSError) Unwrap() error { return e.Err }

func tlsError(addr string, err error) *TLSError {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		verify    *tls.CertificateVerificationError
		record    tls.RecordHeaderError
	)
	problem := HandshakeFailed
	switch {
	case errors.As(err, &authority):
		problem = UnknownAuthority
	case errors.As(err, &host):
		problem = WrongHostName
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		problem = Expired
	case errors.As(err, &invalid), errors.As(err, &verify):
		problem = BadCertificate
	case errors.As(err, &record):
		problem = NotTLS
	}
	return &TLSError{Addr: addr, Problem: problem, Err: err}
}

// LoginError is a CONNECT that the broker refused.
type LoginError struct {
	Addr, Login string
	Message     string // the broker's
}

func (e *LoginError) Error() string {
	return fmt.Sprintf("broker %s refuses the login of %q: %s", e.Addr, e.Login, e.Message)
}

// Temporary says that not the credentials are at fault: the platform's broker
// answers so while the service that knows the users is away.
func (e *LoginError) Temporary() bool {
	return strings.Contains(strings.ToLower(e.Message), "unable to connect to authentication service")
}

// SubscribeError is a SUBSCRIBE that the broker refused: most often the user may
// not read the destination.
type SubscribeError struct {
	Addr, Destination string
	Message           string // the broker's
}

func (e *SubscribeError) Error() string {
	return fmt.Sprintf("broker %s refuses the subscription to %s: %s", e.Addr, e.Destination, e.Message)
}

// ServerError is an ERROR frame.
type ServerError struct{ Message string }

func (e *ServerError) Error() string { return "broker says: " + e.Message }

// AnswerRefusedError says that the broker would not take the answer to a call. The
// connection lasts, and the call can be acknowledged.
type AnswerRefusedError struct {
	Destination string // the reply-to
	Message     string // the broker's
}

func (e *AnswerRefusedError) Error() string {
	return fmt.Sprintf("broker refuses the answer to %s: %s", e.Destination, e.Message)
}
