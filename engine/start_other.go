//go:build !linux

package engine

import (
	"os"
	"os/exec"
)

func workerExecutable() (string, error) { return os.Executable() }

// runCommand starts a worker, tells started, and waits for its end.
func runCommand(cmd *exec.Cmd, started chan<- error) {
	err := cmd.Start()
	started <- err
	if err == nil {
		_ = cmd.Wait() // what it was is read from ProcessState
	}
}
