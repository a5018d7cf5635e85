package processor

import (
	"context"
	"fmt"
	"time"
)

// Permit is asked before each request of a step. It may wait, and gives the moment
// by which the request must have ended; an error says that it may not be made now.
// nil is a permit for ever.
type Permit = func(context.Context) (until time.Time, err error)

// permit keeps two instances from posting the same message. The broker gives a
// call to another one as soon as it takes our connection for lost, and we learn of
// that later: after 27 s where the network is dead, 45 s where a proxy hides it,
// and after any time where this process was stopped. No time that the other one
// waits would cover all of that, so it is the one that may have lost the call who
// stops in time.
//
// Let t be when we asked the broker something that it has answered. It held our
// connection then, so it gives the call to another instance after t. A request to
// Slack begins by t + proof and is cut by t + proof + SlackTimeout; what it does in
// Slack is done SlackGrace later. The other instance looks into Slack ended() after
// it got the call, which is later than that. No clocks are compared, only times
// that pass: SlackTimeout must be the same in all instances.
//
// What remains: a process that is stopped in the microseconds between the last
// look at the clock and the write, for longer than all these times; and a node of
// a RabbitMQ cluster that goes on answering after its cluster has given our calls
// away, which cluster_partition_handling = pause_minority shortens.
func (p *Processor) permit(t *Task) Permit {
	if !p.cfg.Shared {
		return nil
	}
	d := t.delivery
	return func(ctx context.Context) (time.Time, error) {
		// The work on the call ends soon. Until then it must not be posted before
		// those whose work has ended and which come again.
		if err := d.Lost(); err != nil {
			return time.Time{}, err
		}
		if age(d.Confirmed()) > p.proof() {
			ctx, cancel := context.WithTimeout(ctx, p.proof())
			defer cancel()
			if err := d.Confirm(ctx, t.statuses.proof()); err != nil {
				return time.Time{}, fmt.Errorf("the broker has not confirmed that the call is still ours: %w", err)
			}
		}
		t := d.Confirmed()
		if since := age(t); since > p.proof() {
			return time.Time{}, fmt.Errorf("the broker confirmed only %s ago that the call is ours", since.Round(time.Millisecond))
		}
		return t.Add(p.proof() + p.cfg.SlackTimeout), nil
	}
}

// age goes by both clocks: the monotonic one stands while a machine is suspended,
// and the other one can be set back.
func age(t time.Time) time.Duration {
	now := time.Now()
	return max(now.Sub(t), now.Round(0).Sub(t.Round(0)))
}

// proof is how old the broker's word that a call is ours may be when a request to
// Slack begins. Under load every answer renews it; a lone call costs a round trip.
func (p *Processor) proof() time.Duration { return p.cfg.SlackTimeout / 2 }
