package resilient

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fn-slack/fn-slack/processor/secret"
)

// pipes is a listener whose connections are made by dial.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if conn, ok := <-p; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}
func (p pipes) Close() error { close(p); return nil } // the server does it once
func (pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	p <- theirs
	return ours, nil
}

// For a day the platform ends each session after twenty minutes, and at noon the
// address of its name is another one, while nothing answers at the former. No call
// is lost to that but one that is on its way at noon.
func TestADayOfSessions(t *testing.T) {
	certified := httptest.NewTLSServer(http.NotFoundHandler())
	defer certified.Close()
	routes := platform()
	synctest.Test(t, func(t *testing.T) {
		noon := time.Now().Add(12 * time.Hour)
		logins, since := 0, time.Time{}
		routes["POST /rest/session"] = func(w http.ResponseWriter, r *http.Request) {
			logins, since = logins+1, time.Now()
			http.SetCookie(w, &http.Cookie{Name: "JSESSIONID", Value: strconv.Itoa(logins)})
			io.WriteString(w, `{"orgs": `+orgs+`, "csrf_token": "t"}`)
		}
		mux := http.NewServeMux()
		for pattern, handler := range routes {
			mux.HandleFunc(pattern, handler)
		}
		serve := func(until time.Time) pipes {
			listener := make(pipes)
			server := &http.Server{ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0), TLSConfig: certified.TLS.Clone(),
				Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					cookie, err := r.Cookie("JSESSIONID")
					switch {
					case time.Now().After(until):
						<-r.Context().Done()
					case r.Method == http.MethodGet && (err != nil || cookie.Value != strconv.Itoa(logins) || time.Since(since) > 20*time.Minute):
						w.WriteHeader(http.StatusUnauthorized)
					default:
						mux.ServeHTTP(w, r)
					}
				})}
			go server.ServeTLS(listener, "", "")
			t.Cleanup(func() { server.Close() })
			return listener
		}
		before, after := serve(noon), serve(noon.Add(24*time.Hour))
		c := newClient(t, Config{Host: "127.0.0.1", Org: "TestOrg", Email: "b@a.com", Password: secret.New("p"),
			TLS: &tls.Config{RootCAs: certified.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}})
		c.http.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if time.Now().After(noon) {
				return after.dial(ctx, network, addr)
			}
			return before.dial(ctx, network, addr)
		}
		if _, err := c.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
		ask := func() error {
			_, err := c.Destinations(t.Context())
			return err
		}
		// Seven minutes are more than an idle connection is kept, ten seconds are less.
		for _, c := range []struct {
			every time.Duration
			until time.Time
			lost  int
		}{{7 * time.Minute, noon.Add(-time.Hour), 0}, {10 * time.Second, noon.Add(time.Hour), 1}, {7 * time.Minute, noon.Add(12 * time.Hour), 0}} {
			lost := 0
			for ; time.Now().Before(c.until); time.Sleep(c.every) {
				if ask() != nil {
					lost++
				}
			}
			if lost != c.lost {
				t.Errorf("%d calls are lost until %v, want %d", lost, c.until, c.lost)
			}
		}
		if want := 24 * 60 / 20; logins < want*3/4 || logins > want+2 {
			t.Errorf("%d logins in a day of sessions of 20 minutes", logins)
		}
	})
}
