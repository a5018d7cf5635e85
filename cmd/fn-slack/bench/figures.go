package bench

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// one measures the start, one call after the other, and the idle service. It gives
// what the service said to the last call.
func (b *bench) one(ctx context.Context) (usual said, err error) {
	p, err := b.broker.Dial(ctx)
	if err != nil {
		return usual, err
	}
	defer p.Close()
	send := func(i int) error {
		return p.Post(resilienttest.Queue, answersQueue, resilienttest.NumberedCall(i, channel(i), b.Script))
	}
	if err := send(0); err != nil {
		return usual, err
	}
	s, err := startMeasured(ctx, b.config)
	if err != nil {
		return usual, err
	}
	defer s.end()
	fmt.Fprintf(b.Out, "start to subscribed %s\n", s.startup.Round(time.Millisecond))
	if usual, err = b.lone(ctx, s, send); err != nil {
		return usual, err
	}
	select { // what a call has left behind is gone, and nothing is to be done
	case <-time.After(2 * time.Second):
	case <-ctx.Done():
		return usual, ctx.Err()
	}
	m, err := measure(s.cmd.Process.Pid)
	if err != nil {
		return usual, err
	}
	fmt.Fprintf(b.Out, "memory, idle        %.0f MiB with %d render workers%s\n", m.memory, m.processes-1, m.how)
	s.end()
	return usual, b.again(ctx, send)
}

// again measures a later start, which finds the last good versions of the scripts.
func (b *bench) again(ctx context.Context, send func(i int) error) error {
	if err := send(warm + b.Lone); err != nil {
		return err
	}
	s, err := startMeasured(ctx, b.config)
	if err != nil {
		return err
	}
	defer s.end()
	if _, err = b.collect(ctx, answersQueue, 1, isResult); err != nil {
		return err
	}
	fmt.Fprintf(b.Out, "restart to answer   %s\n", time.Since(s.begun).Round(time.Millisecond))
	return nil
}

const warm = 20 // calls until the render workers run

// lone waits for the answer to the first call, which is in the queue, and sends
// each further one when the one before is answered.
func (b *bench) lone(ctx context.Context, s *measuredService, send func(i int) error) (usual said, err error) {
	var statuses [][]byte // of the call in work
	var counters counters
	answered := 0
	took, err := b.oneByOne(ctx, answersQueue, warm+b.Lone, s.begun, send, func(id string, body []byte) (bool, error) {
		done, err := isResult(id, body)
		if !done || err != nil {
			statuses = append(statuses, body)
			return done, err
		}
		usual, statuses = said{statuses, body}, nil
		if answered++; answered == warm {
			counters = count(s.cmd.Process.Pid)
		}
		return true, nil
	})
	defer counters.close()
	if err != nil {
		return usual, err
	}
	fmt.Fprintf(b.Out, "start to answer     %s\n", took[0].Round(time.Millisecond))
	fmt.Fprintf(b.Out, "lone call           %s%s\n", spread(took[warm:]), counters.each(b.Lone))
	return usual, nil
}

// spread says how long calls took.
func spread(took []time.Duration) string {
	slices.Sort(took)
	return fmt.Sprintf("p50 %s, p99 %s (%d calls)",
		took[len(took)/2].Round(10*time.Microsecond), took[len(took)*99/100].Round(10*time.Microsecond), len(took))
}

