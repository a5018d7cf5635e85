package service_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// running is a service in a world, as a process of its own.
type running struct {
	world
	*testing.T
	cmd *exec.Cmd
	log *logBuffer
}

// logBuffer may be read while a process writes to it.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func startRunning(t *testing.T, s world, env []string, args ...string) *running {
	t.Helper()
	r := &running{world: s, T: t, log: &logBuffer{}}
	r.cmd = program(t, s.dir, append([]string{"run"}, args...)...)
	r.cmd.Env = append(r.cmd.Env, env...)
	r.cmd.Stderr = r.log
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if r.cmd.ProcessState == nil {
			_ = r.cmd.Process.Kill()
			_ = r.cmd.Wait()
		}
		noStandInSecret(t, r.log.String())
		if t.Failed() {
			t.Logf("log:\n%s", r.log)
		}
	})
	r.subscribed(t)
	return r
}

// says waits for a text in the log, so many times.
func (r *running) says(text string, times int) {
	r.Helper()
	for end := time.Now().Add(30 * time.Second); strings.Count(r.log.String(), text) < times; {
		if time.Now().After(end) {
			r.Fatalf("the log does not say %q %d times", text, times)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// post plays the first workflow and returns the message.
func (r *running) post() slacktest.Message {
	r.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	run, err := r.platform.CreateSlackMessage(ctx, resilienttest.IncidentDoS)
	if err != nil {
		r.Fatal(err)
	}
	status, err := run.Wait(ctx)
	if err != nil || status.State != resilienttest.Completed {
		r.Fatalf("%v: %s", err, status.Text())
	}
	messages := r.workspace.Messages("general")
	return messages[len(messages)-1]
}

func (r *running) end() {
	r.Helper()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		r.Fatal(err)
	}
	if err := r.cmd.Wait(); err != nil {
		r.Errorf("%v", err)
	}
}

func TestChangedSettingsAreTakenOver(t *testing.T) {
	r := startRunning(t, startWorld(t), nil)
	if got := r.post().Sent.Username; got != "Resilient" {
		t.Errorf("author %q", got)
	}
	r.replace(t, "username=Resilient", "username=SOC")
	r.says("changed settings are in use", 1)
	r.subscribed(t)
	if got := r.post().Sent.Username; got != "SOC" {
		t.Errorf("author %q after the change", got)
	}

	r.replace(t, "username=SOC", "# a comment\nusername=SOC")
	r.replace(t, "[resilient]", "[resilient]\nloglevel=DEBUG") // a save after the save
	r.says("changed settings are in use", 2)
	r.subscribed(t)
	r.post()
	r.says("level=DEBUG", 1)
	if err := r.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	r.says("changed settings are in use", 3)
	r.subscribed(t)
	r.post()
	r.end()
	if n := len(r.workspace.Messages("general")); n != 4 {
		t.Errorf("%d messages for 4 calls", n)
	}
	r.noSecretIn(t, r.log.String())
}

func TestChangedSettingsThatDoNotWorkAreRefused(t *testing.T) {
	r := startRunning(t, startWorld(t), []string{"LOGLEVEL=DEBUG"})
	good, err := os.ReadFile(r.config)
	if err != nil {
		t.Fatal(err)
	}
	_, secret := r.platform.APIKey()
	for i, c := range []struct{ old, new, want string }{
		{"[resilient]", "[resilient]\nnum_workers=many", "num_workers"},
		{"api_key_secret=" + secret, "api_key_secret=wrong-secret", "refuses API key"},
		{"api_token=" + slacktest.DefaultToken, "api_token=xoxb-wrong-token", "invalid_auth"},
		{"stomp_port=", "stomp_port=" + closedPort(t) + "\nx=", "connect to broker"},
		{"cafile=", "cafile=/nowhere.pem\nx=", "/nowhere.pem"},
		{"state_dir=", "state_dir=/dev/null/x\ny=", "state_dir"},
	} {
		r.write(t, strings.Replace(string(good), c.old, c.new, 1))
		r.says("changed settings are refused", i+1)
		_, last, _ := strings.Cut(r.log.String()[strings.LastIndex(r.log.String(), "changed settings are refused"):], "error=")
		if !strings.Contains(last, c.want) {
			t.Errorf("want %q in: %s", c.want, last)
		}
		r.post()
	}
	r.write(t, string(good))
	r.end()
	r.noSecretIn(t, r.log.String())
}

func TestASecondInstanceSaysSo(t *testing.T) {
	r := startRunning(t, startWorld(t), nil)
	_, stderr, code := outcome(t, program(t, r.dir, "run"))
	if code != exitFailed || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "another instance holds the lock "+filepath.Join(r.dir, ".resilient", "resilient_circuits_lockfile")) {
		t.Errorf("exit %d: %s", code, stderr)
	}
	r.end()
	again := startRunning(t, r.world, nil) // the lock has ended with it
	again.end()
}

func freeAddress(t *testing.T) string { return net.JoinHostPort("127.0.0.1", closedPort(t)) }

func ask(t *testing.T, address, path, host string) (status int, body string) {
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
	if got := resp.Header.Get("Content-Security-Policy"); resp.StatusCode == http.StatusOK && got != statusPolicy {
		t.Errorf("%s: policy %q", path, got)
	}
	return resp.StatusCode, string(text)
}

// A channel, an id and an error may be an attacker's text.
func TestTheStatusCannotWriteOverTheScreen(t *testing.T) {
	const evil = "x\x1b[2J\u009b1A\nforged\ty"
	r := report{
		NotReady: evil, Loaded: true, Problem: evil, Scripts: []scriptReport{{Name: evil, State: "broken", Error: evil}},
		Journal: []entryReport{{ID: evil}}, Calls: []callReport{{ID: evil, Channel: evil, Script: evil, Error: evil}},
	}
	var out strings.Builder
	r.print(&out)
	if strings.ContainsAny(out.String(), "\x1b\u009b") || !strings.Contains(out.String(), "x\uFFFD[2J\uFFFD1A\uFFFDforged\uFFFDy") {
		t.Errorf("printed %q", out.String())
	}
	_, calls, _ := strings.Cut(out.String(), "last calls")
	if strings.Count(calls, "\n") != 2 {
		t.Errorf("one call is not one line: %q", calls)
	}
}

func TestStatusOfARunningService(t *testing.T) {
	s := startWorld(t)
	s.scriptsInit(t)
	s.file(t, "scripts/zz-broken.js", "export default {")
	address := freeAddress(t)
	s.replace(t, "status_address=off", "status_address="+address)
	r := startRunning(t, s, nil)
	r.post()
	// One that fails, with words of the incident in its error.
	s.workspace.Fail("chat.postMessage", slacktest.Fault{Code: "channel_not_found"})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	run, err := s.platform.CreateSlackMessage(ctx, resilienttest.IncidentDoS)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	r.says("kind=refused", 1)

	if status, body := ask(t, address, "/healthz", ""); status != 200 || body != "ok\n" {
		t.Errorf("healthz: %d %q", status, body)
	}
	if status, body := ask(t, address, "/readyz", ""); status != 200 {
		t.Errorf("readyz: %d %q", status, body)
	}
	if status, body := ask(t, address, "/", ""); status != 200 || !strings.Contains(body, "status.js") {
		t.Errorf("page: %d %.60q", status, body)
	}
	if status, _ := ask(t, address, "/status.js", ""); status != 200 {
		t.Errorf("status.js: %d", status)
	}
	if status, _ := ask(t, address, "/status", "evil.example.com"); status != http.StatusForbidden {
		t.Errorf("another name: %d", status)
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
	var got report
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
	stdout, stderr, code := outcome(t, program(t, r.dir, "status"))
	if code != 0 || !strings.Contains(stdout, "Slack refused: channel_not_found\n") || !strings.Contains(stdout, "zz-broken.js") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	shown, _, _ := outcome(t, program(t, r.dir, "status", "--show-text"))
	if !strings.Contains(shown, "invite the app with /invite") {
		t.Errorf("--show-text: %s", shown)
	}
	r.noSecretIn(t, text+metrics+stdout+shown+r.log.String())

	scripts := filepath.Join(s.dir, "scripts")
	if err := os.Rename(scripts, scripts+".away"); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); ; {
		stdout, _, code := outcome(t, program(t, r.dir, "status"))
		if strings.Contains(stdout, "\n          the scripts folder does not exist yet\n") && strings.Contains(stdout, "default.js") && code == 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("exit %d, no word of the scripts folder: %s", code, stdout)
		}
	}

	s.platform.Broker().SetFaults(stomptest.Faults{RefuseLogins: "not now"})
	s.platform.Broker().CutConnections()
	for end := time.Now().Add(20 * time.Second); ; {
		if status, body := ask(t, address, "/readyz", ""); status == http.StatusServiceUnavailable && strings.Contains(body, "not now") {
			break
		}
		if time.Now().After(end) {
			t.Fatal("still ready")
		}
		<-time.After(10 * time.Millisecond)
	}
	if stdout, _, code := outcome(t, program(t, r.dir, "status")); code != exitFailed || !strings.Contains(stdout, "NOT READY: not subscribed") {
		t.Errorf("exit %d: %s", code, stdout)
	}
	r.end()
	if _, stderr, code := outcome(t, program(t, r.dir, "status")); code != exitFailed || !strings.Contains(stderr, "is it running") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

func TestAPortThatIsTakenIsAWarning(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := startWorld(t)
	s.replace(t, "status_address=off", "status_address="+l.Addr().String())
	r := startRunning(t, s, nil)
	r.says("no status page", 1)
	r.post()
	r.end()
}

func TestSystemdIsTold(t *testing.T) {
	s := startWorld(t)
	socket := filepath.Join(t.TempDir(), "notify") // a socket's path must be short
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r := startRunning(t, s, []string{"NOTIFY_SOCKET=" + socket, "WATCHDOG_USEC=900000"})
	read := func() string {
		buffer := make([]byte, 4096)
		if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		return string(buffer[:n])
	}
	for text := ""; !strings.Contains(text, "READY=1"); {
		text = read()
		if strings.Contains(text, "READY=1") && !strings.Contains(text, "STATUS=serving "+resilienttest.Queue) {
			t.Errorf("ready, and %q", text)
		}
	}
	for range 2 {
		if text := read(); !strings.Contains(text, "WATCHDOG=1") || strings.Contains(text, "READY") {
			t.Errorf("got %q", text)
		}
	}
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for text := ""; !strings.Contains(text, "STOPPING=1"); {
		text = read()
	}
	if err := r.cmd.Wait(); err != nil {
		t.Error(err)
	}
}
