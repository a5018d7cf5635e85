//go:build !linux

package engine

import (
	"os"
	"os/exec"
)

func workerExecutable() (string, error) { return os.Executable() }

func startCommand(cmd *exec.Cmd) error { return cmd.Start() }
