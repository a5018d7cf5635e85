package resilient

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/secret"
)

const orgs = `[{"id": 200, "name": "Other", "uuid": "u-200", "cloud_account": "ca-200", "enabled": true},
	{"id": 201, "name": "TestOrg", "uuid": "u-201", "cloud_account": "ca-201", "enabled": true},
	{"id": 202, "name": "Shut", "uuid": "u-202", "cloud_account": null, "enabled": false}]`

// serve starts a platform that answers by path ("GET /rest/session"), and
// returns a Config that reaches it.
func serve(t *testing.T, routes map[string]http.HandlerFunc) Config {
	t.Helper()
	mux := http.NewServeMux()
	for pattern, handler := range routes {
		mux.HandleFunc(pattern, handler)
	}
	server := httptest.NewUnstartedServer(mux)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	host, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	number, _ := strconv.Atoi(port)
	return Config{Host: host, Port: number, Org: "TestOrg", APIKeyID: "key-1", APIKeySecret: secret.New("s3cret"), TLS: &tls.Config{RootCAs: roots}}
}

func text(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func platform() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /rest/session":  text(200, `{"orgs": `+orgs+`, "csrf_token": "c", "user_id": null, "api_key_handle": 7, "session_ip": "10.0.0.9"}`),
		"GET /rest/orgs/{o}": text(200, `{"actions_framework_enabled": true}`),
		"GET /rest/orgs/201/functions/slack_post_message": text(200, `{"id": 72, "name": "slack_post_message", "display_name": "Slack Post Message", "destination_handle": "slack"}`),
		"GET /rest/orgs/201/functions/by_number":          text(200, `{"id": 73, "name": "by_number", "destination_handle": 5}`),
		"GET /rest/orgs/201/functions/lost":               text(200, `{"id": 74, "name": "lost", "destination_handle": 99}`),
		"GET /rest/orgs/201/functions/homeless":           text(200, `{"id": 75, "name": "homeless", "destination_handle": null}`),
		"GET /rest/orgs/201/message_destinations":         text(200, `{"entities": [{"id": 4, "name": "Mail", "programmatic_name": "mail"}, {"id": 5, "name": "Slack", "programmatic_name": "slack"}]}`),
	}
}

func newClient(t *testing.T, cfg Config) *Client {
	t.Helper()
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestLoginWithKeyChoosesTheOrgByAnyOfItsNames(t *testing.T) {
	routes := platform()
	session := routes["GET /rest/session"]
	routes["GET /rest/session"] = func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		if id != "key-1" || secret != "s3cret" || r.URL.RawQuery != "include_permissions=false" {
			t.Errorf("got %s:%s and %s", id, secret, r.URL)
		}
		session(w, r)
	}
	cfg := serve(t, routes)
	for _, org := range []string{"TestOrg", "u-201", "ca-201"} {
		cfg.Org = org
		got, err := newClient(t, cfg).Login(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", org, err)
		}
		if time.Since(got.ServerTime).Abs() > time.Minute {
			t.Errorf("%s: server time %v", org, got.ServerTime)
		}
		got.ServerTime = time.Time{}
		if diff := cmp.Diff(Session{OrgID: 201, OrgName: "TestOrg", Orgs: 3, APIKeyHandle: 7}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", org, diff)
		}
	}
}

func TestLoginWithEmailKeepsCookieAndToken(t *testing.T) {
	routes := platform()
	routes["POST /rest/session"] = func(w http.ResponseWriter, r *http.Request) {
		var body map[string]string
		json.NewDecoder(r.Body).Decode(&body)
		if diff := cmp.Diff(map[string]string{"email": "b@a.com", "password": "p<&>\""}, body); diff != "" {
			t.Errorf("body (-want +got):\n%s", diff)
		}
		http.SetCookie(w, &http.Cookie{Name: "JSESSIONID", Value: "j-1", Secure: true, HttpOnly: true})
		io.WriteString(w, `{"orgs": `+orgs+`, "csrf_token": "token-1", "user_id": 3}`)
	}
	checked := func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			cookie, err := r.Cookie("JSESSIONID")
			if err != nil || cookie.Value != "j-1" || r.Header.Get("X-sess-id") != "token-1" || r.Header.Get("Authorization") != "" {
				t.Errorf("%s: got headers %v", r.URL, r.Header)
			}
			next(w, r)
		}
	}
	for _, path := range []string{"GET /rest/orgs/{o}", "GET /rest/orgs/201/message_destinations"} {
		routes[path] = checked(routes[path])
	}
	cfg := serve(t, routes)
	cfg.APIKeySecret, cfg.Email, cfg.Password = secret.Text{}, "b@a.com", secret.New(`p<&>"`) // half a key is no key
	c := newClient(t, cfg)
	got, err := c.Login(t.Context())
	if err != nil || got.UserID != 3 {
		t.Fatalf("got %+v, %v", got, err)
	}
	if all, err := c.Destinations(t.Context()); len(all) != 2 || err != nil {
		t.Errorf("got %v, %v", all, err)
	}
}

