package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestServiceInstallAndUninstall(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "soar-slack.service")
	args := []string{"--unit-dir", dir, "--name", "soar-slack", "--user", "integration", "--config-file", "/etc/soar slack/app.config", "--program", "/bin/true"}
	printed, stderr, code := command(t, "", append([]string{"service", "print"}, args...)...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for _, want := range []string{
		"Type=notify\n", "Restart=always\n", "User=integration\n", "WatchdogSec=", `ExecStart="/bin/true" run --config-file "/etc/soar slack/app.config"` + "\n",
		"APP_LOCK_FILE=/run/soar-slack/lock\n", "NoNewPrivileges=yes\n", "StateDirectory=soar-slack\n", "ExecReload=/bin/kill -HUP $MAINPID\n",
	} {
		if !strings.Contains(printed, want) {
			t.Errorf("no %q in:\n%s", want, printed)
		}
	}
	if stdout, stderr, code := command(t, "", append([]string{"service", "install"}, args...)...); code != 0 || !strings.Contains(stdout, "systemctl enable --now soar-slack") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != printed {
		t.Errorf("%v: install wrote what print does not say:\n%s", err, text)
	}
	if verify, err := exec.LookPath("systemd-analyze"); err == nil {
		if out, err := exec.Command(verify, "verify", file).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%v: %s", err, out)
		}
	}
	for range 2 { // the second time there is nothing to do
		if stdout, stderr, code := command(t, "", append([]string{"service", "uninstall"}, args...)...); code != 0 {
			t.Errorf("exit %d: %s%s", code, stdout, stderr)
		}
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the unit is still there")
	}
	if _, stderr, code := command(t, "", "service", "print", "--name", "a b"); code != exitUsage {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
