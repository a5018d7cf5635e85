package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// measuredService is the service as a process of its own.
type measuredService struct {
	cmd     *exec.Cmd
	startup time.Duration // from the start of the process to its subscription
	read    chan struct{} // closed when its log has ended
}

// startMeasured starts the service and returns when it is subscribed.
func startMeasured(ctx context.Context, config string) (*measuredService, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "run", "--config-file", config)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &measuredService{cmd: cmd, read: make(chan struct{})}
	subscribed := make(chan time.Duration, 1)
	var log strings.Builder // until it is subscribed; read after read is closed
	go func() {
		defer close(s.read)
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			if strings.Contains(lines.Text(), "subscribed") {
				subscribed <- time.Since(begun)
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

// measured is what /proc says of the service and its render workers.
type measured struct {
	processes int
	resident  float64       // MiB, all together
	cpu       time.Duration // of all, ended workers included
	own       time.Duration // of the service itself
}

func (s *measuredService) measure() (m measured, err error) {
	pid := s.cmd.Process.Pid
	own, dead, err := cpuOf(pid)
	if err != nil {
		return m, err
	}
	m.own, m.cpu = own, own+dead
	all := append(children(pid), pid)
	for _, p := range all {
		if p != pid {
			cpu, _, err := cpuOf(p)
			if err != nil {
				continue // it has ended meanwhile
			}
			m.cpu += cpu
		}
		m.processes++
	}
	m.resident = residentOf(all)
	return m, nil
}

// tick is the unit of /proc/PID/stat, USER_HZ, which is 100 on every Linux that
// Go runs on.
const tick = 10 * time.Millisecond

// cpuOf reads the time that a process has used, and that of its ended children:
// fields 14 to 17 of proc_pid_stat(5).
func cpuOf(pid int) (own, children time.Duration, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	_, after, _ := strings.Cut(string(text), ") ") // the name may have blanks
	fields := strings.Fields(after)
	if len(fields) < 15 {
		return 0, 0, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	var ticks [4]time.Duration
	for i := range ticks {
		n, err := strconv.Atoi(fields[11+i])
		if err != nil {
			return 0, 0, err
		}
		ticks[i] = time.Duration(n) * tick
	}
	return ticks[0] + ticks[1], ticks[2] + ticks[3], nil
}

// children lists the processes whose parent is pid.
func children(pid int) (list []int) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		text, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if err != nil {
			continue
		}
		_, after, _ := strings.Cut(string(text), ") ")
		if f := strings.Fields(after); len(f) > 1 && f[1] == strconv.Itoa(pid) {
			list = append(list, child)
		}
	}
	return list
}

// residentOf is what processes hold together, in MiB; one that has ended holds
// nothing. What has a file behind it, as the program itself, is the same in all of
// them and counts once: as much as the one with the most has of it. There are more
// exact numbers, but of a render worker only root may read them.
func residentOf(pids []int) float64 {
	own, most := 0, 0
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		f := strings.Fields(string(text)) // see proc_pid_statm(5)
		if err != nil || len(f) < 3 {
			continue
		}
		resident, _ := strconv.Atoi(f[1]) // digits
		shared, _ := strconv.Atoi(f[2])
		own += resident - shared
		most = max(most, shared)
	}
	return float64(own+most) * float64(os.Getpagesize()) / (1 << 20)
}