// bursts measures calls that come all at once, several times on one connection: those
// that post, and then those that bring what was posted up to date.
func (b *bench) bursts(ctx context.Context, bare float64) error {
	s, err := startMeasured(ctx, b.config)
	if err != nil {
		return err
	}
	defer s.end()
	var counted string // of the last burst of posts
	var all, updates burst
	var rates, memory, shares []float64
	for i := range b.Bursts {
		calls := b.posts(i)
		counters := count(s.cmd.Process.Pid)
		got, answered, err := b.burst(ctx, s, calls)
		counted = counters.each(b.Calls)
		counters.close()
		if err != nil {
			return err
		}
		all.add(got)
		rates, memory = append(rates, got.rate), append(memory, got.memory)
		fmt.Fprintf(b.Out, "burst %-2d            %.0f calls/s, %.2f of the bare loop (%d calls, all answered once, all posted once)\n", i+1, got.rate, got.rate/bare, got.n)
		again, answered, err := b.burst(ctx, s, b.updates(calls, answered))
		if err != nil {
			return err
		}
		for id, r := range answered {
			if !r.Updated {
				return fmt.Errorf("call %s brought nothing up to date", id)
			}
		}
		updates.add(again)
		shares = append(shares, again.cpu.Seconds()/max(got.cpu.Seconds(), 1e-9))
		fmt.Fprintf(b.Out, "updates %-2d          %.0f calls/s, %.2f of the posts (%d messages, all shown anew, all threads told once)\n", i+1, again.rate, again.rate/got.rate, again.n)
	}
	if len(rates) > 2 {
		fmt.Fprintf(b.Out, "flat                the last burst at %.2f of the second\n", rates[len(rates)-1]/rates[1])
	}
	fmt.Fprintf(b.Out, "CPU per call        %.2f ms with the render workers (service %.2f ms)%s\n", all.each(all.cpu), all.each(all.own), counted)
	slices.Sort(shares)
	fmt.Fprintf(b.Out, "CPU per update      %.2f ms with the render workers (service %.2f ms), %.2f of a call in the middle pair\n",
		updates.each(updates.cpu), updates.each(updates.own), shares[len(shares)/2])
	fmt.Fprintf(b.Out, "memory, load        %.0f MiB at most%s\n", slices.Max(memory), s.how)
	return nil
}

// burst is what one costs.
type burst struct {
	n        int           // calls
	rate     float64       // a second
	cpu, own time.Duration // with the render workers, and without
	memory   float64       // MiB, the most that was seen
}

func (b *burst) add(other burst) {
	b.n, b.cpu, b.own = b.n+other.n, b.cpu+other.cpu, b.own+other.own
}

// each is a time of the burst in milliseconds a call.
func (b *burst) each(d time.Duration) float64 { return d.Seconds() * 1000 / float64(b.n) }

// burst puts calls into the queue and takes their answers. Each call posts one message.
func (b *bench) burst(ctx context.Context, s *measuredService, calls []stomptest.Call) (got burst, answered map[string]results, err error) {
	posted := b.workspace.Count()
	first, err := measure(s.cmd.Process.Pid)
	if err != nil {
		return got, nil, err
	}
	if err := b.load(ctx, resilienttest.Queue, answersQueue, calls); err != nil {
		return got, nil, err
	}
	answers := map[string][]byte{} // by call, read when the clock has stopped: that takes the CPU which is measured
	seen, err := b.collect(ctx, answersQueue, len(calls), func(id string, body []byte) (bool, error) {
		if bytes.HasSuffix(body, endOfStatus) {
			return false, nil
		}
		answers[id] = body
		if len(answers)%max(len(calls)/4, 1) == 0 {
			m, err := measure(s.cmd.Process.Pid)
			if err != nil {
				return true, err
			}
			got.memory, s.how = max(got.memory, m.memory), m.how
		}
		return true, nil
	})
	if err != nil {
		return got, nil, err
	}
	last, err := measure(s.cmd.Process.Pid)
	if err != nil {
		return got, nil, err
	}
	answered = map[string]results{}
	for id, body := range answers {
		r, done, err := resultsOf(id, body)
		if err != nil || !done {
			return got, nil, cmp.Or(err, fmt.Errorf("answer to %s is no result: %.200s", id, body))
		}
		answered[id] = r
	}
	if n := b.workspace.Count() - posted; n != len(calls) {
		return got, nil, fmt.Errorf("%d messages for %d calls", n, len(calls))
	}
	got.n, got.rate, got.cpu, got.own = seen.n, seen.rate(), last.cpu-first.cpu, last.own-first.own
	return got, answered, nil
}
