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
		// A page that several processes share, as the program itself is, counts for
		// each in part: in their sum it is there once.
		// Only root may look so closely at a render worker, which confines itself;
		// for everybody else the pages count that it shares with nobody.
		if maps, err := p.ProcSMapsRollup(); err == nil {
			m.resident += float64(maps.Pss) / (1 << 20)
		} else if status, err := p.NewStatus(); err == nil {
			m.resident += float64(status.RssAnon) / (1 << 20)
		}
	}
	if !service {
		return m, fmt.Errorf("/proc has no process %d", pid)
	}
	return m, nil
}
