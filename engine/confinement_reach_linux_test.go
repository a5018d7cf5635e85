package engine

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// target is what a worker is told to reach for. All of it is there.
type target struct {
	PID    int     // of its parent
	Memory uintptr // of its parent, 8 bytes
	Dir    string  // that may be read and written
	File   string  // in Dir
	TCP    string
	Unix   string // a socket in Dir
	Hidden string // an abstract socket
}

// reaches are what no script must get a worker to do, whatever is wrong with goja
// or esbuild. Those that are fair work in an ordinary process.
var reaches = []struct {
	name string
	fair bool
	try  func(target) error
}{
	{"open a file", true, func(g target) error { f, err := os.Open(g.File); return shut(f, err) }},
	{"open one that is in every process", true, func(target) error { f, err := os.Open("/proc/self/maps"); return shut(f, err) }},
	{"open with openat2", true, func(g target) error {
		fd, err := unix.Openat2(unix.AT_FDCWD, g.File, &unix.OpenHow{})
		return shutFD(fd, err)
	}},
	{"look at a file", true, func(g target) error { _, err := os.Stat(g.File); return err }},
	{"list a folder", true, func(g target) error { _, err := os.ReadDir(g.Dir); return err }},
	{"write a file", true, func(g target) error { return os.WriteFile(filepath.Join(g.Dir, "new"), nil, 0o600) }},
	{"remove a file", false, func(g target) error { return os.Remove(g.File) }},
	{"make a file without a name", true, func(target) error { fd, err := unix.MemfdCreate("x", 0); return shutFD(fd, err) }},
	{"make a pipe", true, func(target) error { return unix.Pipe2(make([]int, 2), 0) }},
	{"copy a descriptor", true, func(target) error { fd, err := unix.Dup(0); return shutFD(fd, err) }},
	{"connect with TCP", true, func(g target) error { return dial("tcp", g.TCP) }},
	{"connect to a socket in a folder", true, func(g target) error { return dial("unix", g.Unix) }},
	{"connect to an abstract socket", true, func(g target) error { return dial("unix", g.Hidden) }},
	{"listen", true, func(target) error {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err == nil {
			l.Close()
		}
		return err
	}},
	{"make a socket of UDP", true, func(target) error { return shutFD(unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)) }},
	{"make a socket of netlink", true, func(target) error { return shutFD(unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, 0)) }},
	{"make two sockets", true, func(target) error {
		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		_ = shutFD(fds[0], err)
		return shutFD(fds[1], err)
	}},
	{"run a program", true, func(target) error { return exec.Command("/proc/self/exe", "-test.run=^$").Run() }},
	{"become a program", false, func(target) error { return syscall.Exec("/proc/self/exe", []string{"x", "-test.run=^$"}, nil) }},
	{"make a process", false, func(target) error {
		pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
		if errno == 0 && pid == 0 {
			unix.Exit(0)
		}
		return failed(errno)
	}},
	{"make a process with clone3", false, func(target) error {
		args := [11]uint64{4: uint64(unix.SIGCHLD)}
		pid, _, errno := unix.RawSyscall(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&args)), unsafe.Sizeof(args), 0)
		if errno == 0 && pid == 0 {
			unix.Exit(0)
		}
		return failed(errno)
	}},
	{"signal its parent", true, func(g target) error { return unix.Kill(g.PID, 0) }},
	{"signal a thread of its parent", true, func(g target) error { return unix.Tgkill(g.PID, g.PID, 0) }},
	{"signal everybody", false, func(target) error { return unix.Kill(-1, 0) }},
	{"hold its parent", true, func(g target) error { fd, err := unix.PidfdOpen(g.PID, 0); return shutFD(fd, err) }},
	{"trace its parent", false, func(g target) error { return unix.PtraceAttach(g.PID) }},
	{"read its parent's memory", true, func(g target) error {
		b := make([]byte, 8)
		local := []unix.Iovec{{Base: &b[0], Len: 8}}
		_, err := unix.ProcessVMReadv(g.PID, local, []unix.RemoteIovec{{Base: g.Memory, Len: 8}}, 0)
		return err
	}},
	{"write its parent's memory", true, func(g target) error {
		b := make([]byte, 8)
		local := []unix.Iovec{{Base: &b[0], Len: 8}}
		_, err := unix.ProcessVMWritev(g.PID, local, []unix.RemoteIovec{{Base: g.Memory, Len: 8}}, 0)
		return err
	}},
	{"change its parent's limits", true, func(g target) error {
		var was unix.Rlimit
		return unix.Prlimit(g.PID, unix.RLIMIT_CORE, nil, &was)
	}},
	{"lift its limits", false, func(target) error {
		return unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 64, Max: 64})
	}},
	{"become dumpable", false, func(target) error { return unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0) }},
	{"become another user", false, func(target) error { return failed(raw(unix.SYS_SETUID, 1)) }},
	{"map memory that can hold code", true, func(target) error {
		b, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_ANON|unix.MAP_PRIVATE)
		if err == nil {
			err = unix.Munmap(b)
		}
		return err
	}},
	{"make memory hold code", true, func(target) error {
		b, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
		if err != nil {
			return nil // it must be the next step that fails
		}
		defer unix.Munmap(b)
		return unix.Mprotect(b, unix.PROT_READ|unix.PROT_EXEC)
	}},
	{"mount", false, func(g target) error { return unix.Mount("none", g.Dir, "tmpfs", 0, "") }},
	{"change its root", false, func(g target) error { return unix.Chroot(g.Dir) }},
	{"go to a folder", false, func(g target) error { return unix.Chdir(g.Dir) }},
	{"take a namespace", false, func(target) error { return unix.Unshare(unix.CLONE_NEWUSER) }},
	{"use io_uring", false, func(target) error {
		var p [120]byte
		return failed(raw(unix.SYS_IO_URING_SETUP, 1, uintptr(unsafe.Pointer(&p))))
	}},
	{"use bpf", false, func(target) error {
		var a [128]byte
		return failed(raw(unix.SYS_BPF, 0, uintptr(unsafe.Pointer(&a)), 128))
	}},
	{"use userfaultfd", false, func(target) error { return failed(raw(unix.SYS_USERFAULTFD, 1)) }},
	{"use the keyring", false, func(target) error { _, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, true); return err }},
	{"watch with perf", false, func(target) error {
		_, err := unix.PerfEventOpen(&unix.PerfEventAttr{}, 0, -1, -1, 0)
		return err
	}},
	{"share memory", false, func(target) error {
		_, err := unix.SysvShmGet(unix.IPC_PRIVATE, 4096, unix.IPC_CREAT|0o600)
		return err
	}},
	{"read the names of files from the kernel", false, func(g target) error { _, err := unix.Getxattr(g.File, "user.x", nil); return err }},
}

