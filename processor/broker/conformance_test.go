package broker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/stomptest"
	"github.com/google/go-cmp/cmp"
)

// These cases are what the service relies on in a broker. They keep the stand-in
// honest: ActiveMQ and RabbitMQ pass them too.

func TestConformanceSettleAnswersAndAcknowledges(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		calls, answers := queues()
		next := listen(t, b, answers)
		p := dialPeer(t, b)
		c := consume(t, b.config(t, calls))
		p.send(calls, "invid:3215", answers, []byte(`{"function":{}}`), "Co3ContextToken", "token")

		d := c.next(t)
		if got, want := string(d.Body), `{"function":{}}`; got != want {
			t.Errorf("body %q, want %q", got, want)
		}
		if d.CorrelationID != "invid:3215" || d.Header("Co3ContextToken") != "token" || d.Redelivered || d.MessageID == "" {
			t.Errorf("delivery %+v", d)
		}
		wantKey := d.MessageID
		if b.rabbit {
			wantKey = "invid:3215"
		}
		if got := d.Key(); got != wantKey {
			t.Errorf("key %q, want %q", got, wantKey)
		}
		if err := d.Status(t.Context(), []byte("working")); err != nil {
			t.Fatal(err)
		}
		if err := settle(t.Context(), d, []byte("done\x00really")); err != nil {
			t.Fatal(err)
		}
		var got []string
		for range 2 {
			f := next()
			got = append(got, f.Header.Get("correlation-id")+" "+string(f.Body))
		}
		want := []string{"invid:3215 working", "invid:3215 done\x00really"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
		if err := d.Ack(t.Context()); !errors.Is(err, broker.ErrSettled) {
			t.Errorf("second Ack: %v, want ErrSettled", err)
		}
		// Nothing comes back when the connection ends.
		c.stop(t)
		again := consume(t, b.config(t, calls))
		p.send(calls, "last", "", []byte("last"))
		if d := again.next(t); d.CorrelationID != "last" {
			t.Errorf("settled call came again: %+v", d)
		} else if err := settle(t.Context(), d, []byte("nobody asked")); err != nil {
			t.Errorf("Settle without reply-to: %v", err)
		}
		if got := c.State(); got.Settled != 1 || got.Statuses != 1 || got.Received != 1 {
			t.Errorf("counters %+v", got.Counters)
		}
	})
}

func TestConformanceLoginRefused(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		calls, _ := queues()
		cfg := b.config(t, calls)
		cfg.Passcode = "wrong"
		err := broker.Check(t.Context(), cfg)
		// ActiveMQ has been seen to close the connection before its ERROR was out.
		for range 3 {
			if b.server != nil || !errors.Is(err, io.EOF) {
				break
			}
			t.Logf("Check: %v", err)
			err = broker.Check(t.Context(), cfg)
		}
		var refused *broker.LoginError
		if !errors.As(err, &refused) {
			t.Fatalf("Check: %v, want a LoginError", err)
		}
		if refused.Login != "svc" || refused.Temporary() || strings.Contains(err.Error(), "wrong") {
			t.Errorf("error %q", err)
		}
		cfg.Passcode = b.passcode
		if err := broker.Check(t.Context(), cfg); err != nil {
			t.Errorf("Check with the right password: %v", err)
		}
	})
}

// CONNECT is the one frame without escapes: escaped, this password is refused.
func TestConformancePasswordWithColonAndBackslash(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		if b.rabbit && b.server == nil {
			t.Skip("RabbitMQ takes the backslash for an escape")
		}
		calls, _ := queues()
		cfg := b.config(t, calls)
		cfg.Login, cfg.Passcode = "colon", `p:a\b`
		if err := broker.Check(t.Context(), cfg); err != nil {
			t.Error(err)
		}
	})
}

func TestConformanceSubscriptionRefused(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		err := broker.Check(t.Context(), b.config(t, forbidden))
		var refused *broker.SubscribeError
		if !errors.As(err, &refused) || refused.Destination != forbidden {
			t.Errorf("Check: %v, want a SubscribeError", err)
		}
	})
}

