package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/cmd/fn-slack/unit"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/servicetest"
)

// installed is a unit of the test's under the real systemd.
type installed struct {
	*testing.T
	name  string
	files string   // the folder of what the unit may see
	flags []string // of fn-slack service
}

// install makes a unit of this test binary, with the settings of a world.
func install(t *testing.T, w servicetest.World) *installed {
	t.Helper()
	const name = "fn-slack-test"
	// Neither /tmp nor /root can be seen from within the unit.
	files, err := os.MkdirTemp("/opt", name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(files) })
	if err := os.Chmod(files, 0o755); err != nil {
		t.Fatal(err)
	}
	u := &installed{T: t, name: name, files: files}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w.Replace(t, "cafile="+w.Platform.CAFile(), "cafile="+u.copy("ca.pem", w.Platform.CAFile()))
	w.Replace(t, "state_dir=", "# state_dir=")
	w.Replace(t, "scripts_dir=", "# scripts_dir=")
	u.flags = []string{"--name", name, "--program", u.copy("fn-slack", self), "--config-file", u.copy("app.config", w.Config)}
	u.dropIn("[Service]\nEnvironment=" + servicetest.AsProgram + "=1\nWatchdogSec=2\nTimeoutStopSec=5\nRestartSec=1\n")
	if stdout, stderr, code := command(t, "", append([]string{"service", "install"}, u.flags...)...); code != 0 {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	t.Cleanup(u.uninstall)
	return u
}

// copy copies a file to where the unit sees it.
func (u *installed) copy(file, from string) string {
	u.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		u.Fatal(err)
	}
	to := filepath.Join(u.files, file)
	if err := os.WriteFile(to, content, 0o755); err != nil {
		u.Fatal(err)
	}
	return to
}

// dropIn adds to the unit.
func (u *installed) dropIn(text string) {
	u.Helper()
	dir := filepath.Join(unit.DefaultDir, u.name+".service.d")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		u.Fatal(err)
	}
	u.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.WriteFile(filepath.Join(dir, "test.conf"), []byte(text), 0o644); err != nil {
		u.Fatal(err)
	}
}

func (u *installed) uninstall() {
	if stdout, stderr, code := command(u.T, "", append([]string{"service", "uninstall"}, u.flags...)...); code != 0 {
		u.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if out, err := exec.Command("systemctl", "cat", u.name).CombinedOutput(); err == nil {
		u.Errorf("the unit is still there: %s", out)
	}
}

func (u *installed) systemctl(args ...string) string {
	u.Helper()
	out, err := exec.Command("systemctl", args...).CombinedOutput()
	if err != nil {
		u.Fatalf("systemctl %q: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (u *installed) property(name string) string {
	u.Helper()
	return u.systemctl("show", "-P", name, u.name)
}

// The unit under a real systemd: ready when it serves, killed and started again
// when it hangs or dies, reloaded, and removed.
func TestServiceUnderARealSystemd(t *testing.T) {
	if os.Getenv("FN_SLACK_TEST_SYSTEMD") == "" {
		t.Skip("set FN_SLACK_TEST_SYSTEMD=1, as root where systemd runs, to install a unit fn-slack-test")
	}
	w := servicetest.Start(t)
	u := install(t, w)
	u.systemctl("clean", "--what=all", u.name) // a journal that a run before has left knows the same ids
	u.systemctl("start", u.name)
	if n := w.Platform.Broker().Consumers(resilienttest.Queue); n != 1 {
		t.Errorf("ready with %d subscriptions, want 1", n)
	}
	w.Post(t)
	for _, signal := range []string{"KILL", "STOP"} {
		before := u.property("MainPID")
		u.systemctl("kill", "--kill-who=main", "--signal=SIG"+signal, u.name)
		servicetest.Until(t, "started again after SIG"+signal, func() bool {
			return u.property("MainPID") != before && u.property("ActiveState") == "active"
		})
		w.Post(t)
	}
	logins := w.Platform.Broker().Logins()
	u.systemctl("reload", u.name)
	servicetest.Until(t, "reloaded", func() bool { return w.Platform.Broker().Logins() > logins })
	w.Post(t)
	u.systemctl("stop", u.name)
	if result := u.property("Result"); result != "success" {
		t.Errorf("it ended with %s", result)
	}
	u.systemctl("clean", "--what=all", u.name) // its journal, which uninstall leaves
}
