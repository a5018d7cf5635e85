package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine/wire"
)

func (p *pool) counts() (total, idle int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.total, len(p.idle)
}

func TestWorkersFollowTheLoad(t *testing.T) {
	e := start(t, Config{Dir: write(t, map[string]string{"a.js": says("a")}), MaxWorkers: 2})
	one := func() bool { total, idle := e.pool.counts(); return total == 1 && idle == 1 }
	eventually(t, "after loading there is one worker", one) // on a slow machine there are two for a second
	output(t, e, "a.js")
	eventually(t, "after a message there is one worker", one)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if got := output(t, e, "a.js"); got != "a" {
					t.Errorf("got %q, want a", got)
				}
				if total, _ := e.pool.counts(); total > 3 {
					t.Errorf("there are %d workers, want at most two and one in the place of a slow one", total)
				}
			}
		})
	}
	wg.Wait()
	eventually(t, "after a quiet time there is one worker", one)
	if got := output(t, e, "a.js"); got != "a" {
		t.Errorf("the last worker gives %q, want a", got)
	}
}

// Who comes after a script that hangs does not wait for another worker to start.
func TestASlowWorkerGetsASuccessorBeforeItIsLost(t *testing.T) {
	e := start(t, Config{
		Dir:        write(t, map[string]string{"a.js": "export default { format() { for (;;); } }"}),
		Limits:     wire.Limits{Time: time.Minute},
		MaxWorkers: 1,
	})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := e.Render(ctx, Request{Scripts: []*Script{e.Scripts().Script("a.js")}, Input: json.RawMessage("{}")})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the end of the context", err)
		}
	})
	eventually(t, "another worker is there", func() bool { total, idle := e.pool.counts(); return total == 2 && idle == 1 })
	cancel()
	wg.Wait()
}

func TestAWorkerStartsBeforeThereAreScripts(t *testing.T) {
	e := start(t, Config{Dir: t.TempDir()})
	eventually(t, "a worker is there", func() bool { _, idle := e.pool.counts(); return idle == 1 })
}

func TestAWorkerThatSomebodyKilledIsReplaced(t *testing.T) {
	e := startWith(t, map[string]string{"a.js": says("a")})
	for range 3 {
		e.pool.mu.Lock()
		for _, w := range e.pool.idle {
			w.kill()
			<-w.exited
		}
		e.pool.mu.Unlock()
		if got := output(t, e, "a.js"); got != "a" {
			t.Errorf("got %q, want a", got)
		}
		eventually(t, "there is one worker", func() bool { total, idle := e.pool.counts(); return total == 1 && idle == 1 })
	}
}

func TestCloseEndsAllWorkers(t *testing.T) {
	e := startWith(t, map[string]string{"a.js": says("a"), "b.js": `export default { format() { for (;;); } }`})
	output(t, e, "a.js")
	var pids []int
	e.pool.mu.Lock()
	for _, w := range e.pool.idle {
		pids = append(pids, w.cmd.Process.Pid)
	}
	e.pool.mu.Unlock()
	var wg sync.WaitGroup
	wg.Go(func() { output(t, e, "b.js") })
	e.Close()
	wg.Wait()
	for _, pid := range pids {
		if p, err := os.FindProcess(pid); err == nil && runtime.GOOS != "windows" && p.Signal(syscall.Signal(0)) == nil {
			t.Errorf("the worker %d is still there", pid)
		}
	}
	_, err := e.Render(context.Background(), Request{Scripts: []*Script{e.Scripts().Script("a")}, Input: json.RawMessage("{}")})
	if !errors.Is(err, errClosed) {
		t.Errorf("got %v, want %v", err, errClosed)
	}
	e.Close() // twice is no harm
}

func newTestProcess(t *testing.T) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p, err := startProcess(context.Background(), []string{self, WorkerArg}, wire.Limits{}.WithDefaults(), func() {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.end)
	return p
}

