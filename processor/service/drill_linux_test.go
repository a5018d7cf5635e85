package service_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// dieWithTest sees to it that the program does not outlive this test, whatever
// happens to it.
func dieWithTest(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// A disk that is full stops the work without an answer, though not the service;
// the broker keeps the calls until there is room.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	d := newDrill(t, stomptest.LikeActiveMQ)
	d.must(os.Mkdir(d.state("a"), 0o700))
	if err := syscall.Mount("none", d.state("a"), "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("a small disk cannot be made here: %v", err)
	}
	t.Cleanup(func() {
		d.kill("a")
		if err := syscall.Unmount(d.state("a"), 0); err != nil {
			t.Error(err)
		}
	})
	d.start("a")
	d.subscribed(1)
	d.send(30)
	d.until("some answered", func() bool { return d.answered() >= 5 })
	filler := filepath.Join(d.state("a"), "filler")
	// It may be full already: what counts is that it is.
	_ = os.WriteFile(filler, make([]byte, 1<<20), 0o600)
	d.send(120)
	d.until("stopped", func() bool { return d.platform.Broker().Consumers(resilienttest.Queue) == 0 })
	if n := d.answered(); n == len(d.sent) {
		t.Errorf("all %d calls are answered: the disk was never full", n)
	}
	d.must(os.Remove(filler))
	d.kill("a")
	d.must(syscall.Unmount(d.state("a"), 0))
	// Even without what it knew: the journal is on the disk that is gone.
	d.must(syscall.Mount("none", d.state("a"), "tmpfs", 0, "size=16m"))
	d.start("a")
	d.subscribed(1)
	d.balance(true)
	d.end("a")
}
