package broker

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Defaults and bounds of Config.
const (
	DefaultPrefetch = 25   // num_workers of IBM's runtime, which is its prefetch
	maxPrefetch     = 2000 // the most that IBM's runtime allows

	// defaultMaxFrame bounds a message's body. A call's inputs are texts that
	// people and workflows write: some kB, and an ActiveMQ as it comes takes no
	// body over 1 MiB. It is a bound for what is broken or hostile. A connection
	// has as many bodies in memory as Prefetch allows, and as many again while
	// acknowledgements are under way: with 100, which fn-slack takes where nothing
	// is set, 400 to 800 MiB if every one of them were as large as possible, and
	// 100 to 200 MiB behind that ActiveMQ. A smaller Prefetch lowers it.
	defaultMaxFrame = 4 << 20

	defaultHeartBeat      = 15 * time.Second // asked for by IBM's runtime
	defaultDialTimeout    = 30 * time.Second
	defaultReceiptTimeout = 30 * time.Second
	defaultWriteTimeout   = 10 * time.Second
	DefaultDrainTimeout   = 25 * time.Second // within the 30 s that Kubernetes grants
	defaultRetryMin       = 500 * time.Millisecond
	defaultRetryMax       = time.Minute
	defaultSteadyAfter    = 30 * time.Second
)

// Config of a Consumer. It prints without its secrets.
type Config struct {
	// Addrs are host:port of the broker, tried in turn.
	Addrs []string
	// TLS, if not nil, is used on every address. Without ServerName the host of
	// the address is checked against the certificate. Set MaxVersion to TLS 1.2
	// for an ActiveMQ 5 that answers "Already connected" on stomp+nio+ssl; the
	// Consumer does so itself when it sees that error.
	TLS *tls.Config
	// Login and Passcode; both "" sends neither. RabbitMQ, against STOMP 1.2,
	// takes a backslash in them for an escape: there they cannot have one.
	Login, Passcode string
	// Host is the virtual host; "" is "/", the default virtual host of RabbitMQ,
	// which ActiveMQ does not look at.
	Host string
	// Destinations to subscribe to, as the broker names them, each over a connection
	// of its own.
	Destinations []string
	// SubscribeHeaders are further headers of SUBSCRIBE: a RabbitMQ quorum queue
	// needs x-queue-type:quorum, durable:true and auto-delete:false.
	SubscribeHeaders map[string]string
	// Prefetch is how many messages of a destination the broker hands out before the
	// first is settled; 0 is DefaultPrefetch. More than there are workers only takes
	// messages from other instances.
	Prefetch int
	// Proxy, if not nil, is an HTTP proxy that is asked to CONNECT, with user and
	// password if it has them. Scheme http or https.
	Proxy *url.URL
	// MaxFrame bounds the body of a message in bytes; 0 is 4 MiB. A
	// larger message is handed on without its body, see Delivery.Oversize.
	MaxFrame int
	// Left, if not nil, is told at the end of Run of each message that came to this
	// consumer first and is not acknowledged, by its Delivery.Key.
	Left func(key string)
	// Log gets connects at Info, losses and refusals at Warn. nil: no log.
	Log *slog.Logger

	// Times; 0 is the default in brackets.

	HeartBeat      time.Duration // interval asked for in both directions (15 s); negative: no heart-beats
	DialTimeout    time.Duration // for proxy, TCP, TLS and login together (30 s)
	ReceiptTimeout time.Duration // a receipt that takes longer ends the connection (30 s)
	WriteTimeout   time.Duration // a write that takes longer ends the connection (10 s)
	DrainTimeout   time.Duration // how long Run waits for held deliveries at the end (25 s)
	RetryMin       time.Duration // first upper bound of the random wait before a reconnect (500 ms)
	RetryMax       time.Duration // last one, where it is below 15 s, and about the wait after a refused login (1 min)
	SteadyAfter    time.Duration // a connection that lived this long resets the wait (30 s)
}

// Validate reports all that is wrong, joined.
func (c Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(c.Addrs) == 0 {
		bad("no broker address")
	}
	for _, a := range c.Addrs {
		if host, port, err := net.SplitHostPort(a); err != nil {
			bad("broker address: %w", err)
		} else if host == "" || port == "" {
			bad("broker address %q: host and port are needed", a)
		}
	}
	if len(c.Destinations) == 0 || slices.Contains(c.Destinations, "") {
		bad("no destination to subscribe to")
	}
	for name, v := range map[string]string{"login": c.Login, "passcode": c.Passcode, "host": c.Host} {
		if strings.ContainsAny(v, "\r\n\x00") {
			bad("%s: a line break or NUL cannot be sent to the broker", name)
		}
	}
	if c.Prefetch < 0 || c.Prefetch > maxPrefetch {
		bad("prefetch %d: must be 1 to %d", c.Prefetch, maxPrefetch)
	}
	if c.MaxFrame < 0 {
		bad("largest frame %d: must not be negative", c.MaxFrame)
	}
	if p := c.Proxy; p != nil && (p.Scheme != "http" && p.Scheme != "https" || p.Hostname() == "") {
		bad("proxy %s: must be http://host:port or https://host:port", p.Redacted())
	}
	for name, d := range map[string]time.Duration{
		"dial timeout": c.DialTimeout, "receipt timeout": c.ReceiptTimeout, "write timeout": c.WriteTimeout,
		"drain timeout": c.DrainTimeout, "shortest retry": c.RetryMin, "longest retry": c.RetryMax, "steady after": c.SteadyAfter,
	} {
		if d < 0 {
			bad("%s %s: must not be negative", name, d)
		}
	}
	return errors.Join(errs...)
}

// filled returns c with defaults where it has zero values.
func (c Config) filled() Config {
	c.Host = cmp.Or(c.Host, "/")
	c.Prefetch = cmp.Or(c.Prefetch, DefaultPrefetch)
	c.MaxFrame = cmp.Or(c.MaxFrame, defaultMaxFrame)
	c.HeartBeat = max(0, cmp.Or(c.HeartBeat, defaultHeartBeat))
	c.DialTimeout = cmp.Or(c.DialTimeout, defaultDialTimeout)
	c.ReceiptTimeout = cmp.Or(c.ReceiptTimeout, defaultReceiptTimeout)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, defaultWriteTimeout)
	c.DrainTimeout = cmp.Or(c.DrainTimeout, DefaultDrainTimeout)
	c.RetryMin = cmp.Or(c.RetryMin, defaultRetryMin)
	c.RetryMax = max(c.RetryMin, cmp.Or(c.RetryMax, defaultRetryMax))
	c.SteadyAfter = cmp.Or(c.SteadyAfter, defaultSteadyAfter)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// String is for logs: it has neither passcode nor the proxy's password.
func (c Config) String() string {
	s := fmt.Sprintf("%s at %s as %q", strings.Join(c.Destinations, ", "), strings.Join(c.Addrs, ", "), c.Login)
	if c.Proxy != nil {
		s += " through " + c.Proxy.Redacted()
	}
	return s
}

// GoString keeps %#v from printing the passcode.
func (c Config) GoString() string { return "broker.Config{" + c.String() + "}" }

// LogValue keeps slog from printing the passcode.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }
