package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine/wire"
	"github.com/fn-slack/fn-slack/engine/worker"
	"github.com/google/go-cmp/cmp"
	landlocksys "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// fullyConfined is an engine with a worker that everything holds. A kernel without
// Landlock is forgiven; all others of these are on every Linux that Go runs on.
func fullyConfined(t *testing.T, files map[string]string) *Engine {
	t.Helper()
	e := start(t, Config{Dir: write(t, files)})
	for _, b := range e.Confinement() {
		_, err := landlocksys.LandlockGetABIVersion()
		if b.Gap != "" && !(b.Name == "Landlock" && noLandlock(err)) {
			t.Errorf("%s does not hold: %s", b.Name, b.Gap)
		}
	}
	if len(e.Confinement()) < 7 {
		t.Fatalf("the worker is held by %v only", e.Confinement())
	}
	return e
}

func TestAWorkerReachesNothing(t *testing.T) {
	e := fullyConfined(t, map[string]string{"a.js": `export default { format: (m) => host.reach(m.name, JSON.stringify(m.goal)) }`})
	pid, g := workerPID(t, e), newTarget(t)
	for _, r := range reaches {
		t.Run(r.name, func(t *testing.T) {
			if r.fair {
				if err := r.try(g); errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.ENOSYS) {
					t.Skipf("this test is itself confined: %v", err)
				} else if err != nil {
					t.Fatalf("an ordinary process cannot do it either: %v", err)
				}
			}
			input, err := json.Marshal(map[string]any{"name": r.name, "goal": g})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := mustRender(t, e, string(input)), refusal(r.name).Error(); !strings.HasPrefix(got, `"refused: `) || !strings.Contains(got, want) {
				t.Errorf("got %s, want %q", got, want)
			}
		})
	}
	if !slices.Contains(workerPIDs(e), pid) {
		t.Error("the worker has not gone on")
	}
}

// workerPIDs are those of the idle workers: where a render is slow, another worker is
// started.
func workerPIDs(e *Engine) (pids []int) {
	e.pool.mu.Lock()
	defer e.pool.mu.Unlock()
	for _, p := range e.pool.idle {
		pids = append(pids, p.cmd.Process.Pid)
	}
	return pids
}

// workerPID is that of a worker.
func workerPID(t *testing.T, e *Engine) int {
	t.Helper()
	pids := workerPIDs(e)
	if len(pids) == 0 {
		t.Fatal("there is no idle worker")
	}
	return pids[0]
}

// TestEveryThreadOfAWorkerIsConfined asks the kernel.
func TestEveryThreadOfAWorkerIsConfined(t *testing.T) {
	e := fullyConfined(t, map[string]string{"a.js": says("a")})
	output(t, e, "a.js")
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", workerPID(t, e)))
	if err != nil || len(tasks) < 2 {
		t.Fatalf("got %d threads, %v, want several", len(tasks), err)
	}
	want := map[string]string{"NoNewPrivs": "1", "Seccomp": "2"}
	for _, set := range []string{"CapInh", "CapPrm", "CapEff", "CapAmb"} {
		want[set] = "0000000000000000"
	}
	if may(t, unix.CAP_SETPCAP) { // nobody else can empty this one
		want["CapBnd"] = "0000000000000000"
	}
	for _, task := range tasks {
		text, err := os.ReadFile(task)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(line, ":")
			if _, asked := want[name]; asked {
				got[name] = strings.TrimSpace(value)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", task, diff)
		}
	}
}

// may reports whether this test has a capability.
func may(t *testing.T, capability uint) bool {
	t.Helper()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	must(t, unix.Capget(&header, &sets[0]))
	return sets[capability/32].Effective&(1<<(capability%32)) != 0
}

// What the service may do is not touched by starting workers.
func TestTheServiceKeepsItsRights(t *testing.T) {
	rights := func(status string) (lines string) {
		text, err := os.ReadFile(status)
		if err != nil {
			return "" // the thread has ended
		}
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "Cap") || strings.HasPrefix(line, "NoNewPrivs") {
				lines += line
			}
		}
		return lines
	}
	first := rights("/proc/self/status") // of the first thread, which is what others see of a process
	e := startWith(t, map[string]string{"a.js": says("a")})
	output(t, e, "a.js")
	e.Close()
	// The threads that started workers end a moment after these.
	eventually(t, "all threads have the rights of the first", func() bool {
		tasks, _ := filepath.Glob("/proc/self/task/*/status")
		return !slices.ContainsFunc(tasks, func(task string) bool { r := rights(task); return r != "" && r != first })
	})
	if got := rights("/proc/self/status"); got != first {
		t.Errorf("the first thread has\n%swant\n%s", got, first)
	}
}