func TestAnEndedSessionIsRenewedOnce(t *testing.T) {
	routes := platform()
	logins := 0
	routes["POST /rest/session"] = func(w http.ResponseWriter, r *http.Request) {
		logins++
		http.SetCookie(w, &http.Cookie{Name: "JSESSIONID", Value: strconv.Itoa(logins)})
		io.WriteString(w, `{"orgs": `+orgs+`, "csrf_token": "t", "user_id": "odd", "api_key_handle": {}}`)
	}
	valid := "1"
	destinations := routes["GET /rest/orgs/201/message_destinations"]
	routes["GET /rest/orgs/201/message_destinations"] = func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie("JSESSIONID"); err != nil || cookie.Value != valid {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		destinations(w, r)
	}
	cfg := serve(t, routes)
	cfg.APIKeyID, cfg.Email, cfg.Password = "", "b@a.com", secret.New("p")
	c := newClient(t, cfg)
	if _, err := c.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	valid = "2" // the first session has ended
	if list, err := c.Destinations(t.Context()); err != nil || len(list) != 2 || logins != 2 {
		t.Errorf("got %v, %v after %d logins, want 2 destinations after 2", list, err, logins)
	}
	valid = "none" // the account may log in, and is refused all the same
	var refused *UnauthorisedError
	if _, err := c.Destinations(t.Context()); !errors.As(err, &refused) || logins != 3 {
		t.Errorf("got %v after %d logins, want refusal after 3", err, logins)
	}
}

