package broker_test

import (
	"testing"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/go-stomp/stomp/v3/frame"
)

// A queue that the administrator has made as a quorum queue is used as it is.
func TestBrokerQuorumQueue(t *testing.T) {
	for _, real := range realBrokers {
		if real.name != "RabbitMQ" {
			continue
		}
		b := real.target(t)
		if b == nil {
			t.Skipf("%s does not name a broker", real.env)
		}
		calls, answers := queues()
		p := dialPeer(t, b)
		p.confirmed(frame.New(frame.SUBSCRIBE, frame.Id, "1", frame.Destination, "/queue/"+calls, frame.Ack, frame.AckClientIndividual,
			"x-queue-type", "quorum", "durable", "true", "auto-delete", "false"))
		p.confirmed(frame.New(frame.UNSUBSCRIBE, frame.Id, "1", "durable", "true"))
		if err := broker.Check(t.Context(), b.config(t, calls)); err != nil {
			t.Errorf("Check: %v", err)
		}
		next := listen(t, b, answers)
		c := consume(t, b.config(t, calls))
		p.send("/amq/queue/"+calls, "1", answers, []byte("call"))
		if err := settle(t.Context(), c.next(t), []byte("answer")); err != nil {
			t.Fatal(err)
		}
		if got := string(next().Body); got != "answer" {
			t.Errorf("answer %q", got)
		}
	}
}
