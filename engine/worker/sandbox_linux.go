package worker

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/fn-slack/fn-slack/engine/wire"
	"github.com/landlock-lsm/go-landlock/landlock"
	landlocksys "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// confine takes from this process, for good and in all its threads, whatever it
// could reach beside its pipes. goja and esbuild open nothing as it is; this holds
// when one of them, or we, have that wrong.
//
// The order matters: each step takes something that those before it need. What
// the kernel or a container refuses is reported, and the others are put up all the
// same.
func confine() []wire.Barrier {
	startPoller()
	return []wire.Barrier{
		wire.NewBarrier("own descriptors", closeInherited()),
		wire.NewBarrier("no capabilities", noCapabilities()),
		wire.NewBarrier("no new privileges", unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)),
		wire.NewBarrier("Landlock", DenyPaths()),
		wire.NewBarrier("resource limits", limitResources()),
		wire.NewBarrier("not dumpable", unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)),
		wire.NewBarrier("seccomp", FilterCalls()),
	}
}

// startPoller has Go's runtime open the two descriptors by which it waits for
// pipes and timers. It does so at the first that runs, and dies if it cannot.
func startPoller() { time.AfterFunc(time.Hour, func() {}).Stop() }

// closeInherited closes what the service was itself started with and has passed
// on unknowingly: a log of the shell's, a socket of the service manager's. Go's
// runtime has files of its own open here, which are told by their mark: what is
// closed on exec has not come through one.
func closeInherited() error {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			return err
		}
		if fd <= 2 {
			continue
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			if err := unix.Close(fd); err != nil {
				return fmt.Errorf("close descriptor %d: %w", fd, err)
			}
		}
	}
	return nil
}

// DenyPaths lets Landlock refuse everything that the kernel's version of it knows:
// all of the file system, ports, and where it can, sockets and signals of others.
// A program with cgo can still list its own threads on kernels before 7.0, because
// what reaches all of them has to find them.
func DenyPaths() error {
	// BestEffort is silent where there is nothing at all.
	if _, err := landlocksys.LandlockGetABIVersion(); err != nil {
		return err
	}
	return landlock.V11.BestEffort().Restrict()
}

// cpuBackstop ends a worker that runs on although its parent is gone and its own
// timers do not strike. A parent replaces its workers long before (retireCPU).
const cpuBackstop = time.Hour

// limitResources leaves no room for a new descriptor, nor for a byte in a file.
// There is no limit on processes, because that would count the threads of the whole
// user; seccomp refuses new processes.
func limitResources() error {
	for _, l := range []struct {
		name     string
		resource int
		max      uint64
	}{
		{"open files", unix.RLIMIT_NOFILE, 0},
		{"file size", unix.RLIMIT_FSIZE, 0}, // pipes have none
		{"processor time", unix.RLIMIT_CPU, uint64(cpuBackstop / time.Second)},
	} {
		if err := unix.Setrlimit(l.resource, &unix.Rlimit{Cur: l.max, Max: l.max}); err != nil {
			return fmt.Errorf("limit %s: %w", l.name, err)
		}
	}
	return nil
}

// noCapabilities looks whether this process has been started without any.
func noCapabilities() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&header, &sets[0]); err != nil {
		return err
	}
	if sets != [2]unix.CapUserData{} {
		return fmt.Errorf("this process has some: %x", sets)
	}
	return nil
}
