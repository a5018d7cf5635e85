package resilienttest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-stomp/stomp/v3/frame"
	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/secret"
)

func start(t *testing.T, cfg Config) *Platform {
	t.Helper()
	p, err := Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return p
}

func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// client is a client of the platform with the API key.
func client(t *testing.T, p *Platform, change func(*resilient.Config)) *resilient.Client {
	t.Helper()
	id, key := p.APIKey()
	cfg := resilient.Config{
		Host: p.Host(), Port: p.Port(), Org: OrgName, APIKeyID: id, APIKeySecret: secret.New(key),
		TLS: &tls.Config{RootCAs: authority(t, p)},
	}
	if change != nil {
		change(&cfg)
	}
	c, err := resilient.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func authority(t *testing.T, p *Platform) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(p.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		t.Fatal("the authority's file has no certificate")
	}
	return pool
}

func TestAServiceFindsItsDestination(t *testing.T) {
	p := start(t, Config{})
	email, password := p.Account()
	for name, change := range map[string]func(*resilient.Config){
		"with an API key": nil,
		"with an account": func(c *resilient.Config) {
			c.APIKeyID, c.Email, c.Password = "", email, secret.New(password)
		},
	} {
		for _, numeric := range []bool{false, true} {
			p.SetFaults(Faults{NumericHandles: numeric})
			c := client(t, p, change)
			session, err := c.Login(deadline(t))
			if err != nil || session.OrgID != OrgID {
				t.Fatalf("%s: got %+v, %v", name, session, err)
			}
			f, err := c.Function(deadline(t), functionName)
			if err != nil || f.Destination != Destination {
				t.Errorf("%s, numeric %v: got %+v, %v", name, numeric, f, err)
			}
		}
	}
	if !slices.Contains(p.Requests(), "GET /rest/orgs/201/functions/slack_post_message") {
		t.Errorf("got requests %q", p.Requests())
	}
}

func TestFaultsOfTheRESTAPI(t *testing.T) {
	p := start(t, Config{})
	for _, tt := range []struct {
		name   string
		faults Faults
		change func(*resilient.Config)
		target any
	}{
		{"wrong key", Faults{}, func(c *resilient.Config) { c.APIKeySecret = secret.New("wrong") }, new(*resilient.UnauthorisedError)},
		{"wrong password", Faults{}, func(c *resilient.Config) {
			c.APIKeyID, c.Email, c.Password = "", "service@example.com", secret.New("wrong")
		}, new(*resilient.UnauthorisedError)},
		{"wrong org", Faults{}, func(c *resilient.Config) { c.Org = "Nowhere" }, new(*resilient.NotMemberError)},
		{"wrong authority", Faults{}, func(c *resilient.Config) { c.TLS = nil }, new(*resilient.TLSError)},
		{"no member", Faults{NotMember: true}, nil, new(*resilient.NotMemberError)},
		{"disabled", Faults{OrgDisabled: true}, nil, new(*resilient.DisabledOrgError)},
		{"no actions", Faults{ActionsOff: true}, nil, new(*resilient.ActionsDisabledError)},
		{"forbidden", Faults{Status: 403}, nil, new(*resilient.ForbiddenError)},
		{"broken", Faults{Status: 500}, nil, new(*resilient.StatusError)},
		{"no function", Faults{NoFunction: true}, nil, new(*resilient.NotFoundError)},
		{"no destination", Faults{NoDestination: true}, nil, new(*resilient.NotFoundError)},
	} {
		p.SetFaults(tt.faults)
		c := client(t, p, tt.change)
		_, err := c.Login(deadline(t))
		if err == nil {
			_, err = c.Function(deadline(t), functionName)
		}
		if err == nil || !errors.As(err, tt.target) {
			t.Errorf("%s: got %v, want a %T", tt.name, err, tt.target)
		}
	}
}

func TestAnExpiredCertificate(t *testing.T) {
	p := start(t, Config{Expires: time.Now().Add(-time.Hour)})
	_, err := client(t, p, nil).Login(deadline(t))
	var refused *resilient.TLSError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "is not valid any more; renew it") {
		t.Errorf("got %v", err)
	}
}

