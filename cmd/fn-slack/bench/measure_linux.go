package bench

import (
	"fmt"
	"time"

	"github.com/prometheus/procfs"
)

// tick is the unit of the times in /proc/PID/stat, USER_HZ, which is 100 on
// every Linux that Go runs on.
const tick = 10 * time.Millisecond

// measure asks /proc about a service and its render workers, which are its
// children.
func measure(pid int) (m measured, err error) {
	all, err := procfs.AllProcs()
	if err != nil {
		return m, err
	}
	service := false
	var proportional, own, files uint64 // bytes
	for _, p := range all {
		stat, err := p.Stat()
		if err != nil || stat.PID != pid && stat.PPID != pid {
			continue // it has ended meanwhile, or is somebody else
		}
		used := time.Duration(stat.UTime+stat.STime) * tick
		if stat.PID == pid {
			service = true
			m.own = used
			m.cpu += time.Duration(stat.CUTime+stat.CSTime) * tick
		}
		m.cpu += used
		m.processes++
		if status, err := p.NewStatus(); err == nil {
			own += status.RssAnon
			files = max(files, status.RssFile)
		}
		rollup, err := p.ProcSMapsRollup()
		if err != nil || rollup.Pss == 0 {
			m.how = " (resident; the exact PSS of a worker only root may read)"
		}
		proportional += rollup.Pss
	}
	if m.how != "" {
		// What has a file behind it, as the program itself, is the same in all of
		// them and counts once: as much as the one with the most has of it.
		proportional = own + files
	}
	m.memory = float64(proportional) / (1 << 20)
	if !service {
		return m, fmt.Errorf("/proc has no process %d", pid)
	}
	return m, nil
}
