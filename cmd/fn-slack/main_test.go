package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// TestMain makes the test binary its own render worker, and the program itself
// where a test starts it as a subprocess.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == engine.WorkerArg {
		os.Exit(render.Worker())
	}
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

const asProgram = "FN_SLACK_TEST_AS_PROGRAM"

// program is fn-slack as a process of its own, in a folder of its own.
func program(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Dir = dir
	cmd.Env = []string{asProgram + "=1", "HOME=" + dir, "TMPDIR=" + os.Getenv("TMPDIR"), "PATH=" + os.Getenv("PATH")}
	return cmd
}

// outcome runs the program to its end.
func outcome(t *testing.T, cmd *exec.Cmd) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	noStandInSecret(t, out.String()+errs.String())
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// noStandInSecret fails when what a program said holds a secret of the
// stand-ins. All that the tests of this package start is asked.
func noStandInSecret(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{slacktest.DefaultToken, "stand-in-key-secret", "stand-in-password"} {
		if strings.Contains(text, secret) {
			t.Errorf("the secret %q is in:\n%s", secret, text)
		}
	}
}

// The real input in the classic layout, as the original's users know it.
const classicIncident = `Resilient Incident: DoS attack in EMEA
Resilient URL: https://localhost:%s/#incidents/2223
Description: Severe issue affecting perimeter routers
Confirmed: Yes
Create Date: 2018-04-27T19:33:36Z
Start Date: 2018-04-27T12:00:00Z
Severity: High
NIST Vectors: [Attrition (Denial-of-Service and Brute-Force Attacks)]
Incident Types: [Denial of Service]`

const classicNote = `Resilient URL: https://localhost:%s/#incidents/2223
Note: Review firewall rules in GR and UK`

func TestDemoOnce(t *testing.T) {
	stdout, stderr, code := outcome(t, program(t, t.TempDir(), "demo", "--once"))
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	var steps []demoStep
	dec := json.NewDecoder(strings.NewReader(stdout))
	for dec.More() {
		var s demoStep
		if err := dec.Decode(&s); err != nil {
			t.Fatalf("%v in %s", err, stdout)
		}
		steps = append(steps, s)
	}
	if len(steps) != 4 || strings.Count(stdout, "\n") != 4 {
		t.Fatalf("%d steps, want 4, one a line: %s", len(steps), stdout)
	}
	post, reply := steps[0], steps[2]
	_, rest, _ := strings.Cut(post.Text, "https://localhost:")
	port, _, _ := strings.Cut(rest, "/")
	for i, want := range []demoStep{
		{Step: "post", Workflow: "create_slack_message", Author: "Resilient", Text: fmt.Sprintf(classicIncident, port), TS: post.TS},
		{Step: "result", Workflow: "create_slack_message", Text: "Completed", TS: post.TS},
		{Step: "reply", Workflow: "create_slack_reply", Author: "Anna Analyst", Text: fmt.Sprintf(classicNote, port), TS: reply.TS, ThreadTS: post.TS},
		{Step: "result", Workflow: "create_slack_reply", Text: "Completed", TS: reply.TS, ThreadTS: post.TS},
	} {
		got := steps[i]
		if got.Duration <= 0 || got.TS == "" || got.Channel != demoChannel || got.Script != "default.js" {
			t.Errorf("step %d: %+v", i, got)
		}
		if got.Step != want.Step || got.Workflow != want.Workflow || got.Author != want.Author || got.Text != want.Text ||
			got.TS != want.TS || got.ThreadTS != want.ThreadTS {
			t.Errorf("step %d:\n got %+v\nwant %+v", i, got, want)
		}
	}
	if want := []string{"Rendered by default.js", "Message added to Slack", "Completed"}; fmt.Sprint(steps[1].Statuses) != fmt.Sprint(want) {
		t.Errorf("statuses %q, want %q", steps[1].Statuses, want)
	}
	if reply.TS == post.TS {
		t.Error("the reply is the message itself")
	}
}