// An answer that comes while the watchdog strikes counts, but the worker is no
// longer one for the next script.
func TestAnAnswerInTheLastMoment(t *testing.T) {
	// late is a worker that gives its answer after the watchdog has killed it.
	late := func(kind wire.FrameKind, body string) *process {
		p := newTestProcess(t)
		answers, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { answers.Close() })
		p.in, p.out.W = bufio.NewReader(answers), io.Discard
		p.limits.Time, p.limits.LoadTime = time.Millisecond, time.Millisecond
		go func() {
			defer w.Close()
			<-p.exited
			out := wire.FrameWriter{W: w}
			if err := out.Write(kind, wire.Reply{}, []byte(body)); err != nil {
				t.Error(err)
			}
		}()
		return p
	}
	s := &Script{Name: "a.js", SHA256: "1"}
	p := late(wire.FrameOutput, `"a"`)
	p.loaded[s.key()] = true
	a := p.render(t.Context(), []*Script{s}, 0, Request{Input: []byte("{}")}, true)
	if string(a.output) != `"a"` || !a.lost {
		t.Errorf("got %s, lost %v; want the answer and a worker that is lost", a.output, a.lost)
	}

	died, err := late(wire.FrameReady, "").program(t.Context(), s, true)
	var timeout *wire.Error
	if !died || !errors.As(err, &timeout) || timeout.Kind != wire.KindTimeout {
		t.Errorf("a load that is late: died %v, %v; want a timeout", died, err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if dog := p.guard(ctx, time.Hour); !dog.stop() {
		t.Error("a watchdog whose context has ended is not late")
	}
	if dog := p.guard(t.Context(), time.Hour); dog.stop() {
		t.Error("a watchdog in time is late")
	}
}

func TestAWorkerEndsWithItsInput(t *testing.T) {
	p := newTestProcess(t)
	p.stdin.Close()
	eventually(t, "the worker has ended", p.dead)
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("it exits with %d, want 0: %s", code, p.stderr.String())
	}
}

// A terminal sends its interrupt to the whole group, and a service manager its
// request to end; the parent still needs its workers then.
func TestAWorkerOutlivesSignalsToTheGroup(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no such signals")
	}
	p := newTestProcess(t)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		must(t, p.cmd.Process.Signal(s))
	}
	if _, _, err := p.bundle(context.Background(), wire.BundleRequest{Entry: "a.js", Files: map[string]string{"a.js": says("a")}}); err != nil {
		t.Errorf("after the signals: %v", err)
	}
}

func TestAWorkerSeesNothingOfItsParent(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /proc")
	}
	t.Setenv("SECRET_OF_THE_SERVICE", "x")
	p := newTestProcess(t)
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "environ"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.TrimSuffix(strings.TrimRight(string(b), "\x00"), "\x00GORACE=atexit_sleep_ms=0"), "TZ=UTC\x00GOMAXPROCS=1\x00MALLOC_ARENA_MAX=1"; got != want {
		t.Errorf("the environment is %q, want %q", got, want)
	}
	files, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "fd"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		target, _ := os.Readlink(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "fd", f.Name()))
		// The runtime of Go itself opens the files of its control group.
		if !strings.HasPrefix(target, "pipe:") && !strings.HasPrefix(target, "anon_inode:") && !strings.HasPrefix(target, "/sys/fs/cgroup/") && target != os.DevNull {
			t.Errorf("it holds %s", target)
		}
	}
}

func TestAnIdleEngineIsSmall(t *testing.T) {
	if runtime.GOOS != "linux" || wire.RaceEnabled {
		t.Skip("needs /proc, and no race detector")
	}
	p := newTestProcess(t)
	if got := resident(p.cmd.Process.Pid); got > 24<<20 {
		t.Errorf("an idle worker holds %d MiB, want at most 24", got>>20)
	} else {
		t.Logf("an idle worker holds %d KiB", got>>10)
	}
}

func TestDeathsAreToldApart(t *testing.T) {
	limits := wire.Limits{}.WithDefaults()
	for name, tt := range map[string]struct {
		said string
		want wire.Kind
	}{
		"heap":           {"runtime: out of memory: cannot allocate 268435456-byte block (4128768 in use)\nfatal error: out of memory\n", wire.KindMemory},
		"stack":          {"runtime: goroutine stack exceeds 16777216-byte limit\nfatal error: stack overflow\n", wire.KindStack},
		"refused thread": {"runtime: failed to create new OS thread (have 5 already; errno=11)\nruntime: cannot allocate memory\nfatal error: newosproc\n", wire.KindMemory},
		"collector":      {"SIGSEGV: segmentation violation\nPC=0x4399fd m=5 sigcode=1 addr=0x0\n\ngoroutine 0 gp=0x34 m=5 mp=0x34 [idle]:\nruntime.(*spanQueue).tryDrain(0x400?, 0x0?, 0x0?)\n", wire.KindMemory},
		"our own fault":  {"SIGSEGV: segmentation violation\nPC=0x4399fd m=5 sigcode=1 addr=0x0\n\ngoroutine 1 gp=0x34 m=5 mp=0x34 [running]:\ngithub.com/dop251/goja.x()\n", wire.KindCrash},
		"nothing":        {"", wire.KindCrash},
	} {
		p := newTestProcess(t)
		p.limits = limits
		p.kill()
		<-p.exited
		_, _ = p.stderr.Write([]byte(tt.said)) // never fails
		if got := p.death(false); got.Kind != tt.want || got.Message == "" || got.Limit == "" {
			t.Errorf("%s: got %s %q (limit %q), want %s", name, got.Kind, got.Message, got.Limit, tt.want)
		}
	}
}
