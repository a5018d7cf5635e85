package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/servicetest"
)

func TestConfigCreateAsksBeforeItOverwrites(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "app.config")
	stdout, stderr, code := command(t, "", "config", "-c", file)
	text, err := os.ReadFile(file)
	if code != 0 || err != nil || !strings.Contains(string(text), "\napi_token=<bot token>\n") || !strings.Contains(stdout, "config check") {
		t.Fatalf("exit %d, %v: %s%s", code, err, stdout, stderr)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v: %v", err, info.Mode())
	}
	for answer, want := range map[string]string{"n\n": "mine", "": "mine", "y\n": string(text)} {
		if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, code := command(t, answer, "config", "-c", file)
		got, err := os.ReadFile(file)
		if err != nil || string(got) != want || (code != 0) != (answer == "") {
			t.Errorf("answer %q: exit %d, %v, got %.40q", answer, code, err, got)
		}
	}
}

func TestConfigUpdateKeepsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "app.config")
	const text = "[resilient]\nhost=a\n# mine\n[fn_slack]\napi_token=xoxb-1\n"
	if err := os.WriteFile(file, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink("app.config", link); err != nil {
		t.Fatal(err)
	}
	stdout, _, code := command(t, "", "config", "-u", link)
	got, err := os.ReadFile(file)
	if code != 0 || err != nil || !strings.HasPrefix(string(got), "[resilient]\nhost=a\n# mine\n# port of") || !strings.Contains(string(got), "\n#status_address=127.0.0.1:9808\n") {
		t.Errorf("exit %d, %v: %s\n%s", code, err, stdout, got)
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%v: the link is a file now", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v: %v", err, info.Mode())
	}
	stdout, _, _ = command(t, "", "config", "-u", file)
	again, err := os.ReadFile(file)
	if err != nil || string(again) != string(got) || !strings.Contains(stdout, "nothing was changed") {
		t.Errorf("%v: the second time: %s", err, stdout)
	}
	if _, stderr, code := command(t, "", "config", "-u", filepath.Join(dir, "missing")); code != exitFailed || !strings.Contains(stderr, "config -c") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if _, stderr, code := command(t, "", "config"); code != exitUsage || !strings.Contains(stderr, "-c or -u") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

func TestConfigCheckShowsWhereEachSettingComesFrom(t *testing.T) {
	s := servicetest.Start(t)
	s.Replace(t, "scripts_dir=", "#scripts_dir=") // it does not exist yet
	check := func(args ...string) (string, string, int) {
		return command(t, "", append([]string{"config", "check", "--config-file", s.Config}, args...)...)
	}
	stdout, stderr, code := check("--set", "fn_slack.username=SOC", "--num_workers", "7", "--trap-exception")
	for _, want := range []string{
		"# " + s.Config + ":2\n", "username               = SOC", "# the command line\n", "num_workers", "= 7 ", "trap_exception", "= true ",
		"= [secret]", "Nothing is wrong",
	} {
		if !strings.Contains(strings.Join(strings.Fields(stdout), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("no %q in:\n%s%s", want, stdout, stderr)
		}
	}
	if code != 0 {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if stdout, _, code := check("--set", "resilient.cafile=false"); code != 0 || !strings.Contains(stdout, "\nwarning: the command line: resilient.cafile: certificates are not checked") || strings.Contains(stdout, "Nothing is wrong") {
		t.Errorf("exit %d: %s", code, stdout)
	}

	s.Replace(t, "[resilient]", "[resilient]\nnum_workers=many\nloglevel=LOUD")
	_, stderr, code = check()
	if code != exitFailed || strings.Count(stderr, "app.config:") != 2 || !strings.Contains(stderr, "2 errors: the service does not start") || !strings.Contains(stderr, ":2: resilient.num_workers") {
		t.Errorf("exit %d, want both problems: %s", code, stderr)
	}
	if _, stderr, code := check("--set", "nonsense"); code != exitUsage {
		t.Errorf("exit %d: %s", code, stderr)
	}
	if _, stderr, code := check("--set", "fn_slack.nonsense=1", "--num-workers=1", "--loglevel=INFO"); code != exitFailed || !strings.Contains(stderr, "no such setting") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
