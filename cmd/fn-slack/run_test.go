package main

import (
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/servicetest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// startRun starts fn-slack run in a world and returns when it is subscribed. It
// ends with the test, whatever becomes of that.
func startRun(t *testing.T, w servicetest.World, variables ...string) (cmd *exec.Cmd, log *servicetest.Log) {
	t.Helper()
	cmd, log = servicetest.Program(t, w.Dir, "run"), &servicetest.Log{}
	cmd.Env = append(cmd.Env, variables...)
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
		servicetest.NoSecretIn(t, log.String())
		if t.Failed() {
			t.Logf("log:\n%s", log)
		}
	})
	w.Subscribed(t)
	return cmd, log
}

// terminate is SIGTERM, and must go well.
func terminate(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// Without a word on it in the settings, the scripts are those of the working
// folder.
func TestRunServesUntilSIGTERM(t *testing.T) {
	t.Parallel()
	w := servicetest.Start(t)
	w.Replace(t, "scripts_dir=", "# scripts_dir=")
	w.File(t, "scripts/default.js", "export default {};")
	cmd, log := startRun(t, w)
	w.Post(t)
	terminate(t, cmd)
	if n := len(w.Workspace.Messages("general")); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
	calls := 0
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, "msg=call") {
			calls++
			for _, want := range []string{"kind=ok", "script=default.js", "channel=general", "attempts=1", "duration="} {
				if !strings.Contains(line, want) {
					t.Errorf("%q lacks %q", line, want)
				}
			}
		}
	}
	if calls != 1 {
		t.Errorf("%d lines for 1 call in:\n%s", calls, log)
	}
}

// Whoever reads the log may go away, as a terminal does, or stop reading, as a
// collector does whose disk is full. Neither is the business of the calls.
func TestTheReaderOfTheLogIsNotNeeded(t *testing.T) {
	t.Parallel()
	gone := func(t *testing.T, r, w *os.File) { r.Close() }
	stalled := func(t *testing.T, r, w *os.File) {
		t.Cleanup(func() { r.Close() })
		if err := w.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, 1<<22)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("the pipe is not full: %v", err)
		}
	}
	for _, c := range []struct {
		name, file, status string
		reader             func(t *testing.T, r, w *os.File)
	}{
		{"gone", "", "broken pipe", gone},
		{"gone, with a file", "logs", "broken pipe", gone},
		{"stalled", "", "", stalled},
		{"stalled, with a file", "logs", "", stalled},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := servicetest.Start(t)
			address := freeAddress(t)
			w.Replace(t, "status_address=off", "status_address="+address)
			if c.file != "" {
				w.File(t, "logs/empty", "")
			}
			cmd := servicetest.Program(t, w.Dir, "run")
			out, in, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd.Stderr = in
			c.reader(t, out, in)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			in.Close()
			t.Cleanup(func() { _ = cmd.Process.Kill() })
			w.Subscribed(t)
			for range 3 {
				w.Post(t)
			}
			start := time.Now()
			answer, err := http.Get("http://" + address + "/healthz")
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if took := time.Since(start); answer.StatusCode != http.StatusOK || took > time.Second {
				t.Errorf("/healthz: %s after %v", answer.Status, took)
			}
			stdout, _, _ := command(t, "", "status", "--config-file", w.Config)
			if !strings.Contains(stdout, c.status) {
				t.Errorf("the status does not say %q:\n%s", c.status, stdout)
			}
			if c.file != "" {
				text, err := os.ReadFile(filepath.Join(w.Dir, "logs", "app.log"))
				if err != nil || strings.Count(string(text), "msg=call ") != 3 {
					t.Errorf("%v, the file has\n%s", err, text)
				}
			}
			terminate(t, cmd)
		})
	}
}

// freeAddress is an address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestRunTakesSettingsOverAtSIGHUP(t *testing.T) {
	t.Parallel()
	w := servicetest.Start(t)
	cmd, log := startRun(t, w)
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	servicetest.Until(t, "taken over", func() bool { return strings.Contains(log.String(), "changed settings are in use") })
	w.Subscribed(t)
	terminate(t, cmd)
}

func TestRunSaysWhyItCannotStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		platform resilienttest.Config
		spoil    servicetest.Change
		code     int
		want     string
	}{
		"wrong key": {spoil: servicetest.Setting("api_key_secret=", "api_key_secret=wrong"), code: exitUnauthorised, want: "api_key_secret"},
		"wrong org": {spoil: servicetest.Setting("org="+resilienttest.OrgName, "org=Elsewhere"), code: exitNotMember, want: resilienttest.OrgName},
		"missing authority": {spoil: servicetest.Setting("cafile=", "cafile=/nowhere/ca.pem\nx="),
			code: exitCAFile, want: "/nowhere/ca.pem"},
		"platform not there": {spoil: servicetest.Setting("port=", "max_connection_retries=1\nport=1\nx="), code: exitUnreachable, want: "connect"},
		"wrong host": {spoil: servicetest.Setting("host=localhost", "max_connection_retries=1\nhost=no-such-host.invalid"),
			code: exitUnreachable, want: "check host"},
		"expired":        {platform: resilienttest.Config{Expires: time.Now().Add(-time.Hour)}, code: exitTLS, want: "renew"},
		"wrong CA":       {spoil: servicetest.OtherAuthority, code: exitTLS, want: "to cafile"},
		"no function":    {spoil: servicetest.Faults(resilienttest.Faults{NoFunction: true}), code: exitFailed, want: "fn-slack customize"},
		"no destination": {spoil: servicetest.Faults(resilienttest.Faults{NoDestination: true}), code: exitFailed, want: "fn-slack customize"},
		"no permission":  {spoil: servicetest.Faults(resilienttest.Faults{Status: 403}), code: exitFailed, want: "give the account the permission"},
		"org is off":     {spoil: servicetest.Faults(resilienttest.Faults{OrgDisabled: true}), code: exitNotMember, want: "administrator"},
		"no token":       {spoil: servicetest.Setting("api_token="+slacktest.DefaultToken, "api_token="), code: exitFailed, want: "api_token"},
		"state folder":   {spoil: func(t *testing.T, w servicetest.World) { w.File(t, "state", "") }, code: exitFailed, want: "state"},
		"lock file":      {spoil: func(t *testing.T, w servicetest.World) { w.File(t, ".resilient", "") }, code: exitFailed, want: "set APP_LOCK_FILE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := servicetest.StartWith(t, c.platform, slacktest.Config{})
			if c.spoil != nil {
				c.spoil(t, w)
			}
			_, stderr, code := servicetest.Outcome(t, servicetest.Program(t, w.Dir, "run"))
			lines := strings.Split(strings.TrimSpace(stderr), "\n")
			last := lines[len(lines)-1]
			if code != c.code || !strings.HasPrefix(last, "fn-slack: ") || !strings.Contains(last, c.want) {
				t.Errorf("exit %d, want %d, and %q in the last line of:\n%s", code, c.code, c.want, stderr)
			}
			if strings.Contains(stderr, "goroutine") {
				t.Errorf("a stack:\n%s", stderr)
			}
		})
	}
}

// A limit of file sizes that the journal exceeds is an error, and no death.
func TestRunSaysThatTheJournalMayNotGrow(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash for its ulimit -f")
	}
	w := servicetest.Start(t)
	cmd := servicetest.Program(t, w.Dir, "run")
	cmd.Args = append([]string{shell, "-c", `ulimit -f 4; exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
	cmd.Path = shell
	_, stderr, code := servicetest.Outcome(t, cmd)
	if code != exitFailed || !strings.Contains(stderr, "journal.log") || !strings.Contains(stderr, "raise it (LimitFSIZE= of the unit, ulimit -f)") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

func TestASecondInstanceSaysSo(t *testing.T) {
	t.Parallel()
	w := servicetest.Start(t)
	cmd, _ := startRun(t, w)
	_, stderr, code := servicetest.Outcome(t, servicetest.Program(t, w.Dir, "run"))
	if code != exitFailed || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "another instance holds the lock "+filepath.Join(w.Dir, ".resilient", "resilient_circuits_lockfile")) {
		t.Errorf("exit %d: %s", code, stderr)
	}
	terminate(t, cmd)
	again, _ := startRun(t, w) // the lock has ended with it
	terminate(t, again)
}

func TestSystemdIsTold(t *testing.T) {
	t.Parallel()
	folder, err := os.MkdirTemp("", "") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	socket := filepath.Join(folder, "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	cmd, _ := startRun(t, servicetest.Start(t), "NOTIFY_SOCKET="+socket, "WATCHDOG_USEC=900000")
	read := func() string {
		buffer := make([]byte, 4096)
		if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		return string(buffer[:n])
	}
	for text := ""; !strings.Contains(text, "READY=1"); {
		text = read()
		if strings.Contains(text, "READY=1") && !strings.Contains(text, "STATUS=serving "+resilienttest.Queue) {
			t.Errorf("ready, and %q", text)
		}
	}
	for range 2 {
		if text := read(); !strings.Contains(text, "WATCHDOG=1") || strings.Contains(text, "READY") {
			t.Errorf("got %q", text)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for text := ""; !strings.Contains(text, "STOPPING=1"); {
		text = read()
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
