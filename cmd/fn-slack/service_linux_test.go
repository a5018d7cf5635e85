package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/cmd/fn-slack/unit"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/servicetest"
)

// The unit under a real systemd: ready when it serves, killed and started again
// when it hangs or dies, reloaded, and removed.
func TestServiceUnderARealSystemd(t *testing.T) {
	if os.Getenv("FN_SLACK_TEST_SYSTEMD") == "" {
		t.Skip("set FN_SLACK_TEST_SYSTEMD=1, as root where systemd runs, to install a unit fn-slack-test")
	}
	const name = "fn-slack-test"
	s := servicetest.Start(t)
	// Neither /tmp nor /root can be seen from within the unit.
	files, err := os.MkdirTemp("/opt", name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(files) })
	copyTo := func(file, from string) string {
		t.Helper()
		to := filepath.Join(files, file)
		in, err := os.Open(from)
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(out, in); err != nil {
			t.Fatal(err)
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		return to
	}
	if err := os.Chmod(files, 0o755); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s.Replace(t, "cafile="+s.Platform.CAFile(), "cafile="+copyTo("ca.pem", s.Platform.CAFile()))
	s.Replace(t, "state_dir="+filepath.Join(s.Dir, "state"), "")
	flags := []string{"--name", name, "--program", copyTo("fn-slack", self), "--config-file", copyTo("app.config", s.Config)}
	systemctl := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("systemctl", args...).CombinedOutput()
		if err != nil {
			t.Fatalf("systemctl %q: %v: %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	until := func(what string, ok func() bool) {
		t.Helper()
		for end := time.Now().Add(time.Minute); !ok(); <-time.After(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("not in time: %s", what)
			}
		}
	}
	dropIn := filepath.Join(unit.DefaultDir, name+".service.d")
	if err := os.MkdirAll(dropIn, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dropIn) })
	faster := "[Service]\nEnvironment=" + servicetest.AsProgram + "=1\nWatchdogSec=2\nTimeoutStopSec=5\nRestartSec=1\n"
	if err := os.WriteFile(filepath.Join(dropIn, "test.conf"), []byte(faster), 0o644); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr, code := command(t, "", append([]string{"service", "install"}, flags...)...); code != 0 {
		t.Fatalf("exit %d: %s%s", code, stdout, stderr)
	}
	t.Cleanup(func() {
		if stdout, stderr, code := command(t, "", append([]string{"service", "uninstall"}, flags...)...); code != 0 {
			t.Errorf("exit %d: %s%s", code, stdout, stderr)
		}
		if out, err := exec.Command("systemctl", "cat", name).CombinedOutput(); err == nil {
			t.Errorf("the unit is still there: %s", out)
		}
	})
	posts := func() {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		run, err := s.Platform.CreateSlackMessage(ctx, resilienttest.IncidentDoS)
		if err != nil {
			t.Fatal(err)
		}
		if status, err := run.Wait(ctx); err != nil || status.State != resilienttest.Completed {
			t.Fatalf("%v: %s", err, status.Text())
		}
	}
	systemctl("clean", "--what=all", name) // a journal that a run before has left knows the same ids
	systemctl("start", name)
	if n := s.Platform.Broker().Consumers(resilienttest.Queue); n != 1 {
		t.Errorf("ready with %d subscriptions, want 1", n)
	}
	posts()
	for _, signal := range []string{"KILL", "STOP"} {
		before := systemctl("show", "-P", "MainPID", name)
		systemctl("kill", "--kill-who=main", "--signal=SIG"+signal, name)
		until("started again after SIG"+signal, func() bool {
			return systemctl("show", "-P", "MainPID", name) != before && systemctl("show", "-P", "ActiveState", name) == "active"
		})
		posts()
	}
	logins := s.Platform.Broker().Logins()
	systemctl("reload", name)
	until("reloaded", func() bool { return s.Platform.Broker().Logins() > logins })
	posts()
	systemctl("stop", name)
	if result := systemctl("show", "-P", "Result", name); result != "success" {
		t.Errorf("it ended with %s", result)
	}
	systemctl("clean", "--what=all", name) // its journal, which uninstall leaves
}
