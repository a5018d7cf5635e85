package broker_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

func TestAnswerCanBeCancelledAndTriedAgain(t *testing.T) {
	for _, server := range []string{stomptest.LikeActiveMQ, stomptest.LikeRabbitMQ} {
		t.Run(server, func(t *testing.T) {
			b := standIn(t, stomptest.Config{Server: server})
			calls, answers := queues()
			c := consume(t, b.config(t, calls))
			b.server.Send(calls, map[string]string{"reply-to": answers}, []byte("call"))
			d := c.next(t)

			// What was not sent leaves the delivery as it is.
			ended, end := context.WithCancel(t.Context())
			end()
			for _, settle := range []func() error{
				func() error { return d.Ack(ended) },
				func() error { return d.Answer(ended, nil, []byte("never")) },
			} {
				if err := settle(); !errors.Is(err, context.Canceled) {
					t.Fatalf("error %v, want Canceled", err)
				}
			}

			b.server.SetFaults(stomptest.Faults{SwallowReceipts: []string{"SEND"}})
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
			defer cancel()
			if err := d.Answer(ctx, nil, []byte("first")); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("Answer: %v, want the deadline", err)
			}
			b.server.SetFaults(stomptest.Faults{})
			if err := settle(t.Context(), d, []byte("second")); err != nil {
				t.Fatal(err)
			}
			// The ACK is out; another one could hit another message.
			if err := d.Ack(t.Context()); !errors.Is(err, broker.ErrSettled) {
				t.Errorf("Ack: %v, want ErrSettled", err)
			}
			eventually(t, "the ACK", func() bool { return b.server.Held(calls) == 0 })
			if st := c.State(); st.Failures != 0 || st.Held != 0 {
				t.Errorf("state %+v", st)
			}
			for _, want := range []string{"first", "second"} { // the wait was given up, not the answer
				if m, err := b.server.Receive(t.Context(), answers); err != nil || string(m.Body) != want {
					t.Errorf("answer %q, error %v, want %q", m.Body, err, want)
				}
			}
		})
	}
}

// The broker reads nothing while it writes to us, as many answers as there are at
// once: were they all sent, they would fill its receive buffer.
func TestManyAnswersDoNotFillTheReceiveBufferOfTheBroker(t *testing.T) {
	const n, size = 200, 4 << 10
	b := standIn(t, stomptest.Config{ReceiveBuffer: 80 << 10, Faults: stomptest.Faults{Delay: time.Millisecond}})
	calls, answers := queues()
	cfg := b.config(t, calls)
	cfg.Prefetch = n
	for i := range n {
		b.server.Send(calls, map[string]string{"reply-to": answers, "correlation-id": fmt.Sprint(i)}, []byte("call"))
	}
	c := consume(t, cfg)
	var held []*broker.Delivery
	for range n {
		held = append(held, c.next(t))
	}
	var work sync.WaitGroup
	for _, d := range held {
		work.Go(func() {
			if err := d.Status(t.Context(), make([]byte, size/4)); err != nil {
				t.Error(err)
			}
			if err := settle(t.Context(), d, make([]byte, size)); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	eventually(t, "all acknowledged", func() bool { return b.server.Held(calls) == 0 })
	if st := c.State(); st.Failures > 0 {
		t.Errorf("the connection was lost: %s", st.LastError)
	}
}

func TestDrainGivesUpInTheEnd(t *testing.T) {
	b := standIn(t, stomptest.Config{})
	calls, answers := queues()
	cfg := b.config(t, calls)
	cfg.DrainTimeout = 30 * time.Millisecond
	c := consume(t, cfg)
	b.server.Send(calls, map[string]string{"reply-to": answers}, []byte("call"))
	d := c.next(t)
	c.stop(t)
	if err := settle(t.Context(), d, []byte("too late")); !errors.Is(err, broker.ErrConnectionLost) {
		t.Errorf("Settle: %v, want ErrConnectionLost", err)
	}
	eventually(t, "the call back in the queue", func() bool { return b.server.Len(calls) == 1 })
	if st := c.State(); !st.Draining || st.Connected || st.Subscribed {
		t.Errorf("state %+v", st)
	}
}

func TestDrainDoesNotWaitForWhatIsAbandoned(t *testing.T) {
	b := standIn(t, stomptest.Config{})
	calls, _ := queues()
	cfg := b.config(t, calls)
	cfg.DrainTimeout = time.Hour
	c := consume(t, cfg)
	b.server.Send(calls, nil, []byte("call"))
	d := c.next(t)
	d.Abandon()
	d.Abandon()
	if err := d.Ack(t.Context()); !errors.Is(err, broker.ErrSettled) {
		t.Errorf("Ack: %v, want ErrSettled", err)
	}
	c.stop(t)
	eventually(t, "the call back in the queue", func() bool { return b.server.Len(calls) == 1 })
}

func TestDrainEndsWithTheConnection(t *testing.T) {
	b := standIn(t, stomptest.Config{})
	calls, _ := queues()
	cfg := b.config(t, calls)
	cfg.DrainTimeout = time.Hour
	c := consume(t, cfg)
	b.server.Send(calls, nil, []byte("call"))
	c.next(t)
	c.cancel()
	eventually(t, "draining", func() bool { return c.State().Draining })
	b.server.CutConnections()
	c.stop(t)
}

// Nothing may be lost or settled for another call when connections end at any
// moment: each call is answered at least once, and with its own answer.
func TestCutsAtAnyMoment(t *testing.T) {
	for _, server := range []string{stomptest.LikeActiveMQ, stomptest.LikeRabbitMQ} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			const n = 300
			b := standIn(t, stomptest.Config{Server: server})
			calls, answers := queues()
			proxy := startProxy(t, b.addr)
			cfg := b.config(t, calls)
			cfg.Addrs = []string{proxy.Addr()}
			c := consume(t, cfg)
			for i := range n {
				b.server.Send(calls, map[string]string{"reply-to": answers, "correlation-id": fmt.Sprint(i)}, []byte("call"))
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var work sync.WaitGroup
			for range 5 {
				work.Go(func() {
					for d := range c.Deliveries() {
						err := settle(ctx, d, []byte("answer to "+d.CorrelationID))
						if err != nil && !errors.Is(err, broker.ErrConnectionLost) {
							t.Errorf("settle: %v", err)
						}
					}
				})
			}
			seen := map[string]bool{}
			for len(seen) < n {
				wait, cancel := context.WithTimeout(ctx, patience)
				m, err := b.server.Receive(wait, answers)
				cancel()
				if err != nil {
					t.Fatalf("%d of %d calls answered, then: %v", len(seen), n, err)
				}
				id := m.Header["correlation-id"]
				if got, want := string(m.Body), "answer to "+id; got != want {
					t.Errorf("answer %q, want %q", got, want)
				}
				if !seen[id] && len(seen)%20 == 7 {
					proxy.CutToServer(int64(len(seen) * 13 % 700)) // anywhere in the next frames
				}
				if !seen[id] && len(seen)%20 == 17 {
					proxy.CutToClient(int64(len(seen) * 17 % 700))
				}
				seen[id] = true
			}
			eventually(t, "nothing left", func() bool { return b.server.Len(calls)+b.server.Held(calls) == 0 })
			c.stop(t)
			work.Wait()
			if st := c.State(); st.Failures == 0 {
				t.Error("no connection was cut")
			} else {
				t.Logf("%d connections for %d calls, %d received again", st.Connects, n, st.Redelivered)
			}
		})
	}
}
