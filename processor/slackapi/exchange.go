package slackapi

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fn-slack/fn-slack/processor/members"
	"github.com/fn-slack/fn-slack/processor/secret"
)

// Bounds of an answer, in bytes. A message has at most 40,000 characters of text
// and 50 blocks; a page of 200 such messages is about 8 MB. More is not an answer
// of Slack's, whatever it says.
const (
	maxBody   = 16 << 20
	maxPosted = 2 << 20  // to chat.postMessage; it goes into the function's result
	usual     = 64 << 10 // makes room at once; what is announced may not come
)

// exchange is one HTTP request and what came back.
type exchange struct {
	unsent bool // certain: no byte of the request reached Slack
	status int  // 0 without an answer
	header http.Header
	body   []byte
	err    error // of the transport, or of reading the body
}

// recorder is the HTTP client that slack-go gets for one call. It follows no redirect,
// which would carry the token in the body of a POST to another host.
type recorder struct {
	transport http.RoundTripper
	token     secret.Text
	timeout   time.Duration
	until     time.Time // see Permit; zero: no bound but timeout
	most      int       // bytes of an answer
	x         exchange
	asked     bool
}

func (r *recorder) Do(req *http.Request) (*http.Response, error) {
	r.asked = true
	// slack-go puts it into the form, which not everything that speaks Slack's API reads.
	req.Header.Set("Authorization", "Bearer "+r.token.Reveal())
	ctx, cancel := context.WithTimeout(req.Context(), r.timeout)
	defer cancel()
	if !r.until.IsZero() {
		ctx, cancel = context.WithDeadline(ctx, r.until)
		defer cancel()
		req = fenced(req, r.until)
	}
	var traced, wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { traced.Store(true) },
		WroteHeaders: func() { wrote.Store(true) },
	})
	resp, err := r.transport.RoundTrip(req.WithContext(ctx))
	if err != nil {
		var op *net.OpError
		dialing := errors.As(err, &op) && op.Op == "dial"
		r.x.unsent = dialing || traced.Load() && !wrote.Load()
		r.x.err = &url.Error{Op: req.Method[:1] + strings.ToLower(req.Method[1:]), URL: req.URL.Redacted(), Err: err} // as http.Client has it
		return nil, r.x.err
	}
	defer resp.Body.Close()
	r.x.status, r.x.header = resp.StatusCode, resp.Header
	var body bytes.Buffer
	body.Grow(int(min(max(resp.ContentLength, 0), usual)) + bytes.MinRead) // what ReadFrom wants to be free at the end
	_, r.x.err = body.ReadFrom(io.LimitReader(resp.Body, int64(r.most)+1))
	if r.x.body = body.Bytes(); r.x.err == nil && len(r.x.body) > r.most {
		r.x.err = &largeError{r.most}
	}
	if r.x.err != nil {
		return nil, r.x.err
	}
	// All answers are decoded here, once: slack-go's large structs would cost as
	// much again as the request itself.
	return nil, errRecorded
}

// errRecorded is all that slack-go gets of an answer.
var errRecorded = errors.New("the answer is in the recorder")

// largeError is an answer that is not read to its end. Asking again gives the same.
type largeError struct{ most int }

func (e *largeError) Error() string { return fmt.Sprintf("answer of more than %d bytes", e.most) }

// finish gives the exchange. slack-go's error counts only where there was no
// request: an answer is judged by its bytes, since slack-go also fails on an
// answer whose blocks it does not know.
func (r *recorder) finish(err error) exchange {
	if !r.asked {
		r.x.unsent = true
		r.x.err = err
		if err == nil {
			r.x.err = errors.New("no request was made")
		}
	}
	return r.x
}

// envelope is what every answer of Slack's has in common, and the members that
// chat.postMessage adds.
type envelope struct {
	OK       *bool // in every answer of Slack's API
	Error    string
	Needed   string
	Provided string
	Errors   []json.RawMessage
	Metadata struct {
		Messages   []string `json:"messages"`
		NextCursor string   `json:"next_cursor"`
	}

	Channel  string // "" where the answer has the whole channel in its place
	TS       string
	ThreadTS string // the message's
}

