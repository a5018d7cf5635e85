package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// What time cannot heal ends run with one line that says what to do.
func TestRunEndsWithWhatTimeCannotHeal(t *testing.T) {
	for name, c := range map[string]struct {
		platform resilienttest.Config
		spoil    func(t *testing.T, s world)
		code     int
		want     string
	}{
		"wrong host":     {spoil: setting("host=localhost", "max_connection_retries=1\nhost=no-such-host.invalid"), code: exitUnreachable, want: "check host"},
		"expired":        {platform: resilienttest.Config{Expires: time.Now().Add(-time.Hour)}, code: exitTLS, want: "renew"},
		"wrong CA":       {spoil: otherAuthority, code: exitTLS, want: "set cafile"},
		"no function":    {spoil: faults(resilienttest.Faults{NoFunction: true}), code: exitFailed, want: "fn-slack customize"},
		"no destination": {spoil: faults(resilienttest.Faults{NoDestination: true}), code: exitFailed, want: "fn-slack customize"},
		"no permission":  {spoil: faults(resilienttest.Faults{Status: 403}), code: exitFailed, want: "give the account the permission"},
		"org is off":     {spoil: faults(resilienttest.Faults{OrgDisabled: true}), code: exitNotMember, want: "administrator"},
		"state folder":   {spoil: func(t *testing.T, s world) { s.file(t, "state", "") }, code: exitFailed, want: "state"},
		"lock file": {spoil: func(t *testing.T, s world) { s.file(t, ".resilient", "") }, code: exitFailed,
			want: "set APP_LOCK_FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			s := startWorldWith(t, c.platform, slacktest.Config{})
			if c.spoil != nil {
				c.spoil(t, s)
			}
			_, stderr, code := outcome(t, program(t, s.dir, "run"))
			lines := strings.Split(strings.TrimSpace(stderr), "\n")
			last := lines[len(lines)-1]
			if code != c.code || !strings.HasPrefix(last, "fn-slack: ") || !strings.Contains(last, c.want) {
				t.Errorf("exit %d, want %d, and %q in the last line of:\n%s", code, c.code, c.want, stderr)
			}
			if strings.Contains(stderr, "goroutine") {
				t.Errorf("a stack:\n%s", stderr)
			}
			s.noSecretIn(t, stderr)
		})
	}
}

// A limit of file sizes that the journal exceeds is an error, and no death.
func TestRunSaysThatTheJournalMayNotGrow(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash for its ulimit -f")
	}
	s := startWorld(t)
	cmd := program(t, s.dir, "run")
	cmd.Args = append([]string{shell, "-c", `ulimit -f 4; exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = shell
	_, stderr, code := outcome(t, cmd)
	if code != exitFailed || !strings.Contains(stderr, "journal.db") || !strings.Contains(stderr, "raise it (LimitFSIZE= of the unit, ulimit -f)") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// What time can heal keeps it trying, and the log says why.
func TestRunKeepsTryingWhatTimeCanHeal(t *testing.T) {
	for name, c := range map[string]struct {
		spoil, heal func(s world)
		want        string
	}{
		"the platform's 503": {
			spoil: func(s world) { s.platform.SetFaults(resilienttest.Faults{Status: 503}) },
			heal:  func(s world) { s.platform.SetFaults(resilienttest.Faults{}) },
			want:  "503 Service Unavailable; look whether the platform",
		},
		"the broker's logins": {
			spoil: func(s world) {
				s.platform.Broker().SetFaults(stomptest.Faults{RefuseLogins: "Unable to connect to authentication service"})
			},
			heal: func(s world) { s.platform.Broker().SetFaults(stomptest.Faults{}) },
			want: "authentication service",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := startWorld(t)
			s.replace(t, "[resilient]", "[resilient]\nrequest_retry_delay=0.05\nrequest_retry_backoff=1")
			c.spoil(s)
			log := &logBuffer{}
			cmd := program(t, s.dir, "run")
			cmd.Stderr = log
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
			r := &running{world: s, T: t, cmd: cmd, log: log}
			r.says(c.want, 2)
			c.heal(s)
			r.subscribed(t)
			r.post()
			s.noSecretIn(t, log.String())
		})
	}
}

// A token that Slack refuses fails calls, with what to do, and ends nothing; so
// does a scripts folder that cannot be read.
func TestRunServesWithWhatSlackRefuses(t *testing.T) {
	s := startWorld(t)
	s.file(t, "scripts", "not a folder")
	s.workspace.FailWhen(func(slacktest.Request) (slacktest.Fault, bool) { return slacktest.Fault{Code: "token_revoked"}, true })
	r := startRunning(t, s, nil)
	r.says("Slack refuses the token", 1)
	run, err := s.platform.CreateSlackMessage(t.Context(), resilienttest.IncidentDoS)
	if err != nil {
		t.Fatal(err)
	}
	status, err := run.Wait(t.Context())
	if err != nil || status.State == resilienttest.Completed || !strings.Contains(status.Text(), "put a valid bot token into api_token") {
		t.Errorf("%v: %s", err, status.Text())
	}
	s.workspace.FailWhen(nil)
	if got := r.post().Sent.Text; !strings.Contains(got, "DoS attack") {
		t.Errorf("posted %q", got)
	}
	r.end()
	r.noSecretIn(t, r.log.String())
	if entries, err := os.ReadDir(filepath.Join(s.dir, "state")); err != nil || len(entries) == 0 {
		t.Errorf("%v: no journal", err)
	}
}