// A redelivered mark costs a lookup in Slack, so a check should leave none.
func TestConformanceCheckTakesNoCall(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		calls, _ := queues()
		p := dialPeer(t, b)
		p.send(calls, "waiting", "", []byte("call"))
		if err := broker.Check(t.Context(), b.config(t, calls)); err != nil {
			t.Fatal(err)
		}
		d := consume(t, b.config(t, calls)).next(t)
		if d.CorrelationID != "waiting" || d.Redelivered != b.rabbit {
			t.Errorf("%s, redelivered: %v", d.CorrelationID, d.Redelivered)
		}
		if err := d.Ack(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestConformancePrefetchIsBounded(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		calls, answers := queues()
		p := dialPeer(t, b)
		for i := range 9 {
			p.send(calls, fmt.Sprint(i), answers, []byte("call"))
		}
		cfg := b.config(t, calls)
		cfg.Prefetch = 3
		c := consume(t, cfg)
		var held []*broker.Delivery
		for range 3 {
			held = append(held, c.next(t))
		}
		c.none(t, 100*time.Millisecond)
		if got := c.State(); got.Received != 3 || got.Held != 3 {
			t.Errorf("state %+v, want 3 received and held", got)
		}
		for i := range 6 {
			if err := settle(t.Context(), held[i], []byte("ok")); err != nil {
				t.Fatal(err)
			}
			held = append(held, c.next(t))
		}
		var got []string
		for _, d := range held {
			got = append(got, d.CorrelationID)
		}
		if want := strings.Split("012345678", ""); !slices.Equal(got, want) {
			t.Errorf("order %v, want %v", got, want)
		}
		for _, d := range held[6:] {
			if err := d.Ack(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestConformanceRedeliveryAfterACut(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		calls, answers := queues()
		next := listen(t, b, answers)
		proxy := startProxy(t, b.addr)
		cfg := b.config(t, calls)
		cfg.Addrs = []string{proxy.Addr()}
		c := consume(t, cfg)
		dialPeer(t, b).send(calls, "invid:1", answers, []byte("call"))
		first := c.next(t)
		proxy.Reset()
		second := c.next(t)
		if !second.Redelivered || !second.First || second.CorrelationID != "invid:1" || second.Key() != first.Key() {
			t.Errorf("redelivery %+v of %+v", second, first)
		}
		if !b.rabbit && second.MessageID != first.MessageID {
			t.Errorf("message-id %q, want it to stay %q", second.MessageID, first.MessageID)
		}
		if !second.ConnectedAt.After(first.ConnectedAt) {
			t.Errorf("connected at %s, then at %s", first.ConnectedAt, second.ConnectedAt)
		}
		for range 2 {
			if err := settle(t.Context(), first, []byte("old")); !errors.Is(err, broker.ErrConnectionLost) {
				t.Fatalf("Settle on the dead connection: %v, want ErrConnectionLost", err)
			}
		}
		if err := first.Status(t.Context(), []byte("old")); !errors.Is(err, broker.ErrConnectionLost) {
			t.Fatalf("Status on the dead connection: %v, want ErrConnectionLost", err)
		}
		if err := settle(t.Context(), second, []byte("new")); err != nil {
			t.Fatal(err)
		}
		if got := string(next().Body); got != "new" {
			t.Errorf("answer %q, want new", got)
		}
	})
}

// The broker has the answer, and the acknowledgement is lost: the call comes again,
// and needs nothing more.
func TestConformanceCutBetweenAnswerAndAcknowledgement(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		calls, answers := queues()
		next := listen(t, b, answers)
		proxy := startProxy(t, b.addr)
		cfg := b.config(t, calls)
		cfg.Addrs = []string{proxy.Addr()}
		c := consume(t, cfg)
		p := dialPeer(t, b)
		p.send(calls, "1", answers, []byte("call"))
		first := c.next(t)
		if err := first.Answer(t.Context(), []byte("status"), []byte("answer")); err != nil {
			t.Fatal(err)
		}
		proxy.Reset()
		second := c.next(t)
		if err := first.Ack(t.Context()); !errors.Is(err, broker.ErrConnectionLost) {
			t.Errorf("Ack on the dead connection: %v, want ErrConnectionLost", err)
		}
		if err := second.Ack(t.Context()); err != nil || second.Key() != first.Key() {
			t.Errorf("acknowledging %s in the place of %s: %v", second.Key(), first.Key(), err)
		}
		p.send(calls, "2", answers, []byte("call"))
		if d := c.next(t); d.CorrelationID != "2" {
			t.Errorf("call %s came again", d.CorrelationID)
		} else if err := settle(t.Context(), d, []byte("last")); err != nil {
			t.Error(err)
		}
		for _, want := range []string{"status", "answer", "last"} {
			if got := string(next().Body); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	})
}

// A call that another had before may be begun; one that was sent later is not.
func TestConformanceWhoHadACallFirst(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		calls, _ := queues()
		away, proxy := startProxy(t, b.addr), startProxy(t, b.addr)
		cfg := b.config(t, calls)
		cfg.Addrs = []string{away.Addr()}
		other := consume(t, cfg)
		p := dialPeer(t, b)
		p.send(calls, "begun", "", []byte("call"))
		other.next(t)
		if err := away.SetMode(stomptest.Refuse); err != nil {
			t.Fatal(err)
		}
		away.Reset()
		cfg.Addrs = []string{proxy.Addr()}
		c := consume(t, cfg)
		p.send(calls, "new", "", []byte("call"))
		for range 2 {
			begun, fresh := c.next(t), c.next(t)
			if begun.CorrelationID != "begun" || begun.First || fresh.CorrelationID != "new" || !fresh.First {
				t.Errorf("%s: first %v; %s: first %v", begun.CorrelationID, begun.First, fresh.CorrelationID, fresh.First)
			}
			proxy.Reset()
		}
		for range 2 {
			if err := c.next(t).Ack(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestConformanceTwoConsumersShareTheWork(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		const n = 40
		calls, answers := queues()
		next := listen(t, b, answers)
		one, two := consume(t, b.config(t, calls)), consume(t, b.config(t, calls))
		p := dialPeer(t, b)
		var work sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for _, c := range []*consumer{one, two} {
			work.Go(func() { answer(ctx, t, c) })
		}
		for i := range n {
			p.send(calls, fmt.Sprint(i), answers, []byte("call"))
		}
		seen := map[string]int{}
		for range n {
			seen[next().Header.Get("correlation-id")]++
		}
		cancel()
		work.Wait()
		if len(seen) != n {
			t.Errorf("%d of %d calls answered: %v", len(seen), n, seen)
		}
		a, z := one.State().Settled, two.State().Settled
		// The broker deals in turn and passes over only who holds its prefetch, so
		// each gets at least that many, however little of the processor it gets. If
		// one had got everything, the other would have settled 0.
		if a < 5 || z < 5 || a+z != n {
			t.Errorf("settled %d and %d of %d, want at least the prefetch of 5 each", a, z, n)
		}
	})
}

// answer settles what comes until ctx ends.
func answer(ctx context.Context, t *testing.T, c *consumer) {
	for {
		select {
		case d := <-c.Deliveries():
			if err := settle(context.WithoutCancel(ctx), d, []byte("answer to "+d.CorrelationID)); err != nil {
				t.Errorf("settle %s: %v", d.CorrelationID, err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// The broker answers for a connection that it holds.
func TestConformanceConfirm(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		calls, answers := queues()
		next := listen(t, b, answers)
		c := consume(t, b.config(t, calls))
		dialPeer(t, b).send(calls, "a", answers, []byte("call"))
		d := c.next(t)
		before := time.Now()
		if first := d.Confirmed(); first.IsZero() || first.After(before) {
			t.Errorf("confirmed at %s, want the time of the subscription", first)
		}
		for range 3 {
			if err := d.Confirm(t.Context(), []byte("working")); err != nil {
				t.Fatal(err)
			}
			if f := next(); string(f.Body) != "working" {
				t.Errorf("status %q", f.Body)
			}
		}
		if at := d.Confirmed(); at.Before(before) || at.After(time.Now()) {
			t.Errorf("confirmed at %s, want after %s", at, before)
		}
		if err := settle(t.Context(), d, []byte("answer")); err != nil {
			t.Fatal(err)
		}
		if f := next(); string(f.Body) != "answer" {
			t.Errorf("answer %q", f.Body)
		}
	})
}

func TestConformanceManySettleAtOnce(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		const n = 100
		calls, answers := queues()
		next := listen(t, b, answers)
		cfg := b.config(t, calls)
		cfg.Prefetch = n
		c := consume(t, cfg)
		p := dialPeer(t, b)
		for i := range n {
			p.send(calls, fmt.Sprint(i), answers, []byte("call"))
		}
		var held []*broker.Delivery
		for range n {
			held = append(held, c.next(t))
		}
		var work sync.WaitGroup
		for _, d := range held {
			work.Go(func() {
				if err := settle(t.Context(), d, []byte("answer to "+d.CorrelationID)); err != nil {
					t.Error(err)
				}
			})
		}
		work.Wait()
		for range n {
			f := next()
			if got, want := string(f.Body), "answer to "+f.Header.Get("correlation-id"); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	})
}

func TestConformanceHeadersAreEscaped(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		calls, answers := queues()
		next := listen(t, b, answers)
		c := consume(t, b.config(t, calls))
		odd := "a:b\\c\nd\\n ü"
		dialPeer(t, b).send(calls, odd, answers, []byte("call"))
		d := c.next(t)
		if d.CorrelationID != odd {
			t.Errorf("correlation-id %q, want %q", d.CorrelationID, odd)
		}
		if err := settle(t.Context(), d, nil); err != nil {
			t.Fatal(err)
		}
		f := next()
		if got := f.Header.Get("correlation-id"); got != odd || len(f.Body) != 0 {
			t.Errorf("correlation-id of the answer %q, want %q; body %q", got, odd, f.Body)
		}
	})
}

func TestConformanceBigBodies(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		calls, answers := queues()
		next := listen(t, b, answers)
		c := consume(t, b.config(t, calls))
		big := bytes.Repeat([]byte("0123456789abcdef"), 900<<10/16) // the most that an answer may have
		dialPeer(t, b).send(calls, "big", answers, big)
		d := c.next(t)
		if !bytes.Equal(d.Body, big) || d.Oversize != 0 {
			t.Errorf("got %d bytes, want %d", len(d.Body), len(big))
		}
		if err := settle(t.Context(), d, big); err != nil {
			t.Fatal(err)
		}
		if f := next(); !bytes.Equal(f.Body, big) {
			t.Errorf("answer has %d bytes, want %d", len(f.Body), len(big))
		}
	})
}

// A message over the limit would come back for ever if it ended the connection.
func TestConformanceOversizeMessageCanBeAnswered(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		calls, answers := queues()
		next := listen(t, b, answers)
		cfg := b.config(t, calls)
		cfg.MaxFrame = 1000
		c := consume(t, cfg)
		p := dialPeer(t, b)
		p.send(calls, "big", answers, make([]byte, 1001))
		p.send(calls, "small", answers, make([]byte, 1000))
		big, small := c.next(t), c.next(t)
		if big.Body != nil || big.Oversize != 1001 || big.ReplyTo == "" {
			t.Errorf("oversize delivery has %d bytes, Oversize %d, reply-to %q", len(big.Body), big.Oversize, big.ReplyTo)
		}
		if len(small.Body) != 1000 || small.Oversize != 0 {
			t.Errorf("delivery at the limit has %d bytes, Oversize %d", len(small.Body), small.Oversize)
		}
		for _, d := range []*broker.Delivery{big, small} {
			if err := settle(t.Context(), d, []byte("ok")); err != nil {
				t.Fatal(err)
			}
			if got := next().Header.Get("correlation-id"); got != d.CorrelationID {
				t.Errorf("answer to %q, want %q", got, d.CorrelationID)
			}
		}
	})
}

