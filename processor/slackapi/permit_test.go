package slackapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/processor/secret"
)

// A process that was stopped after it had asked for its permit: no timer has
// fired yet, and the request is not whole all the same.
func TestRequestAfterItsPermitIsNotWhole(t *testing.T) {
	for name, until := range map[string]time.Duration{"in time": time.Hour, "too late": -time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			whole := false
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, err := io.ReadAll(r.Body)
				whole = err == nil
			}))
			req, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader("text=x"))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := server.Client().Do(fenced(req, time.Now().Add(until)))
			if err == nil {
				resp.Body.Close()
			}
			server.Close() // waits for the handler
			if want := until > 0; whole != want || want != (err == nil) || !want && !errors.Is(err, errPermit) {
				t.Errorf("the request was whole: %v, %v", whole, err)
			}
		})
	}
}

// Without a permit nothing is sent, and it is asked for again until the time is
// over.
func TestNoPermit(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request") }))
	defer server.Close()
	p, err := New(Config{
		Token: secret.New("xoxb-1"), APIURL: server.URL, DeliveryTimeout: 20 * time.Millisecond,
		MinBackoff: time.Millisecond, MaxBackoff: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	asked, not := 0, errors.New("not yours")
	_, err = p.PostSince(t.Context(), blockkit.Message{Channel: "c", Text: "x"}, "1", time.Now(),
		func(context.Context) (time.Time, error) { asked++; return time.Time{}, not })
	var unavailable *UnavailableError
	if !errors.As(err, &unavailable) || !errors.Is(err, not) || asked < 2 {
		t.Errorf("asked %d times, then %v", asked, err)
	}
}