func TestASessionsCookieNeedsItsToken(t *testing.T) {
	p := start(t, Config{})
	p.sessions["cookie"] = "token"
	browser := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authority(t, p)}}}
	defer browser.CloseIdleConnections()
	for token, want := range map[string]int{"token": http.StatusOK, "wrong": http.StatusUnauthorized, "": http.StatusUnauthorized} {
		req, err := http.NewRequestWithContext(deadline(t), http.MethodGet, p.URL()+"/rest/const", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.AddCookie(&http.Cookie{Name: "JSESSIONID", Value: "cookie"})
		req.Header.Set("X-sess-id", token)
		resp, err := browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("token %q: got %d, want %d", token, resp.StatusCode, want)
		}
	}
}

func TestTheBrokerSpeaksTLSAndKnowsTheKey(t *testing.T) {
	p := start(t, Config{})
	id, secret := p.APIKey()
	for _, passcode := range []string{secret, "wrong"} {
		dialer := &tls.Dialer{NetDialer: &net.Dialer{}, Config: &tls.Config{RootCAs: authority(t, p), ServerName: "localhost"}}
		conn, err := dialer.DialContext(deadline(t), "tcp", p.Broker().Addr())
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		frame.NewWriter(conn).Write(frame.New(frame.CONNECT, frame.AcceptVersion, "1.2", frame.Host, "localhost", frame.Login, id, frame.Passcode, passcode))
		got, err := frame.NewReader(conn).Read()
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]string{true: frame.CONNECTED, false: frame.ERROR}[passcode == secret]; got.Command != want {
			t.Errorf("got %s, want %s", got.Command, want)
		}
		conn.Close()
	}
}

// take takes the next call from the queue as the service would.
func take(t *testing.T, p *Platform) (resilient.Call, map[string]string) {
	t.Helper()
	m, err := p.Broker().Receive(deadline(t), Queue)
	if err != nil {
		t.Fatal(err)
	}
	call, err := resilient.DecodeCall(m.Body)
	if err != nil {
		t.Fatal(err)
	}
	return call, m.Header
}

// answer sends an answer as the service would.
func answer(p *Platform, header map[string]string, body []byte) {
	p.Broker().Send(header["reply-to"], map[string]string{"correlation-id": header["correlation-id"]}, body)
}

func result(t *testing.T, results any) []byte {
	t.Helper()
	body, err := resilient.ResultReply("Message added to Slack", results)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func golden(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(text), "\n")
}

// checkMessageInputs looks at the inputs of the call that posts an incident; more
// are members that follow the usual ones.
func checkMessageInputs(t *testing.T, call resilient.Call, details, more string) {
	t.Helper()
	got, err := json.Marshal(call.Inputs)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(details)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"slack_channel":"soc","slack_details":` + string(text) + `,"slack_thread_id":null,"slack_user_id":null,` +
		`"slack_reply_broadcast":{"id":302,"name":"false"},"slack_markdwn":{"id":356,"name":"true"},"slack_parse":{"id":351,"name":"full"},` +
		`"slack_link_names":{"id":358,"name":"false"},"slack_as_user":{"id":361,"name":"false"}` + more + `}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
}

