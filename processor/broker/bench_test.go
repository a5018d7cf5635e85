package broker_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/broker/wire"
	"github.com/fn-slack/fn-slack/processor/stomptest"
	"github.com/go-stomp/stomp/v3/frame"
)

// answerSize is that of a usual result.
const answerSize = 2000

// BenchmarkSettle is a full call: message out, answer in with receipt, ACK. Beside
// it stands a bare loop with the same receipts, which is what the broker can do.
//
//	go test ./processor/broker -run '^$' -bench Settle
func BenchmarkSettle(b *testing.B) {
	targets := benchTargets(b)
	for _, target := range targets {
		for _, inFlight := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s/bare loop/%d in flight", target.name, inFlight), func(b *testing.B) {
				bareLoop(b, target, inFlight)
			})
			b.Run(fmt.Sprintf("%s/consumer/%d in flight", target.name, inFlight), func(b *testing.B) {
				throughConsumer(b, target, inFlight)
			})
		}
	}
}

func benchTargets(b *testing.B) []*target {
	var targets []*target
	for _, real := range realBrokers {
		if t := real.target(b); t != nil {
			targets = append(targets, t)
		}
	}
	for _, server := range []string{stomptest.LikeActiveMQ, stomptest.LikeRabbitMQ} {
		s, err := stomptest.Start(stomptest.Config{Server: server})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { s.Close() })
		targets = append(targets, &target{name: "stand-in as " + server, addr: s.Addr(), login: "svc", passcode: "s3cret",
			rabbit: server == stomptest.LikeRabbitMQ})
	}
	return targets
}

// benchQueues have the prefix that makes RabbitMQ create the queue for answers.
func benchQueues() (calls, answers string) {
	calls, answers = queues()
	return "/queue/" + calls, "/queue/" + answers
}

// load puts b.N calls into a queue.
func load(b *testing.B, on *target, calls, answers string) {
	b.Helper()
	p := dialPeer(b, on)
	for i := range b.N {
		f := frame.New(frame.SEND, frame.Destination, calls, "correlation-id", strconv.Itoa(i), "reply-to", answers,
			frame.ContentLength, strconv.Itoa(answerSize))
		f.Body = make([]byte, answerSize)
		if i%500 == 499 || i == b.N-1 {
			p.confirmed(f)
		} else if err := p.out.Write(f); err != nil {
			b.Fatal(err)
		}
	}
}

func throughConsumer(b *testing.B, on *target, inFlight int) {
	calls, answers := benchQueues()
	load(b, on, calls, answers)
	c, err := broker.New(broker.Config{
		Addrs: []string{on.addr}, Login: on.login, Passcode: on.passcode, Destinations: []string{calls}, Prefetch: inFlight,
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var work sync.WaitGroup
	settled := make(chan struct{}, b.N)
	reply := bytes.Repeat([]byte("x"), answerSize)
	for range inFlight {
		work.Go(func() {
			for d := range c.Deliveries() {
				if err := settle(context.Background(), d, reply); err != nil {
					b.Error(err)
				}
				settled <- struct{}{}
			}
		})
	}
	b.ResetTimer()
	work.Go(func() { _ = c.Run(ctx) }) // it ends with ctx and returns nil
	for range b.N {
		<-settled
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
	cancel()
	work.Wait()
	drop(b, on, answers)
}

// bareLoop settles in the same form as a Consumer, in one goroutine and without
// anything around it.
func bareLoop(b *testing.B, on *target, inFlight int) {
	calls, answers := benchQueues()
	load(b, on, calls, answers)
	p := dialPeer(b, on)
	p.conn.SetDeadline(time.Now().Add(5 * time.Minute))
	if tcp, ok := p.conn.(*net.TCPConn); ok {
		p.in = wire.NewReader(quickReader{tcp, broker.Tune(tcp)}, 1<<20)
	}
	b.ResetTimer()
	p.write(frame.New(frame.SUBSCRIBE, frame.Id, "1", frame.Destination, calls, frame.Ack, frame.AckClientIndividual,
		"activemq.prefetchSize", strconv.Itoa(inFlight), "prefetch-count", strconv.Itoa(inFlight)))
	reply := bytes.Repeat([]byte("x"), answerSize)
	for settled := 0; settled < b.N; {
		f := p.read()
		switch f.Command {
		case frame.MESSAGE:
			send := frame.New(frame.SEND, frame.Destination, f.Header.Get("reply-to"), "persistent", "true",
				"correlation-id", f.Header.Get("correlation-id"), frame.Receipt, f.Header.Get(frame.Ack))
			send.Body = reply
			p.write(send)
		case frame.RECEIPT:
			p.write(frame.New(frame.ACK, frame.Id, f.Header.Get(frame.ReceiptId)))
			settled++
		default:
			b.Fatalf("%s %v", f.Command, f.Header)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
	drop(b, on, answers)
}

// quickReader keeps ActiveMQ's Nagle from being what is measured.
type quickReader struct {
	net.Conn
	quickAck func()
}

func (r quickReader) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.quickAck()
	return n, err
}

// drop empties a queue, so that the broker's memory stays out of the numbers.
func drop(b *testing.B, on *target, queue string) {
	next := listen(b, on, queue)
	for range b.N {
		next()
	}
}
