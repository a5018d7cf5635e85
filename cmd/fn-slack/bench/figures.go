package bench

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
)

// one measures the start, the idle service, and one call after the other.
func (b *bench) one(ctx context.Context) error {
	s, err := startMeasured(ctx, b.config)
	if err != nil {
		return err
	}
	defer s.end()
	fmt.Fprintf(b.Out, "start to subscribed %s\n", s.startup.Round(time.Millisecond))
	p, err := b.broker.Dial(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	sent := make(chan time.Time, 1)
	send := func(i int) error {
		sent <- time.Now()
		return p.Post(resilienttest.Queue, answersQueue, resilienttest.NumberedCall(i, channel(i), b.Script))
	}
	const warm = 20 // calls until the render workers run
	var took []time.Duration
	if err := send(0); err != nil {
		return err
	}
	_, err = b.collect(ctx, answersQueue, warm+b.Lone, func(id string, body []byte) (bool, error) {
		done, err := isResult(id, body)
		if !done || err != nil {
			return done, err
		}
		took = append(took, time.Since(<-sent))
		if len(took) < warm+b.Lone {
			err = send(len(took))
		}
		return true, err
	})
	if err != nil {
		return err
	}
	took = took[warm:]
	slices.Sort(took)
	fmt.Fprintf(b.Out, "lone call           p50 %s, p99 %s (%d calls)\n",
		took[len(took)/2].Round(10*time.Microsecond), took[len(took)*99/100].Round(10*time.Microsecond), len(took))
	select { // what a call has left behind is gone, and nothing is to be done
	case <-time.After(2 * time.Second):
	case <-ctx.Done():
		return ctx.Err()
	}
	m, err := measure(s.cmd.Process.Pid)
	if err == nil {
		fmt.Fprintf(b.Out, "resident, idle      %.0f MiB with %d render workers\n", m.resident, m.processes-1)
	}
	return err
}

// burst measures calls that lie in the queue when the service starts.
func (b *bench) burst(ctx context.Context, bare float64) error {
	if err := b.load(ctx, resilienttest.Queue, answersQueue, b.Calls); err != nil {
		return err
	}
	before := b.workspace.Count()
	s, err := startMeasured(ctx, b.config)
	if err != nil {
		return err
	}
	defer s.end()
	var first measured
	var resident []float64
	answers := map[string][]byte{} // by call, read when the clock has stopped: that takes the CPU which is measured
	c, err := b.collect(ctx, answersQueue, b.Calls, func(id string, body []byte) (bool, error) {
		if bytes.HasSuffix(body, endOfStatus) {
			return false, nil
		}
		answers[id] = body
		if answered := len(answers); answered == 1 || answered%(max(b.Calls/8, 1)) == 0 {
			m, err := measure(s.cmd.Process.Pid)
			if err != nil {
				return true, err
			}
			if answered == 1 {
				first = m
			}
			resident = append(resident, m.resident)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	m, err := measure(s.cmd.Process.Pid)
	if err != nil {
		return err
	}
	for id, body := range answers {
		if done, err := isResult(id, body); err != nil || !done {
			return cmp.Or(err, fmt.Errorf("answer to %s is no result: %.200s", id, body))
		}
	}
	if n := b.workspace.Count() - before; n != b.Calls {
		return fmt.Errorf("%d messages for %d calls", n, b.Calls)
	}
	fmt.Fprintf(b.Out, "burst               %.0f calls/s (%d calls, all answered once, all posted once), %.2f of the bare loop\n", c.rate(), c.n, c.rate()/bare)
	fmt.Fprintf(b.Out, "CPU per call        %.2f ms with the render workers (service %.2f ms)\n",
		(m.cpu-first.cpu).Seconds()*1000/float64(c.n-1), (m.own-first.own).Seconds()*1000/float64(c.n-1))
	fmt.Fprintf(b.Out, "resident, load      %.0f MiB at most; in eighths of the burst:%s\n", slices.Max(append(resident, m.resident)), whole(resident[1:]))
	return nil
}

func whole(list []float64) string {
	var b strings.Builder
	for _, x := range list {
		fmt.Fprintf(&b, " %.0f", x)
	}
	return b.String()
}