func TestLimitsOfAWorker(t *testing.T) {
	e := fullyConfined(t, map[string]string{"a.js": says("a")})
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", workerPID(t, e)))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for line := range strings.Lines(string(text)) {
		for _, name := range []string{"Max open files", "Max file size", "Max core file size", "Max cpu time"} {
			if rest, found := strings.CutPrefix(line, name); found {
				got[name] = strings.Join(strings.Fields(rest), " ")
			}
		}
	}
	want := map[string]string{"Max open files": "0 0 files", "Max file size": "0 0 bytes", "Max core file size": "0 0 bytes", "Max cpu time": "3600 3600 seconds"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What a worker holds is only for those to see who may trace every process, because
// it is not dumpable.
func TestWhatAWorkerHolds(t *testing.T) {
	t.Setenv("FN_SLACK_SECRET", "xoxb-stand-in")
	e := fullyConfined(t, map[string]string{"a.js": says("a")})
	proc := fmt.Sprintf("/proc/%d/", workerPID(t, e))
	if !may(t, unix.CAP_SYS_PTRACE) {
		if to, err := os.Readlink(proc + "fd/0"); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("looking at its input gives %q, %v, want a refusal", to, err)
		}
		return
	}
	environ, err := os.ReadFile(proc + "environ")
	if err != nil {
		t.Fatal(err)
	}
	want := "TZ=UTC\x00GOMAXPROCS=1\x00MALLOC_ARENA_MAX=1\x00"
	if wire.RaceEnabled {
		want += "GORACE=atexit_sleep_ms=0\x00"
	}
	if string(environ) != want {
		t.Errorf("its environment is %q, want %q", environ, want)
	}
	fds, err := os.ReadDir(proc + "fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		to, err := os.Readlink(proc + "fd/" + fd.Name())
		if err != nil {
			t.Fatal(err)
		}
		n, _ := strconv.Atoi(fd.Name())
		pipe := strings.HasPrefix(to, "pipe:")
		poller := to == "anon_inode:[eventpoll]" || to == "anon_inode:[eventfd]"
		limit := strings.HasPrefix(to, "/sys/fs/cgroup/") // of the processors that it may use; Go keeps it open
		if n <= 2 && !pipe || n > 2 && !poller && !limit {
			t.Errorf("descriptor %d is %s", n, to)
		}
	}
}

// A descriptor that the service has from the shell, without knowing, does not
// reach a worker.
func TestInheritedDescriptorsAreClosed(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	inherited, err := unix.Dup(int(w.Fd())) // without the mark that closes it on exec
	if err != nil {
		t.Fatal(err)
	}
	e := fullyConfined(t, map[string]string{"a.js": says("a")})
	must(t, unix.Close(inherited))
	must(t, w.Close())
	must(t, r.SetReadDeadline(time.Now().Add(10*time.Second)))
	if _, err := r.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("reading gives %v, want the end: the worker holds the other side", err)
	}
	output(t, e, "a.js")
}

// alone is set where this test binary runs one test in a process of its own, to put
// up a single barrier in it: to its target.
const alone = "FN_SLACK_TEST_ALONE"

// runAlone runs the calling test in a process of its own. There it reports true, and
// what that process is to reach for, as reach takes it.
func runAlone(t *testing.T) (goal string, here bool) {
	t.Helper()
	if goal := os.Getenv(alone); goal != "" {
		return goal, true
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(newTarget(t))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), alone+"="+string(b))
	out, err := cmd.CombinedOutput()
	switch {
	case strings.Contains(string(out), "--- SKIP"):
		t.Skipf("%s", out)
	case err != nil || !strings.Contains(string(out), "--- PASS"):
		t.Errorf("%v\n%s", err, out)
	}
	return "", false
}

// onThreads runs f in several threads at a time, some of which are new.
func onThreads(f func()) {
	var ready, all sync.WaitGroup
	const threads = 8
	ready.Add(threads)
	for range threads {
		all.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			ready.Done()
			ready.Wait()
			f()
		})
	}
	all.Wait()
}

// Landlock holds files and connections in all threads where there is no seccomp.
func TestLandlockAlone(t *testing.T) {
	goal, here := runAlone(t)
	if !here {
		return
	}
	onThreads(func() {}) // they are there before Landlock is
	if err := worker.DenyPaths(); noLandlock(err) {
		t.Skip("this kernel has no Landlock")
	} else if err != nil {
		t.Fatal(err)
	}
	onThreads(func() {
		for _, what := range []string{"open a file", "open with openat2", "list a folder", "write a file", "remove a file", "run a program"} {
			if got := reach(what, goal); !strings.HasPrefix(got, "refused: ") || !strings.Contains(got, unix.EACCES.Error()) {
				t.Errorf("%s: %s, want a refusal", what, got)
			}
		}
	})
}

// seccomp holds in all threads where there is no Landlock, and where the limits are
// not lowered.
func TestSeccompAlone(t *testing.T) {
	goal, here := runAlone(t)
	if !here {
		return
	}
	onThreads(func() { time.AfterFunc(time.Hour, func() {}).Stop() }) // the poller is there before the filter is
	if err := worker.FilterCalls(); err != nil {
		t.Fatal(err)
	}
	onThreads(func() {
		for _, r := range reaches {
			if got, want := reach(r.name, goal), refusal(r.name).Error(); !strings.HasPrefix(got, "refused: ") || !strings.Contains(got, want) {
				t.Errorf("%s: %s, want %q", r.name, got, want)
			}
		}
	})
}

func noLandlock(err error) bool {
	return errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EOPNOTSUPP) // not in the kernel; not switched on
}
