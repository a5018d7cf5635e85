package resilient

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fn-slack/fn-slack/processor/secret"
)

// maxAnswer bounds what is read of one answer. The largest is the export of an
// organisation, which has some ten megabytes where there are many workflows.
const maxAnswer = 64 << 20

// Config says how to reach the platform's REST API.
type Config struct {
	Host     string // required
	Port     int    // zero means 443
	BasePath string // path before /rest; usually empty

	// Org is the organisation by name, uuid or cloud account.
	Org string

	// An API key is used when both of its parts are set, else email and
	// password.
	APIKeyID     string
	APIKeySecret secret.Text
	Email        string
	Password     secret.Text

	TLS       *tls.Config   // nil means the system's authorities
	Proxy     *url.URL      // nil means none; the environment is not asked
	Timeout   time.Duration // of one request, its answer included; zero means 30 s
	UserAgent string        // empty means fn-slack
	Log       *slog.Logger  // nil means no log

	// Hide gets the secrets of each session, its cookies and its token, before
	// anything is sent with them. Nil means nobody.
	Hide func(secrets ...string)
}

// Validate reports everything that is wrong with the configuration.
func (c Config) Validate() error {
	var errs []error
	if c.Host == "" {
		errs = append(errs, errors.New("resilient: Host is empty"))
	}
	if c.Port < 0 || c.Port > 65535 {
		errs = append(errs, fmt.Errorf("resilient: Port is %d, want 1 to 65535, or 0 for 443", c.Port))
	}
	if !c.usesKey() && (c.Email == "" || c.Password.IsZero()) {
		errs = append(errs, errors.New("resilient: no credentials: want APIKeyID and APIKeySecret, or Email and Password"))
	}
	if c.Timeout < 0 {
		errs = append(errs, fmt.Errorf("resilient: Timeout is %v, want more than 0, or 0 for 30 s", c.Timeout))
	}
	return errors.Join(errs...)
}

func (c Config) usesKey() bool { return c.APIKeyID != "" && !c.APIKeySecret.IsZero() }

func (c Config) account() string {
	if c.usesKey() {
		return c.APIKeyID
	}
	return c.Email
}

// A Client asks the platform's REST API. It may be used by several goroutines
// at once. It never follows redirects, which would carry the key to another
// host.
type Client struct {
	cfg  Config
	base string
	http *http.Client
	log  *slog.Logger

	session atomic.Pointer[session] // nil before Login
}

// session is what later requests need of a login.
type session struct {
	orgID   int
	csrf    string
	cookies []*http.Cookie
}

// New checks cfg and returns a client. It does not connect.
func New(cfg Config) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	host := net.JoinHostPort(strings.Trim(cfg.Host, "[]"), strconv.Itoa(cmp.Or(cfg.Port, 443)))
	base := "https://" + host
	if path := strings.Trim(cfg.BasePath, "/"); path != "" {
		base += "/" + path
	}
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	transport := &http.Transport{
		TLSClientConfig:     cfg.TLS.Clone(),
		TLSHandshakeTimeout: 30 * time.Second,
		MaxIdleConns:        2,
		IdleConnTimeout:     time.Minute,
	}
	if cfg.Proxy != nil {
		transport.Proxy = http.ProxyURL(cfg.Proxy)
	}
	return &Client{
		cfg:  cfg,
		base: base,
		log:  log,
		http: &http.Client{
			Transport:     transport,
			Timeout:       cmp.Or(cfg.Timeout, 30*time.Second),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Close ends idle connections. The client can be used again afterwards.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// URL returns the platform's address, such as https://soar.example.com:443.
func (c *Client) URL() string { return c.base }

// org sends one request below the path of the organisation. in and out may be nil.
func (c *Client) org(ctx context.Context, method, path string, in, out any) error {
	return c.inOrg(ctx, func(s *session, org string) error {
		_, err := c.send(ctx, s, method, org+path, in, out)
		return err
	})
}

// inOrg has do make a request with the session and the path of the organisation,
// and logs in again once where the session of an account has ended: the platform
// drops one after some minutes without use.
func (c *Client) inOrg(ctx context.Context, do func(s *session, org string) error) error {
	for again := false; ; again = true {
		s := c.session.Load()
		if s == nil {
			return errors.New("resilient: Login has not been called")
		}
		err := do(s, "/rest/orgs/"+strconv.Itoa(s.orgID))
		if _, refused := errors.AsType[*UnauthorisedError](err); !refused || again || c.cfg.usesKey() {
			return err
		}
		if _, err := c.Login(ctx); err != nil {
			return err
		}
	}
}

// send sends one request and reads the JSON of the answer into out; the answer's
// body is closed.
func (c *Client) send(ctx context.Context, s *session, method, path string, in, out any) (*http.Response, error) {
	shown, _, _ := strings.Cut(path, "?")
	var body io.Reader
	if in != nil {
		js, err := encodeAny(in)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", method, shown, err)
		}
		body = bytes.NewReader(js)
	}
	req, err := c.request(ctx, s, method, path, body)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, shown, err)
	}
	req.Header.Set("Content-Type", "application/json")
	return c.exchange(c.http, req, shown, out)
}

