package broker_test

import (
	"testing"

	"github.com/go-stomp/stomp/v3/frame"
)

// These cases are part of the conformance suite: frames that a Consumer does not
// send, or not alone. What they show of a broker is why it works as it does.

func TestConformanceReceiptsOnAllFrames(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		calls, _ := queues()
		p := dialPeer(t, b)
		p.confirmed(frame.New(frame.SEND, frame.Destination, calls))
		m := p.subscribe(calls, frame.AckClientIndividual)()
		p.confirmed(frame.New(frame.ACK, frame.Id, m.Header.Get(frame.Ack)))
		p.confirmed(frame.New(frame.UNSUBSCRIBE, frame.Id, "1"))
		p.confirmed(frame.New(frame.DISCONNECT))
	})
}

func TestConformanceNackIsNoWayToGiveWorkBack(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		calls, _ := queues()
		p := dialPeer(t, b)
		p.send(calls, "1", "", []byte("call"))
		next := p.subscribe(calls, frame.AckClientIndividual)
		nack := frame.New(frame.NACK, frame.Id, next().Header.Get(frame.Ack))
		if b.rabbit {
			p.write(nack)
			if got := next().Header.Get("redelivered"); got != "true" {
				t.Errorf("redelivered:%s after a NACK, want it requeued at once", got)
			}
			return
		}
		p.confirmed(nack)
		if got := string(listen(t, b, "DLQ."+calls)().Body); got != "call" {
			t.Errorf("dead-letter queue has %q", got)
		}
	})
}

func TestConformanceSecondAckIsAnError(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		calls, _ := queues()
		p := dialPeer(t, b)
		p.send(calls, "1", "", []byte("call"))
		m := p.subscribe(calls, frame.AckClientIndividual)()
		ack := func() *frame.Frame { return frame.New(frame.ACK, frame.Id, m.Header.Get(frame.Ack)) }
		p.confirmed(ack())
		second := ack()
		second.Header.Add(frame.Receipt, "second")
		p.write(second)
		f := p.read()
		if b.rabbit && f.Command == frame.RECEIPT {
			f = p.read() // RabbitMQ confirms first and finds out later
		}
		if f.Command != frame.ERROR {
			t.Errorf("got %s, want ERROR", f.Command)
		}
	})
}
