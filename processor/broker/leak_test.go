package broker_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// Every goroutine has an owner that waits for it: when Run and Close are back,
// none is left, whatever happened before.
func TestNothingIsLeftRunning(t *testing.T) {
	b := standIn(t, stomptest.Config{})
	calls, answers := queues()
	proxy := startProxy(t, b.addr)
	cfg := b.config(t, calls)
	cfg.Addrs = []string{proxy.Addr()}
	c := consume(t, cfg)
	for _, cut := range []func() int{proxy.Reset, b.server.CutConnections, func() int { return 1 }} {
		b.server.Send(calls, map[string]string{"reply-to": answers}, []byte("call"))
		if d := c.next(t); cut() > 0 {
			_ = settle(t.Context(), d, []byte("answer")) // lost or not
		}
		eventually(t, "subscribed", func() bool { return c.State().Subscribed })
	}
	b.server.SetFaults(stomptest.Faults{StopReading: true, Silent: true, Delay: time.Hour})
	if err := proxy.SetMode(stomptest.BlackHole); err != nil {
		t.Fatal(err)
	}
	c.cancel()
	b.server.Close()
	proxy.Close()
	c.stop(t)
	stacks := func() string {
		buf := make([]byte, 1<<20)
		var left []string
		for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(g, "processor/broker.(") || strings.Contains(g, "processor/stomptest.(") {
				left = append(left, g)
			}
		}
		return strings.Join(left, "\n\n")
	}
	if left := stacks(); left != "" {
		t.Errorf("still running:\n%s", left)
	}
}
