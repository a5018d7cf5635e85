package processor

import (
	"context"
	"fmt"
	"time"

	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// doubt says that a call may have been begun by a process that died, so that
// its message may be in Slack. The zero value is none.
type doubt struct {
	oldest time.Time // the message cannot be older
	until  time.Time // when a request of that process has ended for sure
}

// The clocks of the platform, of Slack and of this machine may differ by this
// much before a lookup misses a message.
const clocks = time.Hour

// A call whose message says nothing of its age is taken to be at most this old.
const unsent = 7 * 24 * time.Hour

// inDoubt finds out whether a call that is about to be worked on may have been
// begun before. The journal knows of this instance's own. Of other instances
// speaks the broker's redelivered flag; where the queue is shared, or the journal
// has been lost, a message that may have lost it is in doubt too.
func (p *Processor) inDoubt(d *broker.Delivery, entry journal.Entry, fresh bool) doubt {
	oldest := entry.Began
	if !d.Timestamp.IsZero() && d.Timestamp.Before(oldest) {
		oldest = d.Timestamp
	}
	oldest = oldest.Add(-clocks)
	if d.Timestamp.IsZero() {
		oldest = oldest.Add(-unsent)
	}
	switch {
	case !fresh && !p.cfg.Shared: // the process that began it died before this one started
		return doubt{oldest, p.started.Add(p.ended())}
	case !fresh, d.Redelivered, (p.cfg.Shared || p.cfg.Journal.Lost()) && d.MaybeRedelivered():
		return doubt{oldest, time.Now().Add(p.ended())}
	}
	return doubt{}
}

// ended is how long after a process has died, or the broker has taken a call from
// an instance that lives, its requests to Slack have had all the effect that they
// will have: what [Processor.permit] still allows, the time of a request, and what
// Slack was doing when the request was cut.
func (p *Processor) ended() time.Duration {
	ended := p.cfg.SlackTimeout + p.cfg.SlackGrace
	if p.cfg.Shared {
		ended += p.proof()
	}
	return ended
}

// proof is how old the broker's word that a call is ours may be when a request to
// Slack begins. Under load every answer renews it; a lone call costs a round trip.
func (p *Processor) proof() time.Duration { return p.cfg.SlackTimeout / 2 }

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
func (p *Processor) permit(d *broker.Delivery) slackapi.Permit {
	if !p.cfg.Shared {
		return nil
	}
	return func(ctx context.Context) (time.Time, error) {
		// The work on the call ends soon. Until then it must not be posted before
		// those whose work has ended and which come again.
		if err := d.Lost(); err != nil {
			return time.Time{}, err
		}
		if age(d.Confirmed()) > p.proof() {
			ctx, cancel := context.WithTimeout(ctx, p.proof())
			defer cancel()
			if err := d.Confirm(ctx); err != nil {
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

// ask looks for the message of a call in doubt. An error says that nobody can
// tell and that it must not be posted.
func (p *Processor) ask(ctx context.Context, j *job, m formatters.Message, id string) (posted slackapi.Posted, found bool, err error) {
	if j.doubt == (doubt{}) {
		return posted, false, nil
	}
	select {
	case <-time.After(time.Until(j.doubt.until)):
	case <-ctx.Done():
		return posted, false, ctx.Err()
	}
	posted, found, err = p.cfg.Poster.Find(ctx, m.Channel, m.ThreadTS, id, j.doubt.oldest)
	switch {
	case found:
		p.status(ctx, j, "The message was in Slack already")
		return posted, true, nil
	case ctx.Err() != nil:
		return posted, false, ctx.Err()
	case err != nil && p.cfg.OnUnknown == Hold:
		return posted, false, &slackapi.UnknownError{
			Reason: "this call was begun before, by a process that ended", Lookup: err.Error(),
		}
	case err != nil:
		p.status(ctx, j, "Slack cannot tell whether the message was posted before; it is posted now, as on_unknown = resend says")
	}
	return posted, false, nil
}
