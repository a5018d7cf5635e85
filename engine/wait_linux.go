package engine

import (
	"syscall"
	"time"
	"unsafe"
)

// waitInKernel returns when there is something to be read from a file, or d is
// over, or a signal comes. Other than a Read it keeps Go's scheduler out of it:
// to park a goroutine and to find it again costs more than a short render, on a
// machine whose other processors sleep several times as much. Meanwhile the
// processor (GOMAXPROCS) runs nothing else, so d must be short. A collection
// that wants it sends a signal.
func waitInKernel(fd uintptr, d time.Duration) {
	type pollfd struct {
		fd      int32
		events  int16
		revents int16
	}
	const pollIn = 0x1
	p := pollfd{fd: int32(fd), events: pollIn}
	limit := syscall.NsecToTimespec(int64(d))
	syscall.RawSyscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&p)), 1, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
}