// readEnvelope passes over the rest, most of which is the message that was sent.
func readEnvelope(js []byte) (e envelope, err error) {
	var wrong error
	err = members.Each(js, func(name []byte, raw json.RawMessage) {
		var err error
		switch string(name) {
		case "ok":
			if ok := string(raw) == "true"; ok || string(raw) == "false" {
				e.OK = &ok
			}
		case "error":
			e.Error, err = members.Text(raw)
		case "needed":
			e.Needed, err = members.Text(raw)
		case "provided":
			e.Provided, err = members.Text(raw)
		case "errors":
			err = json.Unmarshal(raw, &e.Errors)
		case "response_metadata":
			err = json.Unmarshal(raw, &e.Metadata)
		case "ts":
			e.TS, err = members.Text(raw)
		case "channel":
			if raw[0] == '"' {
				e.Channel, err = members.Text(raw)
			}
		case "message":
			if !bytes.Contains(raw, []byte(`"thread_ts"`)) {
				break // of most messages, and not gone through again
			}
			var bad error
			err = members.Each(raw, func(name []byte, raw json.RawMessage) {
				if string(name) == "thread_ts" {
					e.ThreadTS, bad = members.Text(raw)
				}
			})
			err = cmp.Or(err, bad)
		}
		wrong = cmp.Or(wrong, err)
	})
	return e, cmp.Or(err, wrong)
}

// detail is Slack's own explanation of a refusal, "" without one. Slack gives
// it twice, in errors and in response_metadata.messages.
func (e *envelope) detail() string {
	if len(e.Metadata.Messages) > 0 {
		return strings.Join(e.Metadata.Messages, "; ")
	}
	parts := make([]string, 0, len(e.Errors))
	for _, raw := range e.Errors {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			var o struct {
				Message string `json:"message"`
				Pointer string `json:"pointer"`
			}
			_ = json.Unmarshal(raw, &o)
			text = strings.TrimSpace(o.Message + " " + o.Pointer)
			if text == "" {
				text = string(raw)
			}
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// retryAfter is the pause that the answer asks for, 0 without one.
func (x *exchange) retryAfter() time.Duration {
	s, err := strconv.Atoi(strings.TrimSpace(x.header.Get("Retry-After")))
	if err != nil || s < 0 || s > 24*3600 {
		return 0
	}
	return time.Duration(s) * time.Second
}

// verdict decodes the answer and names the failure, nil when Slack said ok.
func (x *exchange) verdict(channel string) (envelope, error) {
	var e envelope
	switch {
	case x.unsent:
		return e, &UnavailableError{Reason: "no connection", Err: x.err}
	case x.err != nil:
		return e, &UnknownError{Reason: "the connection failed after the request was sent", Err: x.err}
	case x.status == http.StatusTooManyRequests:
		return e, &UnavailableError{Reason: "rate limited", Status: x.status, RetryAfter: x.retryAfter()}
	case x.status >= 500 || x.status == http.StatusRequestTimeout:
		return e, &UnknownError{Reason: fmt.Sprintf("HTTP status %d", x.status)}
	}
	e, err := readEnvelope(x.body)
	switch {
	case (err != nil || e.OK == nil) && x.status != http.StatusOK:
		return e, x.elsewhere()
	case err != nil:
		// Without a word about JSON offsets: a body that stopped early.
		return e, &UnknownError{Reason: fmt.Sprintf("Slack's answer of %d bytes was cut or is not JSON", len(x.body)), Err: err}
	case e.OK == nil:
		return e, &UnknownError{Reason: fmt.Sprintf("the answer of %d bytes does not say whether it is ok, as Slack's does", len(x.body))}
	case *e.OK:
		return e, nil
	}
	switch sort(e.Error) {
	case classRetry:
		return e, &UnavailableError{Reason: e.Error, Code: e.Error, Status: x.status, RetryAfter: x.retryAfter()}
	case classAmbiguous:
		return e, &UnknownError{Reason: e.Error}
	case classChannel, classToken:
		return e, &RefusedError{Code: e.Error, Channel: channel, Needed: e.Needed, Provided: e.Provided, Detail: e.detail()}
	}
	return e, &InvalidError{Code: e.Error, Detail: e.detail()}
}

// elsewhere is an answer of somebody on the way to Slack's API, who may be gone in a
// while: a proxy, a portal, a filter. Who asks for a login or sends us to another
// address has passed nothing on; a filter may have looked at Slack's answer.
func (x *exchange) elsewhere() error {
	reason := fmt.Sprintf("the answer (HTTP status %d) did not come from Slack's API: check the API address and the proxy", x.status)
	if x.status == http.StatusProxyAuthRequired || x.status >= 300 && x.status < 400 {
		return &UnavailableError{Reason: reason, Status: x.status, Elsewhere: true}
	}
	return &UnknownError{Reason: reason, Elsewhere: true}
}

// headers are the answer's headers as the function's result shows them.
// Cookies are Slack's business with us, not the workflow's.
func (x *exchange) headers() map[string]string {
	h := make(map[string]string, len(x.header))
	for name, values := range x.header {
		if name != "Set-Cookie" {
			h[name] = strings.Join(values, ", ")
		}
	}
	return h
}