func failed(errno syscall.Errno) error {
	if errno != 0 {
		return errno
	}
	return nil
}

func raw(call uintptr, args ...uintptr) syscall.Errno {
	args = append(args, 0, 0, 0)
	_, _, errno := unix.Syscall(call, args[0], args[1], args[2])
	return errno
}

func shut(f *os.File, err error) error {
	if err == nil {
		err = f.Close()
	}
	return err
}

func shutFD(fd int, err error) error {
	if err == nil {
		err = unix.Close(fd)
	}
	return err
}

func dial(network, address string) error {
	c, err := net.DialTimeout(network, address, 5*time.Second)
	if err == nil {
		err = c.Close()
	}
	return err
}

// reach is the host function by which a script of the tests tries one of reaches.
// It says what came of it.
func reach(name, goal string) string {
	var g target
	if err := json.Unmarshal([]byte(goal), &g); err != nil {
		return "bad goal: " + err.Error()
	}
	for _, r := range reaches {
		if r.name == name {
			if err := r.try(g); err != nil {
				return "refused: " + err.Error()
			}
			return "reached"
		}
	}
	return "no such reach"
}

func newTarget(t *testing.T) target {
	t.Helper()
	g := target{PID: os.Getpid(), Dir: t.TempDir()}
	word := new([8]byte)
	g.Memory = uintptr(unsafe.Pointer(word))
	t.Cleanup(func() { runtime.KeepAlive(word) })
	g.File = filepath.Join(g.Dir, "file")
	must(t, os.WriteFile(g.File, []byte("text"), 0o644))
	listen := func(network, address string) string {
		l, err := net.Listen(network, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		return l.Addr().String()
	}
	g.TCP = listen("tcp", "127.0.0.1:0")
	g.Unix = listen("unix", filepath.Join(g.Dir, "s"))
	g.Hidden = listen("unix", fmt.Sprintf("@fn-slack-test-%d", g.PID))
	return g
}

// refusal is how the kernel refuses one of reaches to a worker.
func refusal(name string) syscall.Errno {
	switch name {
	case "make a process with clone3":
		return unix.ENOSYS
	case "become dumpable":
		return unix.EINVAL
	}
	return unix.EPERM
}
