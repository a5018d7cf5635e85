package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/servicetest"
)

func TestDemoStaysUpUntilTheSignal(t *testing.T) {
	for name, end := range map[string]func(cmd *exec.Cmd, output io.Closer) error{
		"Ctrl-C":                     func(cmd *exec.Cmd, _ io.Closer) error { return cmd.Process.Signal(os.Interrupt) },
		"SIGTERM":                    func(cmd *exec.Cmd, _ io.Closer) error { return cmd.Process.Signal(syscall.SIGTERM) },
		"SIGHUP, its terminal ended": func(cmd *exec.Cmd, _ io.Closer) error { return cmd.Process.Signal(syscall.SIGHUP) },
	} {
		t.Run(name, func(t *testing.T) {
			if strings.HasPrefix(name, "SIGHUP") && signal.Ignored(syscall.SIGHUP) {
				t.Skip("it is to be passed over: nohup")
			}
			demoEnds(t, "Ctrl-C", end)
		})
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
	cmd := servicetest.Program(t, t.TempDir(), "demo")
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
	// SIGQUIT: what it hangs on is on the standard error then.
	quit := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Signal(syscall.SIGQUIT) })
	defer quit.Stop()
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
