package bench

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unsafe"

	"github.com/prometheus/procfs"
	"golang.org/x/sys/unix"
)

// counters count system calls of a service and its render workers, by the
// kernel's tracepoints, from the time when they are made.
type counters struct {
	calls, syncs []int // descriptors of events, one of each for each thread
	err          error
}

// count needs root, and a tracefs at its usual place.
func count(pid int) (c counters) {
	events := map[string]*[]int{"raw_syscalls/sys_enter": &c.calls, "syscalls/sys_enter_fdatasync": &c.syncs, "syscalls/sys_enter_fsync": &c.syncs}
	threads, err := threadsOf(pid)
	if err != nil {
		c.err = err
	}
	for name, into := range events {
		text, err := os.ReadFile(filepath.Join("/sys/kernel/tracing/events", name, "id"))
		if err != nil {
			c.err = err
			continue
		}
		id, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
		if err != nil {
			c.err = err
			continue
		}
		// Threads and processes that they make later are counted with them.
		attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_TRACEPOINT, Config: id, Bits: unix.PerfBitInherit, Size: uint32(unsafe.Sizeof(unix.PerfEventAttr{}))}
		for _, thread := range threads {
			fd, err := unix.PerfEventOpen(&attr, thread, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
			if err == unix.ESRCH {
				continue // it has ended
			}
			if err != nil {
				c.err = err
				continue
			}
			*into = append(*into, fd)
		}
	}
	return c
}

// threadsOf are the threads of a service and of its render workers.
func threadsOf(pid int) (list []int, err error) {
	all, err := procfs.AllProcs()
	for _, p := range all {
		if stat, err := p.Stat(); err != nil || stat.PID != pid && stat.PPID != pid {
			continue
		}
		threads, err := procfs.AllThreads(p.PID)
		if err != nil {
			continue // it has ended
		}
		for _, t := range threads {
			list = append(list, t.PID)
		}
	}
	return list, err
}

// each says how many there were for each of n calls.
func (c counters) each(n int) string {
	if c.err != nil {
		return fmt.Sprintf("; system calls are not counted: %v", c.err)
	}
	return fmt.Sprintf(", %.0f system calls, %.2f syncs", float64(sum(c.calls))/float64(n), float64(sum(c.syncs))/float64(n))
}

func sum(events []int) (n uint64) {
	var value [8]byte
	for _, fd := range events {
		if _, err := unix.Read(fd, value[:]); err == nil {
			n += binary.NativeEndian.Uint64(value[:])
		}
	}
	return n
}

func (c counters) close() {
	for _, fd := range append(c.calls, c.syncs...) {
		unix.Close(fd)
	}
}
