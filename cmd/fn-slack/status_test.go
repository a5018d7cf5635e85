package main

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/servicetest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/status"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

func TestStatusOfARunningService(t *testing.T) {
	t.Parallel()
	w := servicetest.Start(t)
	w.ScriptsInit(t)
	w.File(t, "scripts/zz-broken.js", "export default {")
	w.Replace(t, "status_address=off", "status_address=127.0.0.1:0")
	r := w.Run(t)
	// Settings for the command alone: the service would take them over.
	text, err := os.ReadFile(w.Config)
	if err != nil {
		t.Fatal(err)
	}
	w.File(t, "other.config", strings.Replace(string(text), "127.0.0.1:0", r.StatusAddress(), 1))
	show := func(args ...string) (stdout, stderr string, code int) {
		t.Helper()
		return command(t, "", append([]string{"status", "--config-file", filepath.Join(w.Dir, "other.config")}, args...)...)
	}
	// A call that fails, with words of the incident in its error.
	w.Workspace.Fail("chat.postMessage", slacktest.Fault{Code: "channel_not_found"})
	w.Play(t)
	r.Says("kind=refused", 1)

	stdout, stderr, code := show()
	if code != 0 || !strings.Contains(stdout, "Slack refused: channel_not_found\n") || !strings.Contains(stdout, "zz-broken.js") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if strings.Contains(stdout, "DoS attack") || strings.Contains(stdout, "general: invite") {
		t.Errorf("text of the incident: %s", stdout)
	}
	if stdout, _, _ := show("--show-text"); !strings.Contains(stdout, "invite the app with /invite") {
		t.Errorf("--show-text: %s", stdout)
	}
	var report status.Report
	if stdout, _, code := show("--json"); code != 0 || json.Unmarshal([]byte(stdout), &report) != nil || len(report.Calls) != 1 {
		t.Errorf("--json: exit %d: %s", code, stdout)
	}

	scripts := filepath.Join(w.Dir, "scripts")
	if err := os.Rename(scripts, scripts+".away"); err != nil {
		t.Fatal(err)
	}
	servicetest.Until(t, "a word on the scripts folder", func() bool {
		stdout, _, code := show()
		return strings.Contains(stdout, "\n          the scripts folder does not exist yet\n") && strings.Contains(stdout, "default.js") && code == 0
	})

	w.Platform.Broker().SetFaults(stomptest.Faults{RefuseLogins: "not now"})
	w.Platform.Broker().CutConnections()
	servicetest.Until(t, "not ready", func() bool {
		stdout, _, code := show()
		return code == exitFailed && strings.Contains(stdout, "NOT READY: not subscribed") && strings.Contains(stdout, "not now")
	})
	r.End()
	if _, stderr, code := show(); code != exitFailed || !strings.Contains(stderr, "is it running") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if _, stderr, code := command(t, "", "status", "--config-file", w.Config, "--set", "fn_slack.status_address=off"); code != exitFailed || !strings.Contains(stderr, "status_address is off") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// Where there are no settings the service says where its own are, as beside the
// demo. They must name the address that was asked: another service's token stays here.
func TestTextsWithoutSettings(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	w := servicetest.Start(t)
	w.Replace(t, "status_address=off", "status_address="+address)
	r := w.Run(t)
	r.Says("status page", 1)
	texts := func() (stderr string, code int) {
		_, stderr, code = command(t, "", "status", "--show-text", "--address", address)
		return stderr, code
	}
	if stderr, code := texts(); code != exitOK {
		t.Errorf("exit %d: %s", code, stderr)
	}
	w.Replace(t, "status_address="+address, "status_address=127.0.0.1:1")
	if stderr, code := texts(); code != exitFailed || !strings.Contains(stderr, "settings") {
		t.Errorf("with settings of another service: exit %d: %s", code, stderr)
	}
}

func TestStatusWithoutSettingsAsksWhereTheDefaultIs(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("HOME", t.TempDir())
	_, stderr, code := command(t, "", "status")
	if strings.Contains(stderr, "settings file") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if _, stderr, code := command(t, "", "status", "--config-file", "missing.config"); code == 0 || !strings.Contains(stderr, "missing.config") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