func TestConformanceRefusedAnswer(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		calls, _ := queues()
		c := consume(t, b.config(t, calls))
		p := dialPeer(t, b)
		// With the prefix also RabbitMQ looks at the queue's permissions.
		p.send(calls, "1", "/queue/"+forbidden, []byte("call"))
		err := settle(t.Context(), c.next(t), []byte("answer"))
		if b.rabbit {
			// It ends the connection, so the call comes back; acknowledging it
			// without an answer is the caller's decision.
			if !errors.Is(err, broker.ErrConnectionLost) {
				t.Fatalf("Settle: %v, want ErrConnectionLost", err)
			}
			if err := c.next(t).Ack(t.Context()); err != nil {
				t.Fatal(err)
			}
		} else {
			var refused *broker.AnswerRefusedError
			if !errors.As(err, &refused) || errors.Is(err, broker.ErrSettled) || refused.Destination != "/queue/"+forbidden {
				t.Fatalf("Answer: %v, want an AnswerRefusedError", err)
			}
			if st := c.State(); st.Refused != 1 || st.Failures != 0 || st.Held != 0 {
				t.Errorf("state %+v", st)
			}
		}
		t.Log(err)
		c.stop(t)
		p.send(calls, "2", "", []byte("call"))
		d := consume(t, b.config(t, calls)).next(t)
		if d.CorrelationID != "2" {
			t.Errorf("call %s came again", d.CorrelationID)
		}
		if err := d.Ack(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestConformanceHeartBeatsKeepAnIdleConnection(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		calls, answers := queues()
		cfg := b.config(t, calls)
		cfg.HeartBeat = 300 * time.Millisecond
		if b.server == nil {
			cfg.HeartBeat = time.Second // real brokers round up
		}
		c := consume(t, cfg)
		c.none(t, 5*cfg.HeartBeat)
		dialPeer(t, b).send(calls, "1", answers, []byte("call"))
		if err := settle(t.Context(), c.next(t), []byte("ok")); err != nil {
			t.Error(err)
		}
		if st := c.State(); st.Connects != 1 || st.Failures != 0 {
			t.Errorf("state %+v, want one connection that lasts", st)
		}
	})
}

