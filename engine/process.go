package engine

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/fn-slack/fn-slack/engine/wire"
)

// startTimeout is for a machine on its knees; a worker starts in a few
// milliseconds.
const startTimeout = 20 * time.Second

// process is a render worker seen from its parent. It belongs to one goroutine
// at a time, as the pool hands it out.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.Closer
	out    wire.FrameWriter
	in     *bufio.Reader
	stderr headBuffer
	exited chan struct{} // closed when it has been waited for
	limits wire.Limits
	held   []wire.Barrier  // as it says of itself
	loaded map[string]bool // keys of the programs that it holds
	cpu    int64           // microseconds that it had used at its last answer
	memory int64           // bytes that it held at its last answer
	idle   time.Time       // since when the pool has it
	slow   *time.Timer     // of the pool
}

// startProcess returns a worker that has said that it is ready. It tells launched when
// there is a process.
func startProcess(ctx context.Context, command []string, limits wire.Limits, launched func()) (*process, error) {
	cmd := exec.Command(command[0], command[1:]...)
	// One allocator arena: those of glibc would use up the address space.
	cmd.Env = []string{"TZ=UTC", "GOMAXPROCS=1", "MALLOC_ARENA_MAX=1"}
	if wire.RaceEnabled {
		cmd.Env = append(cmd.Env, "GORACE=atexit_sleep_ms=0") // or every worker takes a second to end
	}
	p := &process{cmd: cmd, exited: make(chan struct{}), limits: limits, loaded: map[string]bool{}}
	cmd.Stderr = &p.stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	// A pipe of our own, because Wait would close that of StdoutPipe while a
	// last answer is still being read.
	stdout, childStdout, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = childStdout
	started := make(chan error, 1)
	go func() {
		defer close(p.exited)
		runCommand(cmd, started)
	}()
	err = <-started
	childStdout.Close()
	if err != nil {
		stdout.Close()
		return nil, fmt.Errorf("start a render worker: %w", err)
	}
	launched()
	p.stdin, p.out.W = stdin, stdin
	p.stdout, p.in = stdout, bufio.NewReaderSize(stdout, 16<<10)
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, p.kill)
	err = p.out.Write(wire.FrameHello, wire.Hello{Limits: limits}, nil)
	if err == nil {
		err = p.greeted()
	}
	if !stop() && err == nil { // it is being killed, although it has answered
		err = ctx.Err()
	}
	if err != nil {
		p.end()
		said, _, _ := strings.Cut(p.stderr.String(), "\n")
		if said == "" { // such as where a filter of the service manager kills it
			said = p.cmd.ProcessState.String()
		}
		return nil, fmt.Errorf("start a render worker: %w: %s", err, said)
	}
	return p, nil
}

// greeted reads the answer to the greeting.
func (p *process) greeted() error {
	f, _, err := p.read()
	if err != nil {
		return err
	}
	if err := json.Unmarshal(f.Body, &p.held); err != nil {
		return wire.ErrNonsense
	}
	return nil
}

func (p *process) kill() { _ = p.cmd.Process.Kill() }

// stop lets an idle worker end by itself, and waits for it.
func (p *process) stop() {
	p.stdin.Close()
	select {
	case <-p.exited:
	case <-time.After(time.Second):
	}
	p.end()
}

// end kills a worker, dead or alive, and waits for it.
func (p *process) end() {
	p.kill()
	<-p.exited
	p.stdin.Close()
	p.stdout.Close()
}

func (p *process) dead() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// read returns the next frame with its header.
func (p *process) read() (wire.Frame, wire.Reply, error) {
	f, err := wire.ReadFrame(p.in, wire.MaxFrame, nil)
	if err != nil {
		return f, wire.Reply{}, err
	}
	var r wire.Reply
	if len(f.Header) > 0 {
		if r, err = wire.ReadReply(f.Header); err != nil {
			return f, r, fmt.Errorf("header of frame %c: %w", f.Kind, err)
		}
		if r.CPU != 0 {
			p.cpu = r.CPU
		}
		if r.Memory != 0 {
			p.memory = r.Memory
		}
	}
	return f, r, nil
}

// used is the processor time in microseconds of a worker that has just answered or
// has been lost.
func (p *process) used(lost bool) int64 {
	if lost {
		return p.lifeCPU()
	}
	return p.cpu
}

// lifeCPU is the processor time of a dead worker in microseconds.
func (p *process) lifeCPU() int64 {
	<-p.exited
	s := p.cmd.ProcessState
	return (s.UserTime() + s.SystemTime()).Microseconds()
}

// death says why a worker is gone, from its status and what it said last.
func (p *process) death(timedOut bool) *wire.Error {
	<-p.exited
	if timedOut {
		w := wire.TimeoutError(p.limits.Time)
		w.Hint = "the time went into a single built-in call, such as a regular expression or the building of a huge value, so the line is not known"
		return w
	}
	said := p.stderr.String()
	switch {
	case strings.Contains(said, "stack exceeds") || strings.Contains(said, "stack overflow"):
		return &wire.Error{
			Kind:    wire.KindStack,
			Message: "the data or the source is nested too deeply",
			Limit:   fmt.Sprintf("native stack %d MiB", wire.MaxGoStack>>20),
		}
	case strings.Contains(said, "out of memory") || strings.Contains(said, "cannot allocate memory") || runtimeFault().MatchString(said):
		return &wire.Error{
			Kind:    wire.KindMemory,
			Message: fmt.Sprintf("used more than %d MiB of memory", p.limits.Memory>>20),
			Limit:   fmt.Sprintf("memory %d MiB", p.limits.Memory>>20),
		}
	}
	return &wire.Error{Kind: wire.KindCrash, Message: "the render worker died: " + p.lastWords(), Limit: "worker process"}
}

// lastWords is the first line of what a dead worker said, or how it ended.
func (p *process) lastWords() string {
	<-p.exited
	first, _, _ := strings.Cut(p.stderr.String(), "\n")
	return wire.Cut(cmp.Or(first, p.cmd.ProcessState.String()), 300)
}

// runtimeFault is a memory fault inside of Go's own runtime. It does not check
// every answer of the kernel, so this is how a refused allocation can look.
var runtimeFault = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?s)^(?:fatal error: )?(?:unexpected signal|SIGSEGV: segmentation violation).*?\n\ngoroutine[^\n]*\nruntime\.`)
})

// headBuffer keeps the beginning of what is written to it: Go says first why
// a program dies, and then pages of goroutines.
type headBuffer struct {
	mu sync.Mutex
	b  []byte
}

const headSize = 4 << 10

func (h *headBuffer) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if room := headSize - len(h.b); room > 0 {
		h.b = append(h.b, b[:min(room, len(b))]...)
	}
	return len(b), nil
}

func (h *headBuffer) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.TrimSpace(string(h.b))
}
