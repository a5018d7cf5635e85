package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// world is a platform, a workspace, and the app.config that leads to them.
type world struct {
	platform  *resilienttest.Platform
	workspace *slacktest.Workspace
	dir       string
	config    string // file
}

func startWorld(t *testing.T) world {
	t.Helper()
	return startWorldWith(t, resilienttest.Config{Channel: "general"}, slacktest.Config{})
}

func startWorldWith(t *testing.T, p resilienttest.Config, w slacktest.Config) world {
	t.Helper()
	platform, err := resilienttest.Start(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { platform.Close() })
	workspace, err := slacktest.Start(w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { workspace.Close() })
	s := world{platform: platform, workspace: workspace, dir: t.TempDir()}
	s.config = filepath.Join(s.dir, "app.config")
	s.write(t, platform.AppConfig(map[string]string{
		"api_token": slacktest.DefaultToken, "username": "Resilient", "slack_api_url": workspace.APIURL(),
		"state_dir": filepath.Join(s.dir, "state"), "status_address": "off",
	}))
	return s
}

func (s world) write(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(s.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s world) subscribed(t *testing.T) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); s.platform.Broker().Consumers(resilienttest.Queue) == 0; {
		if time.Now().After(end) {
			t.Fatal("not subscribed in time")
		}
		<-time.After(5 * time.Millisecond)
	}
}

// run starts the service and returns when it is subscribed. It ends in time,
// whatever becomes of the test.
func (s world) run(t *testing.T) (cmd *exec.Cmd, stderr *bytes.Buffer) {
	t.Helper()
	cmd, stderr = program(t, s.dir, "run"), new(bytes.Buffer)
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	t.Cleanup(func() { kill.Stop() })
	s.subscribed(t)
	return cmd, stderr
}

func TestRunServesUntilSIGTERM(t *testing.T) {
	s := startWorld(t)
	cmd, stderr := s.run(t)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	run, err := s.platform.CreateSlackMessage(ctx, resilienttest.IncidentDoS)
	if err != nil {
		t.Fatal(err)
	}
	status, err := run.Wait(ctx)
	if err != nil || status.State != resilienttest.Completed {
		t.Errorf("%v %+v", err, status)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, stderr)
	}
	if n := len(s.workspace.Messages("general")); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
	calls := 0
	for _, line := range strings.Split(stderr.String(), "\n") {
		if strings.Contains(line, "msg=call") {
			calls++
			for _, want := range []string{"kind=ok", "script=classic", "channel=general", "attempts=1", "duration="} {
				if !strings.Contains(line, want) {
					t.Errorf("%q lacks %q", line, want)
				}
			}
		}
	}
	_, secret := s.platform.APIKey()
	if calls != 1 || strings.Contains(stderr.String(), secret) || strings.Contains(stderr.String(), slacktest.DefaultToken) {
		t.Errorf("%d lines for 1 call, or a secret, in:\n%s", calls, stderr)
	}
}

// manyScripts takes a while to load, and default.js is among the last.
func (s world) manyScripts(t *testing.T) {
	t.Helper()
	dir := filepath.Join(s.dir, "scripts")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("a%d.js", i)), []byte("export default { match: () => false };"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "default.js"), []byte(`export default { format: (m) => "by default.js: " + m.title };`), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The broker is subscribed to before the scripts are loaded. A call that comes
// meanwhile waits for its layout, and SIGTERM leaves it to the broker.
func TestRunWhileScriptsAreLoaded(t *testing.T) {
	s := startWorld(t)
	s.manyScripts(t)
	s.write(t, s.platform.AppConfig(map[string]string{
		"api_token": slacktest.DefaultToken, "slack_api_url": s.workspace.APIURL(), "state_dir": filepath.Join(s.dir, "state"), "status_address": "off",
		"slack_request_timeout": "1", // a call that was handed out before waits for this
	}))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	run, err := s.platform.CreateSlackMessage(ctx, resilienttest.IncidentDoS)
	if err != nil {
		t.Fatal(err)
	}
	for _, early := range []bool{true, false} {
		cmd, stderr := s.run(t)
		if !early {
			if status, err := run.Wait(ctx); err != nil || status.State != resilienttest.Completed {
				t.Errorf("%v %+v", err, status)
			}
		}
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, stderr)
		}
		before, after, found := strings.Cut(stderr.String(), "msg=subscribed")
		// SIGTERM comes when the broker knows of the subscription, which the
		// service may not have heard yet.
		if !early && !found || strings.Contains(before, "script=default.js") {
			t.Errorf("not subscribed before the scripts are loaded:\n%s", stderr)
		}
		list := s.workspace.Messages("general")
		switch {
		case early && (len(list) > 0 || strings.Contains(after, "script=default.js")):
			t.Errorf("%d messages, want none, and the scripts not loaded:\n%s", len(list), stderr)
		case !early && (len(list) != 1 || !strings.HasPrefix(list[0].Sent.Text, "by default.js: ")):
			t.Errorf("%d messages, want one of the layout:\n%s", len(list), stderr)
		}
	}
}

// The service starts without scripts and takes them up when they come.
func TestRunTakesUpScripts(t *testing.T) {
	s := startWorld(t)
	cmd := program(t, s.dir, "run")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	s.subscribed(t)
	if err := os.Mkdir(filepath.Join(s.dir, "scripts"), 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(s.dir, "scripts", "default.js")
	if err := os.WriteFile(file, []byte(`export default { format: (m) => "new layout: " + m.title };`), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		run, err := s.platform.CreateSlackMessage(ctx, resilienttest.IncidentDoS)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := run.Wait(ctx); err != nil {
			t.Fatal(err)
		}
		messages := s.workspace.Messages("general")
		if strings.HasPrefix(messages[len(messages)-1].Sent.Text, "new layout: DoS") {
			return
		}
	}
}

func TestRunSaysWhyItCannotStart(t *testing.T) {
	s := startWorld(t)
	good, err := os.ReadFile(s.config)
	if err != nil {
		t.Fatal(err)
	}
	other := startWorld(t) // its authority is another one
	_, secret := s.platform.APIKey()
	for name, c := range map[string]struct {
		old, new string
		code     int
		want     string
	}{
		"wrong key":          {"api_key_secret=" + secret, "api_key_secret=wrong", exitUnauthorised, "api_key_secret"},
		"wrong org":          {"org=" + resilienttest.OrgName, "org=Elsewhere", exitNotMember, resilienttest.OrgName},
		"wrong authority":    {"cafile=" + s.platform.CAFile(), "cafile=" + other.platform.CAFile(), exitTLS, "cafile"},
		"missing authority":  {"cafile=" + s.platform.CAFile(), "cafile=/nowhere/ca.pem", exitCAFile, "/nowhere/ca.pem"},
		"platform not there": {"port=", "max_connection_retries=1\nport=1\nx=", exitUnreachable, "connect"},
		"no token":           {"api_token=" + slacktest.DefaultToken, "api_token=", exitFailed, "api_token"},
	} {
		t.Run(name, func(t *testing.T) {
			s.write(t, strings.Replace(string(good), c.old, c.new, 1))
			_, stderr, code := outcome(t, program(t, s.dir, "run"))
			if code != c.code || !strings.Contains(stderr, c.want) {
				t.Errorf("exit %d, want %d, and %q in: %s", code, c.code, c.want, stderr)
			}
		})
	}
}
