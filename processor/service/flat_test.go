package service_test

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/procfs"
)

// burst is what one of many bursts on the same connection has cost.
type burst struct {
	rate    float64       // calls a second
	broker  time.Duration // the broker's CPU time a call
	service time.Duration // the service's and its workers'
	heap    float64       // MiB that the broker holds after a full collection
}

// However many calls one connection has brought, the broker is as quick and as
// small as it was. FN_SLACK_TEST_BURSTS and FN_SLACK_TEST_BURST are how many bursts
// there are, and of how many calls. What a leak costs grows with each call, what
// the machine does beside this comes and goes: so the bounds are wide, and the
// broker's own figures count, not how long a burst took.
func TestManyBurstsOnARealBroker(t *testing.T) {
	for _, name := range []string{"ActiveMQ", "RabbitMQ"} {
		t.Run(name, func(t *testing.T) {
			d := newBrokerDrill(t, name)
			if os.Getenv("RUNDIR") == "" {
				t.Skip("RUNDIR does not say where the starters of .ci/brokers keep their brokers")
			}
			d.channels = nil
			for i := range 64 {
				d.channels = append(d.channels, fmt.Sprintf("channel-%d", i))
			}
			d.config["stomp_prefetch"] = ""
			delete(d.config, "stomp_prefetch")
			d.readBroker()
			s := d.start("a")
			d.until("connected", func() bool { return d.net.Accepted() == 1 })
			var all []burst
			for range number("FN_SLACK_TEST_BURSTS", 5) {
				all = append(all, d.burst(s, number("FN_SLACK_TEST_BURST", 1000)))
				last := all[len(all)-1]
				t.Logf("%.0f calls/s; CPU a call: broker %s, service %s; heap of the broker %.1f MiB",
					last.rate, last.broker, last.service, last.heap)
			}
			if n := d.net.Accepted(); n != 1 {
				t.Errorf("%d connections, want one", n)
			}
		})
	}
}

func number(env string, otherwise int) int {
	n, _ := strconv.Atoi(os.Getenv(env))
	return cmp.Or(n, otherwise)
}

func (d *drill) burst(s *process, calls int) (b burst) {
	d.Helper()
	broker, service, begun := d.cpu(d.brokerPID()), d.cpu(s.cmd.Process.Pid), time.Now()
	d.sendToBroker(calls)
	d.until("all answered", func() bool { return d.answered() == len(d.sent) })
	took := time.Since(begun)
	b.rate = float64(calls) / took.Seconds()
	b.broker = (d.cpu(d.brokerPID()) - broker) / time.Duration(calls)
	b.service = (d.cpu(s.cmd.Process.Pid) - service) / time.Duration(calls)
	b.heap = d.brokerHeap()
	return b
}

func (d *drill) starter(what string) string {
	d.Helper()
	starter := "../../.ci/brokers/" + strings.ToLower(d.mq.Name) + "/run"
	out, err := exec.Command(starter, what).CombinedOutput()
	if err != nil {
		d.Fatalf("%s %s: %v: %s", starter, what, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (d *drill) brokerPID() int {
	d.Helper()
	pid, err := strconv.Atoi(d.starter("pid"))
	d.must(err)
	return pid
}

// brokerHeap is in MiB.
func (d *drill) brokerHeap() float64 {
	d.Helper()
	n, err := strconv.ParseFloat(d.starter("heap"), 64)
	d.must(err)
	return n / (1 << 20)
}

// cpu is what a process and its children have used.
func (d *drill) cpu(pid int) (used time.Duration) {
	d.Helper()
	all, err := procfs.AllProcs()
	d.must(err)
	for _, p := range all {
		if stat, err := p.Stat(); err == nil && (stat.PID == pid || stat.PPID == pid) {
			used += time.Duration(stat.UTime+stat.STime+uint(stat.CUTime+stat.CSTime)) * 10 * time.Millisecond
		}
	}
	return used
}