func TestDemoUsesTheScriptsOfTheWorkingFolder(t *testing.T) {
	dir := t.TempDir()
	if _, _, code := outcome(t, program(t, dir, "scripts", "init")); code != 0 {
		t.Fatalf("scripts init: exit %d", code)
	}
	edit(t, filepath.Join(dir, "scripts", "default.js"), "labels: {}", `labels: { "Severity": "How bad", "Confirmed": null }`)
	stdout, stderr, code := outcome(t, program(t, dir, "demo", "--once"))
	if code != 0 || !strings.Contains(stdout, `\nHow bad: High\n`) || strings.Contains(stdout, "Confirmed") {
		t.Errorf("exit %d: %s %s", code, stdout, stderr)
	}
}

func TestDemoStaysUpUntilTheSignal(t *testing.T) {
	for name, end := range map[string]func(cmd *exec.Cmd, output io.Closer) error{
		"Ctrl-C":                     func(cmd *exec.Cmd, _ io.Closer) error { return cmd.Process.Signal(os.Interrupt) },
		"SIGTERM":                    func(cmd *exec.Cmd, _ io.Closer) error { return cmd.Process.Signal(syscall.SIGTERM) },
		"SIGHUP, its terminal ended": func(cmd *exec.Cmd, _ io.Closer) error { return cmd.Process.Signal(syscall.SIGHUP) },
	} {
		t.Run(name, func(t *testing.T) { demoEnds(t, "Ctrl-C", end) })
	}
}

// demo | head -3
func TestDemoEndsWhenNobodyReadsIt(t *testing.T) {
	demoEnds(t, "Slack workspace", func(_ *exec.Cmd, output io.Closer) error { return output.Close() })
}

// demoEnds starts the demo, ends it when it has said something, and looks
// whether it leaves anything behind.
func demoEnds(t *testing.T, said string, end func(cmd *exec.Cmd, output io.Closer) error) {
	temporary := t.TempDir()
	cmd := program(t, t.TempDir(), "demo")
	cmd.Env = append(cmd.Env, "TMPDIR="+temporary)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
	defer kill.Stop()
	var seen strings.Builder
	buffer := make([]byte, 4096)
	for !strings.Contains(seen.String(), said) {
		n, err := pipe.Read(buffer)
		if err != nil {
			t.Fatalf("%v after %q, stderr %s", err, seen.String(), &errs)
		}
		seen.Write(buffer[:n])
	}
	if entries, err := os.ReadDir(temporary); err != nil || len(entries) == 0 {
		t.Fatalf("%v: its temporary folder is elsewhere", err)
	}
	if err := end(cmd, pipe); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || errs.Len() > 0 {
		t.Errorf("%v, stderr %q", err, &errs)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("%v, left behind: %v", err, left)
	}
}

func TestScriptsInitKeepsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "layouts")
	if err := os.Mkdir(target, 0o755); err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(target, "default.js")
	if err := os.WriteFile(mine, []byte("// mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := outcome(t, program(t, dir, "scripts", "init", "layouts"))
	if code != 0 || !strings.Contains(stdout, "1 were there") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	if text, _ := os.ReadFile(mine); string(text) != "// mine" {
		t.Errorf("default.js was overwritten with %q", text)
	}
	if _, err := os.Stat(filepath.Join(target, "samples", "default", "incident.json")); err != nil {
		t.Error(err)
	}
}

func TestExitStatusSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--nonsense"}, exitUsage, "nonsense"},
		{[]string{"nonsense"}, exitUsage, "nonsense"},
		{[]string{"run", "extra"}, exitUsage, "extra"},
		{[]string{"scripts", "nonsense"}, exitUsage, "nonsense"},
		{[]string{"run", "--config-file", "missing.config"}, exitFailed, "missing.config"},
		{[]string{"version"}, exitOK, ""},
		{[]string{"--help"}, exitOK, ""},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			none := func(string) (string, bool) { return "", false }
			code := run(context.Background(), c.args, none, strings.NewReader(""), &stdout, &stderr)
			if code != c.code || !strings.Contains(stderr.String(), c.want) {
				t.Errorf("exit %d, want %d: %s", code, c.code, &stderr)
			}
			if code != 0 && (strings.Count(stderr.String(), "\n") == 0 || stdout.Len() > 0) {
				t.Errorf("stdout %q, stderr %q", &stdout, &stderr)
			}
		})
	}
}

func edit(t *testing.T, file, old, new string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s lacks %q", file, old)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), old, new, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}
