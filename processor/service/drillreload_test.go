package service_test

import (
	"syscall"
	"testing"

	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// Settings that are taken over in the middle of a burst lose nothing and post
// nothing twice.
func TestReloadUnderLoad(t *testing.T) {
	t.Parallel()
	d := newDrill(t, stomptest.LikeActiveMQ)
	s := d.start("a")
	d.subscribed(1)
	d.send(200)
	for _, posted := range []int{20, 80, 140} {
		d.until("some posted", func() bool { return d.slack.Count() >= posted })
		d.must(s.cmd.Process.Signal(syscall.SIGHUP))
	}
	d.balance(true)
	d.subscribed(1)
	d.end("a")
}
