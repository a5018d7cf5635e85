//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// outliveFileLimit makes a write over the limit of file sizes (ulimit -f) fail
// with an error instead of killing the process.
func outliveFileLimit() { signal.Notify(make(chan os.Signal, 1), syscall.SIGXFSZ) }
