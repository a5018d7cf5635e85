//go:build amd64 || arm64

package worker

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// allowedCalls are the system calls of Go's runtime, of the C library under it in
// a program with cgo, and of reading and writing pipes. None of them opens
// anything, names a file or reaches another process. The kernel remembers that
// they are allowed and runs no filter for them.
var allowedCalls = [...]uint32{
	unix.SYS_READ, unix.SYS_WRITE, unix.SYS_CLOSE, // pipes, and those that wake the poller
	unix.SYS_EPOLL_CTL, unix.SYS_EPOLL_PWAIT,
	unix.SYS_MUNMAP, unix.SYS_MREMAP, unix.SYS_MADVISE, unix.SYS_BRK, // memory; see also below
	unix.SYS_FUTEX, unix.SYS_SCHED_YIELD, unix.SYS_SCHED_GETAFFINITY, // threads
	unix.SYS_GETPID, unix.SYS_GETTID, unix.SYS_SET_ROBUST_LIST, unix.SYS_RSEQ,
	unix.SYS_NANOSLEEP, unix.SYS_CLOCK_NANOSLEEP, unix.SYS_CLOCK_GETTIME, unix.SYS_GETTIMEOFDAY, // time
	unix.SYS_RT_SIGACTION, unix.SYS_RT_SIGPROCMASK, unix.SYS_RT_SIGRETURN, unix.SYS_SIGALTSTACK, unix.SYS_RESTART_SYSCALL,
	unix.SYS_GETRUSAGE, unix.SYS_GETRANDOM,
	unix.SYS_EXIT, unix.SYS_EXIT_GROUP,
}

// callFilter is a program for the kernel that decides on every system call of this
// process. It kills for nothing: a library that looks for a file it can do without
// must go on.
func callFilter() []unix.SockFilter {
	f := filter{}
	f.load(offsetArch)
	f.unless(auditArch(), refuse(unix.EPERM)) // the numbers are those of another processor's calls
	f.load(offsetCall)
	for _, call := range allowedCalls {
		f.when(call, unix.SECCOMP_RET_ALLOW)
	}
	// Threads, but no processes. What clone3 is asked for lies in memory, where a
	// filter cannot look; the C library makes do with clone.
	f.when(unix.SYS_CLONE3, refuse(unix.ENOSYS))
	f.argument(unix.SYS_CLONE, 0, func() { f.has(unix.CLONE_THREAD, unix.SECCOMP_RET_ALLOW) })
	// Signals among the own threads, with which Go interrupts them.
	f.argument(unix.SYS_TGKILL, 0, func() { f.when(uint32(unix.Getpid()), unix.SECCOMP_RET_ALLOW) })
	// Memory, but none that could hold new code.
	for _, call := range []uint32{unix.SYS_MMAP, unix.SYS_MPROTECT} {
		f.argument(call, 2, func() {
			f.has(unix.PROT_EXEC, refuse(unix.EPERM))
			f.end(unix.SECCOMP_RET_ALLOW)
		})
	}
	// Go's runtime uses prctl to name its memory. On this error it stops trying.
	f.when(unix.SYS_PRCTL, refuse(unix.EINVAL))
	f.end(refuse(unix.EPERM))
	return f
}

// FilterCalls puts the filter up in all threads, which takes no_new_privs.
func FilterCalls() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	f := callFilter()
	program := unix.SockFprog{Len: uint16(len(f)), Filter: &f[0]}
	// Kernels before 5.16 slow a filtered process down against attacks by
	// speculation, from which this one has nothing to win: it holds no secret.
	const flags = unix.SECCOMP_FILTER_FLAG_TSYNC | unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return errno
	}
	if thread != 0 {
		return fmt.Errorf("thread %d has another filter", thread)
	}
	return nil
}

// Where struct seccomp_data of seccomp(2) has what a filter decides by, in bytes.
const (
	offsetCall = 0
	offsetArch = 4
	offsetArgs = 16 // 8 for each; both processors have the lower half first
)

func auditArch() uint32 {
	if runtime.GOARCH == "arm64" {
		return unix.AUDIT_ARCH_AARCH64
	}
	return unix.AUDIT_ARCH_X86_64
}

func refuse(errno unix.Errno) uint32 { return unix.SECCOMP_RET_ERRNO | uint32(errno) }

// filter is written one comparison after the other, each with its verdict right
// behind it.
type filter []unix.SockFilter

func (f *filter) add(code uint16, jumpTrue, jumpFalse uint8, k uint32) {
	*f = append(*f, unix.SockFilter{Code: code, Jt: jumpTrue, Jf: jumpFalse, K: k})
}

// load takes the 32 bits at an offset for the comparisons to come.
func (f *filter) load(offset uint32) { f.add(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, 0, 0, offset) }

func (f *filter) end(verdict uint32) { f.add(unix.BPF_RET|unix.BPF_K, 0, 0, verdict) }

// when gives a verdict on a value.
func (f *filter) when(value, verdict uint32) {
	f.add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, 0, 1, value)
	f.end(verdict)
}

// unless gives a verdict on every other value.
func (f *filter) unless(value, verdict uint32) {
	f.add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, 1, 0, value)
	f.end(verdict)
}

// has gives a verdict on values with one of some bits.
func (f *filter) has(bits, verdict uint32) {
	f.add(unix.BPF_JMP|unix.BPF_JSET|unix.BPF_K, 0, 1, bits)
	f.end(verdict)
}

// argument decides on a call by one of its arguments, of which the lower half must
// be all that the kernel looks at. What decide has no verdict on is refused.
func (f *filter) argument(call, number uint32, decide func()) {
	at := len(*f)
	f.add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, 0, 0, call)
	f.load(offsetArgs + 8*number)
	decide()
	f.end(refuse(unix.EPERM))
	(*f)[at].Jf = uint8(len(*f) - at - 1)
}
