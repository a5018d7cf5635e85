package unit

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What systemd itself thinks of the rights that the unit leaves: 0 is none, 10
// is all.
func TestTheUnitLeavesFewRights(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skipf("needs systemd-analyze (Debian: systemd): %v", err)
	}
	if help, err := exec.Command(analyze, "--help").CombinedOutput(); err != nil || !strings.Contains(string(help), "--offline") {
		t.Skipf("this systemd-analyze cannot look at a file: %v", err)
	}
	const most = "14" // in tenths
	for _, user := range []string{"", "integration"} {
		u := Unit{Program: "/bin/true", Config: "/etc/fn-slack/app.config", User: user, Name: "fn-slack"}
		file := filepath.Join(t.TempDir(), "fn-slack.service")
		if err := os.WriteFile(file, []byte(u.Text()), 0o644); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(analyze, "verify", file).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("user %q: %v: %s", user, err, out)
		}
		if out, err := exec.Command(analyze, "security", "--offline=yes", "--no-pager", "--threshold="+most, file).CombinedOutput(); err != nil {
			t.Errorf("user %q: %v: %s", user, err, out)
		}
	}
}

// What ends a process of the unit must not end the service, and what it may not
// ask of the kernel must be refused: a worker tries all that it can give up.
func TestTheUnitBoundsAndDoesNotKill(t *testing.T) {
	text := (&Unit{Program: "/bin/true", Config: "/etc/app.config", Name: "fn-slack"}).Text()
	for _, want := range []string{
		"\nMemoryMax=", "\nTasksMax=", "\nLimitCORE=0\n", "\nOOMPolicy=continue\n", "\nSystemCallErrorNumber=EPERM\n",
		"\nSystemCallFilter=seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self\n",
	} {
		if strings.Count(text, want) != 1 {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
}