// checkNoteInputs looks at the inputs of the call that posts a note to a thread.
func checkNoteInputs(t *testing.T, call resilient.Call, details string) {
	t.Helper()
	for name, want := range map[string]string{
		"slack_thread_id": "1700000000.000100", "slack_user_id": "Jane Analyst", "slack_reply_broadcast": "true", "slack_link_names": "true",
		"slack_details": details,
	} {
		if got, err := call.Inputs.Text(name); got != want || err != nil {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
}

func TestTheTwoWorkflows(t *testing.T) {
	p := start(t, Config{Channel: "soc"})
	if run, err := p.AddNote(deadline(t), IncidentDoS, "Jane Analyst", "too early"); run != nil || err != nil {
		t.Errorf("a note before there is a thread: got run %v, %v", run, err)
	}

	run, err := p.CreateSlackMessage(deadline(t), IncidentDoS)
	if err != nil {
		t.Fatal(err)
	}
	call, header := take(t, p)
	if call.Function != functionName || call.Workflow != WorkflowMessage || call.ObjectType != "incident" || call.Principal != "b@a.com" {
		t.Errorf("got %+v", call)
	}
	checkMessageInputs(t, call, golden(t, "details-2223.txt"), "")
	if header["correlation-id"] != run.CorrelationID() || header["reply-to"] != "/queue/acks.201.slack" || header["Co3ContentType"] != "application/json" {
		t.Errorf("got headers %v", header)
	}

	answer(p, header, resilient.StatusReply("rendered by default.js"))
	answer(p, header, result(t, map[string]any{"ok": true, "ts": "1700000000.000100"}))
	status, err := run.Wait(deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	if status.State != Completed || status.Answers != 1 || len(status.Steps) != 2 || status.Steps[0].Text != "rendered by default.js" ||
		status.Text() != "Message added to Slack" || string(status.Results) != `{"ok":true,"ts":"1700000000.000100"}` {
		t.Errorf("got %+v", status)
	}
	if i, _ := p.Incident(IncidentDoS); i.Properties["slack_id"] != "1700000000.000100" {
		t.Errorf("got properties %v", i.Properties)
	}

	run, err = p.AddNote(deadline(t), IncidentDoS, "Jane Analyst", "Review firewall rules in GR and UK")
	if err != nil || run == nil {
		t.Fatalf("got run %v, %v", run, err)
	}
	call, header = take(t, p)
	checkNoteInputs(t, call, golden(t, "details-note.txt"))
	if call.Workflow != WorkflowReply || call.ObjectType != "note" {
		t.Errorf("got %+v", call)
	}
	answer(p, header, resilient.ErrorReply("channel_not_found"))
	if status, err := run.Wait(deadline(t)); err != nil || status.State != Failed || status.Text() != "channel_not_found" {
		t.Errorf("got %+v, %v", status, err)
	}
	if got := len(p.Runs()); got != 2 {
		t.Errorf("got %d runs", got)
	}
	if strays := p.Strays(); len(strays) != 0 {
		t.Errorf("got strays %q", strays)
	}
}

func TestANoteOnATask(t *testing.T) {
	p := start(t, Config{})
	i, _ := p.Incident(IncidentDoS)
	i.Properties["slack_id"] = "1.2"
	p.PutIncident(i)
	if _, err := p.AddTaskNote(deadline(t), IncidentDoS, 7, "Contain", "Jo", `say "hi"`); err != nil {
		t.Fatal(err)
	}
	call, _ := take(t, p)
	got, err := call.Inputs.Text("slack_details")
	if err != nil || !strings.Contains(got, `"data": "2223?task_id=7"`) || !strings.Contains(got, `"data": "Contain"`) || !strings.Contains(got, `say \"hi\"`) {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestAResultWithoutATimestampFailsTheWorkflow(t *testing.T) {
	p := start(t, Config{TextArea: true})
	run, err := p.CreateSlackMessage(deadline(t), IncidentBare)
	if err != nil {
		t.Fatal(err)
	}
	call, header := take(t, p)
	if raw, _ := call.Inputs.Raw("slack_details"); !strings.HasPrefix(string(raw), `{"content":"{\n`) {
		t.Errorf("got details %s, want a text area", raw)
	}
	answer(p, header, result(t, nil))
	status, err := run.Wait(deadline(t))
	if err != nil || status.State != Failed || !strings.Contains(status.Text(), "post-processing script:1:39: NoneType has no .ts field or method") {
		t.Errorf("got %+v, %v", status, err)
	}
}

func TestWrongAnswersAreKept(t *testing.T) {
	p := start(t, Config{})
	run, err := p.Send(deadline(t), []byte("not JSON"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := p.Broker().Receive(deadline(t), Queue)
	if err != nil || string(m.Body) != "not JSON" || string(run.Body()) != "not JSON" {
		t.Fatalf("got %q, %v", m.Body, err)
	}
	answer(p, m.Header, []byte("oops"))
	answer(p, m.Header, []byte(`{"message_type": 0}`))
	answer(p, map[string]string{"reply-to": ReplyQueue, "correlation-id": "invid:1"}, resilient.StatusReply("x"))
	answer(p, m.Header, resilient.ErrorReply("first"))
	answer(p, m.Header, resilient.ErrorReply("second"))
	for ctx := deadline(t); ; {
		changed := p.Changed()
		if run.Status().Answers == 2 {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("got %+v", run.Status())
		}
	}
	if got := run.Status(); got.Text() != "first" || got.State != Failed {
		t.Errorf("got %+v", got)
	}
	want := []string{
		run.CorrelationID() + ": invalid character 'o' looking for beginning of value",
		run.CorrelationID() + `: message_type, message or complete is missing in {"message_type": 0}`,
		"invid:1: no such run",
	}
	if diff := cmp.Diff(want, p.Strays()); diff != "" {
		t.Errorf("strays (-want +got):\n%s", diff)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	p := start(t, Config{})
	ctx, cancel := context.WithCancel(t.Context())
	run, err := p.CreateSlackMessage(ctx, IncidentLong)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if status, err := run.Wait(ctx); !errors.Is(err, context.Canceled) || status.State != Running {
		t.Errorf("got %+v, %v", status, err)
	}
	if _, err := p.CreateSlackMessage(t.Context(), 1); err == nil {
		t.Error("an incident that is not there: got no error")
	}
}

func TestSamplesAreAsHardAsTheyClaim(t *testing.T) {
	p := start(t, Config{})
	byID := map[int]string{}
	for _, i := range p.Incidents() {
		if _, err := p.CreateSlackMessage(deadline(t), i.ID); err != nil {
			t.Fatal(err)
		}
		call, _ := take(t, p)
		details, err := call.Inputs.Text("slack_details")
		if err != nil {
			t.Fatal(err)
		}
		byID[i.ID] = details
	}
	if len(byID) != 5 {
		t.Errorf("got %d incidents", len(byID))
	}
	if json.Valid([]byte(byID[IncidentHostile])) {
		t.Error("the hostile incident gives valid JSON; it should be as broken as the platform makes it")
	}
	for _, id := range []int{IncidentDoS, IncidentBare} {
		if !json.Valid([]byte(byID[id])) {
			t.Errorf("incident %d gives broken JSON", id)
		}
	}
	if n := len(byID[IncidentLong]); n < 50_000 {
		t.Errorf("the long incident has %d bytes", n)
	}
}

func TestTwoPlatformsAndATakenPort(t *testing.T) {
	a := start(t, Config{})
	b := start(t, Config{Port: a.Port(), STOMPPort: a.STOMPPort()})
	if a.Port() == b.Port() || a.STOMPPort() == b.STOMPPort() || a.CAFile() == b.CAFile() {
		t.Errorf("got %s and %s", a.URL(), b.URL())
	}
	if p, err := Start(Config{Port: a.Port(), FixedPorts: true}); err == nil {
		p.Close()
		t.Error("a fixed port that is taken: got no error")
	}
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	p, err := Start(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p.CAFile()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the authority's file: got %v", err)
	}
	if _, err := p.CreateSlackMessage(t.Context(), IncidentDoS); err == nil {
		t.Error("a run after Close: got no error")
	}
}

func TestAppConfig(t *testing.T) {
	p := start(t, Config{Dir: t.TempDir()})
	got := p.AppConfig(map[string]string{"username": "Resilient", "api_token": "xoxb-1"})
	for _, want := range []string{"[resilient]\nhost=localhost\n", "\norg=TestOrg\n", "\ncafile=" + p.CAFile() + "\n", "\n[fn_slack]\napi_token=xoxb-1\nusername=Resilient\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwant it to contain %q", got, want)
		}
	}
}
