package service_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/servicetest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/status"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

func ask(t *testing.T, address, path, host string) (code int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if host != "" {
		req.Host = host
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	if got := resp.Header.Get("Content-Security-Policy"); resp.StatusCode == http.StatusOK && got != policy {
		t.Errorf("%s: policy %q", path, got)
	}
	return resp.StatusCode, string(text)
}

func TestStatusOfARunningService(t *testing.T) {
	t.Parallel()
	w := servicetest.Start(t)
	w.ScriptsInit(t)
	w.File(t, "scripts/zz-broken.js", "export default {")
	w.Replace(t, "status_address=off", "status_address=127.0.0.1:0")
	r := w.Run(t)
	address := r.StatusAddress()
	r.Post(t)
	// One that fails, with words of the incident in its error.
	w.Workspace.Fail("chat.postMessage", slacktest.Fault{Code: "channel_not_found"})
	w.Play(t)
	r.Says("kind=refused", 1)

	for _, c := range []struct {
		path, host string
		code       int
		want       string
	}{
		{"/healthz", "", 200, "ok\n"},
		{"/readyz", "", 200, "ready"},
		{"/", "", 200, "status.js"},
		{"/status.js", "", 200, ""},
		{"/status.css", "", 200, ""},
		{"/status", "evil.example.com", http.StatusForbidden, ""},
	} {
		if code, body := ask(t, address, c.path, c.host); code != c.code || !strings.Contains(body, c.want) {
			t.Errorf("%s of %q: %d %.60q", c.path, c.host, code, body)
		}
	}
	_, metrics := ask(t, address, "/metrics", "")
	for _, want := range []string{
		`fn_slack_calls_total{kind="ok"} 1`, `fn_slack_calls_total{kind="refused"} 1`, `fn_slack_calls_total{kind="internal"} 0`,
		"fn_slack_broker_subscribed 1", `fn_slack_script_state{script="default.js",state="live"} 1`, `fn_slack_script_state{script="zz-broken.js",state="broken"} 1`,
		"fn_slack_render_duration_seconds_count 2", `fn_slack_slack_request_duration_seconds_count{method="chat.postMessage",status="200"} 2`,
		"fn_slack_slack_retries_total 0", `fn_slack_journal_open{state="begun"} 0`, "fn_slack_broker_received_total 2", "process_resident_memory_bytes",
		`fn_slack_script_changes_total{event="live"}`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %s in /metrics", want)
		}
	}
	_, text := ask(t, address, "/status", "")
	var got status.Report
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if !got.Ready || len(got.Calls) != 2 || got.Calls[0].Kind != "refused" || got.Calls[0].Attempts != 1 || got.Calls[1].Script != "default.js" ||
		got.Calls[1].Channel != "general" || got.Calls[1].Attempts != 1 || got.Calls[1].DurationMS <= 0 || !got.Calls[1].Settled || got.Slack != "known" {
		t.Errorf("status: %s", text)
	}
	for _, secret := range []string{"DoS attack", "Severe issue", "general: invite"} {
		if strings.Contains(text+metrics, secret) {
			t.Errorf("text of the incident: %q in %s", secret, text)
		}
	}

	w.Platform.Broker().SetFaults(stomptest.Faults{RefuseLogins: "not now"})
	w.Platform.Broker().CutConnections()
	servicetest.Until(t, "not ready", func() bool {
		code, body := ask(t, address, "/readyz", "")
		return code == http.StatusServiceUnavailable && strings.Contains(body, "not now")
	})
	r.End()
	servicetest.NoSecretIn(t, text+metrics)
}

func TestAPortThatIsTakenIsAWarning(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	w := servicetest.Start(t)
	w.Replace(t, "status_address=off", "status_address="+l.Addr().String())
	r := w.Run(t)
	r.Says("no status page", 1)
	r.Post(t)
	r.End()
}
