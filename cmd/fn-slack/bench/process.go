package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// measuredService is the service as a process of its own.
type measuredService struct {
	cmd     *exec.Cmd
	begun   time.Time
	startup time.Duration // from the start of the process to its subscription
	how     string        // its memory was found out, see measured
	read    chan struct{} // closed when its log has ended
}

// startMeasured starts the service and returns when it is subscribed.
func startMeasured(ctx context.Context, config string) (*measuredService, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "run", "--config-file", config)
	cmd.Env = append(os.Environ(), "APP_LOCK_FILE="+filepath.Join(filepath.Dir(config), "lock")) // a service may run on this machine
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	s := &measuredService{cmd: cmd, begun: time.Now(), read: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	subscribed := make(chan time.Duration, 1)
	var log strings.Builder // until it is subscribed; read after read is closed
	go func() {
		defer close(s.read)
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			if strings.Contains(lines.Text(), "subscribed") {
				subscribed <- time.Since(s.begun)
				break
			}
			log.WriteString(lines.Text() + "\n")
		}
		_, _ = io.Copy(io.Discard, stderr)
	}()
	select {
	case s.startup = <-subscribed:
		return s, nil
	case <-time.After(30 * time.Second):
		s.end()
	case <-s.read:
		s.end()
	}
	return nil, fmt.Errorf("the service does not start:\n%s", &log)
}

// end is SIGTERM.
func (s *measuredService) end() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	<-s.read
	_ = s.cmd.Wait() // how it ended is not what is measured
}

// measured is what a service and its render workers use.
type measured struct {
	processes int
	memory    float64       // MiB, all together
	how       string        // memory was found out, where it is not the exact way
	cpu       time.Duration // of all, ended workers included
	own       time.Duration // of the service itself
}
