package engine

import (
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// workerExecutable is this program even when its file has been replaced.
func workerExecutable() (string, error) { return "/proc/self/exe", nil }

// timerSlack is how much later than asked the kernel may end a worker's sleeps.
// Go's monitor, a thread of its own, else wakes up after every 70 us of a render
// to see whether something hangs: a sixth of what two busy workers get done on
// two processors (BenchmarkParallel). It is still in time for the limits.
const timerSlack = 5 * time.Millisecond

// runCommand starts a worker that dies with its parent, tells started, and waits
// for its end.
//
// A process inherits the timer slack and the capabilities of the thread that
// starts it. So this takes a thread that serves nothing else, and that ends with
// the worker because it is never unlocked. It must not end before it: to the
// kernel, the parent of a parent-death signal is the thread.
func runCommand(cmd *exec.Cmd, started chan<- error) {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		// The first thread of a process cannot end. While it is held here, another
		// one is found.
		defer runtime.UnlockOSThread()
		done := make(chan struct{})
		go func() {
			defer close(done)
			runCommand(cmd, started)
		}()
		<-done
		return
	}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(timerSlack), 0, 0, 0) // without it, a worker is slower
	shedCapabilities()
	err := cmd.Start()
	started <- err
	if err == nil {
		_ = cmd.Wait() // what it was is read from ProcessState
	}
}