func TestFunctionFindsItsDestination(t *testing.T) {
	c := newClient(t, serve(t, platform()))
	if _, err := c.Function(t.Context(), "slack_post_message"); err == nil {
		t.Error("before Login: got no error")
	}
	if _, err := c.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"slack_post_message", "by_number"} {
		got, err := c.Function(t.Context(), name)
		if err != nil || got.Destination != "slack" {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{
		"lost":     `message destination for function "lost"`,
		"homeless": `message destination for function "homeless"`,
		"no/such":  `function "no/such"`,
	} {
		_, err := c.Function(t.Context(), name)
		var missing *NotFoundError
		if !errors.As(err, &missing) || missing.What != want {
			t.Errorf("%s: got %v, want %s not found", name, err, want)
		}
	}
}

func TestLoginErrorsSayWhatToDo(t *testing.T) {
	with := func(change map[string]http.HandlerFunc) map[string]http.HandlerFunc {
		routes := platform()
		for pattern, handler := range change {
			routes[pattern] = handler
		}
		return routes
	}
	for _, tt := range []struct {
		name      string
		routes    map[string]http.HandlerFunc
		change    func(*Config)
		target    any
		want      string // part of the text
		temporary bool
	}{
		{"wrong key", with(map[string]http.HandlerFunc{"GET /rest/session": text(401, "")}), nil,
			new(*UnauthorisedError), `refuses API key "key-1"; check api_key_id and api_key_secret`, false},
		{"wrong password", with(map[string]http.HandlerFunc{"POST /rest/session": text(401, "")}),
			func(c *Config) { c.APIKeyID, c.Email, c.Password = "", "b@a.com", secret.New("x") },
			new(*UnauthorisedError), `refuses account "b@a.com"; check email and password`, false},
		{"not a member", platform(), func(c *Config) { c.Org = "Elsewhere" },
			new(*NotMemberError), `not a member of organisation "Elsewhere"; set org to one of: Other, TestOrg, Shut`, false},
		{"no org set", platform(), func(c *Config) { c.Org = "" },
			new(*NotMemberError), `set org to one of those of this account: Other, TestOrg, Shut`, false},
		{"disabled org", platform(), func(c *Config) { c.Org = "Shut" },
			new(*DisabledOrgError), `"Shut" is disabled for this account from address 10.0.0.9`, false},
		{"no action framework", with(map[string]http.HandlerFunc{"GET /rest/orgs/{o}": text(200, `{}`)}), nil,
			new(*ActionsDisabledError), `the action framework of organisation "TestOrg" is off`, false},
		{"no permission", with(map[string]http.HandlerFunc{"GET /rest/orgs/{o}": text(403, `{"message": "You lack read"}`)}), nil,
			new(*ForbiddenError), `does not allow GET /rest/orgs/201: You lack read; give the account the permission`, false},
		{"server error", with(map[string]http.HandlerFunc{"GET /rest/session": text(503, `<html>down</html>`)}), nil,
			new(*StatusError), "answers GET /rest/session with 503 Service Unavailable", true},
		{"redirect", with(map[string]http.HandlerFunc{"GET /rest/session": http.RedirectHandler("https://192.0.2.1/", http.StatusFound).ServeHTTP}), nil,
			new(*StatusError), "with 302 Found; check host, port and resource_prefix", false},
		{"not JSON", with(map[string]http.HandlerFunc{"GET /rest/session": text(200, `<html>`)}), nil,
			new(*AnswerError), "is not the platform's: invalid character '<'", false},
		{"too long", with(map[string]http.HandlerFunc{"GET /rest/session": text(200, strings.Repeat(" ", maxAnswer+1))}), nil,
			new(*AnswerError), "more than 67108864 bytes", false},
		{"unknown authority", platform(), func(c *Config) { c.TLS = nil },
			new(*TLSError), "add it to cafile", false},
		{"other name", platform(), func(c *Config) { c.TLS.ServerName = "soar.example.org" },
			new(*TLSError), "set host to a name that is in the certificate", false},
		{"expired", platform(), func(c *Config) { c.TLS.Time = func() time.Time { return time.Now().AddDate(200, 0, 0) } },
			new(*TLSError), "is not valid any more; renew it", false},
		{"nobody listens", platform(), func(c *Config) { c.Port = freePort(t) },
			new(*UnreachableError), "cannot reach the platform at https://127.0.0.1:", true},
		{"not TLS", platform(), func(c *Config) { c.Port = plainServer(t) },
			new(*TLSError), "the port does not speak TLS", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := serve(t, tt.routes)
			if tt.change != nil {
				tt.change(&cfg)
			}
			_, err := newClient(t, cfg).Login(t.Context())
			if err == nil || !errors.As(err, tt.target) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v\nwant a %T with %q", err, tt.target, tt.want)
			}
			if got := Temporary(err); got != tt.temporary {
				t.Errorf("Temporary: got %v, want %v", got, tt.temporary)
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error holds the secret: %v", err)
			}
		})
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func plainServer(t *testing.T) int {
	t.Helper()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	return server.Listener.Addr().(*net.TCPAddr).Port
}

func TestACancelledRequestIsNotTemporary(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newClient(t, serve(t, platform())).Login(ctx)
	if err == nil || Temporary(err) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, temporary %v", err, Temporary(err))
	}
}

func TestRequestsGoThroughTheProxy(t *testing.T) {
	cfg := serve(t, platform())
	target := net.JoinHostPort(cfg.Host, strconv.Itoa(cfg.Port))
	var asked string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.Method + " " + r.Host
		http.Error(w, "no", http.StatusBadGateway)
	}))
	defer proxy.Close()
	cfg.Proxy, _ = url.Parse(proxy.URL)
	_, err := newClient(t, cfg).Login(t.Context())
	var unreachable *UnreachableError
	if !errors.As(err, &unreachable) || asked != "CONNECT "+target {
		t.Errorf("got %v, asked %q", err, asked)
	}
}

func TestBasePath(t *testing.T) {
	routes := map[string]http.HandlerFunc{}
	for pattern, handler := range platform() {
		routes[strings.Replace(pattern, "/rest", "/soar/rest", 1)] = handler
	}
	cfg := serve(t, routes)
	cfg.BasePath = "/soar/"
	if got, err := newClient(t, cfg).Login(t.Context()); got.OrgID != 201 || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestConfigReportsAllProblemsAtOnce(t *testing.T) {
	_, err := New(Config{Port: 70000, Timeout: -1, Email: "a@b"})
	if err == nil || strings.Count(err.Error(), "\n") != 3 {
		t.Errorf("got %v, want four problems", err)
	}
}

func TestAClientDoesNotPrintItsSecrets(t *testing.T) {
	c, err := New(Config{Host: "soar", Org: "o", APIKeyID: "id", APIKeySecret: secret.New("s3cret"), Password: secret.New("s3cret")})
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%v %+v %#v", c, c, c.cfg); strings.Contains(text, "s3cret") {
		t.Errorf("got %s", text)
	}
}
