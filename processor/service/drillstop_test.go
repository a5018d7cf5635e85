package service_test

import (
	"testing"

	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// What the broker had handed out when the service was told to stop comes again with
// the mark of a redelivery, and nobody had begun it: the next start has no doubt of
// it. One that had would wait for longer than the drill lasts.
func TestStopUnderLoadLeavesNoDoubt(t *testing.T) {
	t.Parallel()
	for _, like := range []string{stomptest.LikeActiveMQ, stomptest.LikeRabbitMQ} {
		t.Run(like, func(t *testing.T) {
			t.Parallel()
			d := newDrill(t, like)
			d.stopTwice(d.send)
			d.balance(true)
			d.end("a")
		})
	}
}

func TestStopUnderLoadOnARealBroker(t *testing.T) {
	for _, name := range []string{"ActiveMQ", "RabbitMQ"} {
		t.Run(name, func(t *testing.T) {
			d := newBrokerDrill(t, name)
			d.readBroker()
			d.stopTwice(d.sendToBroker)
			d.balance(false) // the broker may hand out in another order what it had handed out before
			d.end("a")
			d.nothingLeft()
		})
	}
}

// stopTwice stops a service under load and starts it again.
func (d *drill) stopTwice(send func(calls int)) {
	d.Helper()
	d.config["slack_request_timeout"] = "120"
	d.start("a")
	send(400)
	for range 2 {
		before := d.slack.Count()
		d.until("some posted", func() bool { return d.slack.Count() >= before+40 })
		d.end("a")
		if d.posted() == len(d.sent) {
			d.Fatal("all was done before the stop")
		}
		d.start("a")
	}
}
