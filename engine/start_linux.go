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

// startCommand starts a worker that dies with its parent.
func startCommand(cmd *exec.Cmd) error {
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	// A process inherits the slack of the thread that starts it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if before, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0); err == nil {
		_ = unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(timerSlack), 0, 0, 0) // without it, a worker is slower
		defer func() { _ = unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(before), 0, 0, 0) }()
	}
	return cmd.Start()
}