func TestConformanceDrainFinishesWhatIsHeld(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		calls, answers := queues()
		next := listen(t, b, answers)
		p := dialPeer(t, b)
		for i := range 5 {
			p.send(calls, fmt.Sprint(i), answers, []byte("call"))
		}
		c := consume(t, b.config(t, calls))
		held := []*broker.Delivery{c.next(t), c.next(t)}
		c.cancel()
		// Whoever waits at this very moment may still get one; nobody does.
		eventually(t, "draining", func() bool { return c.State().Draining })
		if d, open := <-c.Deliveries(); open {
			t.Errorf("%+v was handed out while draining", d)
		}
		for _, d := range held {
			if err := settle(t.Context(), d, []byte("late answer")); err != nil {
				t.Fatal(err)
			}
		}
		c.stop(t)
		for i := range 2 {
			if got := next().Header.Get("correlation-id"); got != fmt.Sprint(i) {
				t.Errorf("answer %d is for %q", i, got)
			}
		}
		again := consume(t, b.config(t, calls))
		for i := 2; i < 5; i++ {
			d := again.next(t)
			if d.CorrelationID != fmt.Sprint(i) {
				t.Errorf("after the drain call %q came, want %d", d.CorrelationID, i)
			}
			if err := d.Ack(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestConformanceSeveralDestinations(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		one, answers := queues()
		other, _ := queues()
		p := dialPeer(t, b)
		cfg := b.config(t, one)
		cfg.Destinations = []string{one, other}
		if err := broker.Check(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		c := consume(t, cfg)
		got := map[string]bool{}
		p.send(one, "1", answers, []byte("x"))
		p.send(other, "2", answers, []byte("x"))
		for range 2 {
			d := c.next(t)
			got[d.CorrelationID] = true
			if err := settle(t.Context(), d, []byte("done")); err != nil {
				t.Error(err)
			}
		}
		if diff := cmp.Diff(map[string]bool{"1": true, "2": true}, got); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if s := c.State(); s.Connects != 2 || s.Received != 2 || s.Settled != 2 || s.Held != 0 {
			t.Errorf("got %+v", s)
		}
		c.stop(t)
		if _, open := <-c.Deliveries(); open {
			t.Error("Deliveries is not closed")
		}
	})
}

// What may not be read keeps nobody from the rest, and is what the state tells of.
func TestConformanceADestinationThatIsForbiddenLeavesTheOthers(t *testing.T) {
	eachTarget(t, func(t *testing.T, b *target) {
		calls, answers := queues()
		cfg := b.config(t, calls)
		cfg.Destinations = []string{forbidden, calls}
		var refused *broker.SubscribeError
		if err := broker.Check(t.Context(), cfg); !errors.As(err, &refused) || refused.Destination != forbidden {
			t.Errorf("Check: %v", err)
		}
		c := start(t, cfg)
		p := dialPeer(t, b)
		p.send(calls, "1", answers, []byte("x"))
		if err := settle(t.Context(), c.next(t), []byte("done")); err != nil {
			t.Error(err)
		}
		eventually(t, "the refusal", func() bool { return strings.Contains(c.State().LastError, forbidden) })
		if s := c.State(); s.Subscribed || s.Settled != 1 {
			t.Errorf("got %+v", s)
		}
	})
}