// exchange sends a request and reads the JSON of the answer into out; shown is the
// path in errors and in the log.
func (c *Client) exchange(client *http.Client, req *http.Request, shown string, out any) (*http.Response, error) {
	ctx, method := req.Context(), req.Method
	req.Header.Set("Accept", "application/json")

	start := time.Now()
	resp, err := client.Do(req)
	if err != nil {
		return nil, c.connectError(err)
	}
	defer resp.Body.Close()
	js, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	c.log.DebugContext(ctx, "platform request", "method", method, "path", shown, "status", resp.StatusCode, "bytes", len(js), "duration", time.Since(start))
	if err != nil {
		return nil, c.connectError(err)
	}
	if err := c.statusError(method, shown, resp.StatusCode, js); err != nil {
		return nil, err
	}
	if len(js) > maxAnswer {
		return nil, &AnswerError{method, shown, fmt.Errorf("more than %d bytes", maxAnswer)}
	}
	if out != nil {
		if err := json.Unmarshal(js, out); err != nil {
			return nil, &AnswerError{method, shown, err}
		}
	}
	return resp, nil
}

// request makes a request with the credentials of the session, which is nil before
// there is one.
func (c *Client) request(ctx context.Context, s *session, method, path string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", cmp.Or(c.cfg.UserAgent, "fn-slack"))
	switch {
	case c.cfg.usesKey():
		req.SetBasicAuth(c.cfg.APIKeyID, c.cfg.APIKeySecret.Reveal())
	case s != nil:
		// Only the session's own cookies: a cookie jar would also keep what a
		// load balancer or an earlier session left, and the platform refuses
		// requests whose cookie and X-sess-id are of different sessions.
		for _, cookie := range s.cookies {
			req.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value})
		}
		req.Header.Set("X-sess-id", s.csrf)
	}
	return req, nil
}

// connectError is an error of the connection to the platform.
func (c *Client) connectError(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // its own text repeats method and address
	}
	return connectError(c.base, err)
}

// statusError makes an error of every answer that is not a success.
func (c *Client) statusError(method, path string, status int, body []byte) error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusUnauthorized:
		return &UnauthorisedError{Account: c.cfg.account(), Key: c.cfg.usesKey()}
	case status == http.StatusForbidden:
		return &ForbiddenError{method, path, platformMessage(body)}
	default:
		return &StatusError{method, path, status, platformMessage(body)}
	}
}

// platformMessage finds the platform's own words in the body of an error.
func platformMessage(body []byte) string {
	var e struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &e) != nil {
		return ""
	}
	const limit = 300
	text := strings.ToValidUTF8(e.Message, "\uFFFD")
	if runes := []rune(text); len(runes) > limit {
		text = string(runes[:limit]) + "…"
	}
	return text
}
