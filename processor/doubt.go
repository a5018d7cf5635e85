package processor

import (
	"context"
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

// ended is how long after a process has died its requests to Slack have ended
// for sure: their own time, and half of it for what Slack was still doing when
// they were cut off.
func (p *Processor) ended() time.Duration { return p.cfg.SlackTimeout * 3 / 2 }

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
