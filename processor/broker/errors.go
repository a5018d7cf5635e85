package broker

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fn-slack/fn-slack/processor/trust"
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

func (e *ConnectError) Error() string {
	// With TLS 1.3 a broker refuses a client's certificate after the handshake.
	if why := explain(e.Err); why != "" {
		return fmt.Sprintf("connect to broker %s: %s", e.Addr, why)
	}
	return fmt.Sprintf("connect to broker %s: %v", e.Addr, e.Err)
}
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

// TLSError is a TLS handshake that failed.
type TLSError struct {
	Addr string
	Err  error
}

func (e *TLSError) Error() string {
	why := explain(e.Err)
	if why == "" {
		why = fmt.Sprintf("the handshake failed; check that the port speaks TLS: %v", e.Err)
	}
	return fmt.Sprintf("TLS with broker %s: %s", e.Addr, why)
}
func (e *TLSError) Unwrap() error { return e.Err }

// explain says what is wrong with TLS, where something is.
func explain(err error) string {
	return trust.Peer{Authorities: "stomp_cafile", Name: "stomp_host"}.Explain(err)
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
