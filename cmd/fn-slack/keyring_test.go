package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/servicetest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// keyringSession makes a Secret Service with the entries as the original has
// them (Python's keyring: attributes service and username), and runs its
// arguments beside it.
const keyringSession = `
export XDG_RUNTIME_DIR="$HOME" XDG_DATA_HOME="$HOME"
echo password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
store() { printf %s "$3" | secret-tool store --label="Password for '$2' on '$1'" application "Python keyring library" service "$1" username "$2"; }
store _ soar_secret "$SOAR_SECRET"
store fn_slack bot-token "$BOT_TOKEN"
exec "$@"`

func TestSecretsFromARealKeyring(t *testing.T) {
	for _, name := range []string{"dbus-run-session", "gnome-keyring-daemon", "secret-tool"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("needs a Secret Service (Debian: dbus-daemon, gnome-keyring, libsecret-tools): %v", err)
		}
	}
	s := servicetest.Start(t)
	_, secret := s.Platform.APIKey()
	s.Replace(t, "api_key_secret="+secret, "api_key_secret=^soar_secret")
	s.Replace(t, "api_token="+slacktest.DefaultToken, "api_token=^bot-token")
	in := func(args ...string) (stdout, stderr string, code int) {
		cmd := servicetest.Program(t, s.Dir, args...)
		session, err := exec.LookPath("dbus-run-session")
		if err != nil {
			t.Fatal(err)
		}
		cmd.Args = append([]string{session, "--", "sh", "-c", keyringSession, "sh", cmd.Path}, cmd.Args[1:]...)
		cmd.Path = session
		cmd.Env = append(cmd.Env, "SOAR_SECRET="+secret, "BOT_TOKEN="+slacktest.DefaultToken)
		return servicetest.Outcome(t, cmd)
	}
	if stdout, stderr, code := in("selftest"); code != 0 || !strings.Contains(stdout, "Slack token") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	s.Replace(t, "^bot-token", "^other-token")
	if _, stderr, code := in("config", "check"); code != exitFailed || !strings.Contains(stderr, `the keyring does not give "other-token" of service fn_slack: it has no such entry`) {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
