//go:build unix

package worker

import (
	"os"
	"syscall"
)

// standardInput is a pipe for which Go waits as for a network connection. In a
// read that blocks, Go's monitor would take the worker's only processor away
// each time and give it back: a tenth of a render.
func standardInput() *os.File {
	if err := syscall.SetNonblock(0, true); err != nil {
		return os.Stdin
	}
	return os.NewFile(0, "standard input")
}

// cpuUsed is the processor time of this process in microseconds.
func cpuUsed() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return -1
	}
	return (int64(u.Utime.Sec)+int64(u.Stime.Sec))*1e6 + int64(u.Utime.Usec) + int64(u.Stime.Usec)
}
