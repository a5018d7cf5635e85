package processor

import (
	"time"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/journal"
)

// doubt says that a call may have been begun by a process that died, so that
// a step of it may be done. The zero value is none.
type doubt struct {
	oldest time.Time // nothing that it did can be older
	until  time.Time // when a request of that process has ended for sure
}

// The clocks of the platform, of Slack and of this machine may differ by this
// much before a lookup misses a message.
const clocks = time.Hour

// A call whose message says nothing of its age is taken to be at most this old.
const unsent = 7 * 24 * time.Hour

// inDoubt finds out whether a call that is about to be worked on may have been
// begun before. The journal knows of this process's own. Of others speaks the
// broker's redelivered flag, but for calls that this process was the first to be
// handed and nobody else could get; where the queue is shared, or the journal has
// been lost, a message that may have lost the flag is in doubt too.
//
// That the journal does not know a call is no proof that nobody has begun it: an
// instance elsewhere, with a journal of its own, may have worked until this one took
// its place. That it knows it as taken, and not as asked for, is a proof for a short
// time after our forerunner's end. Another instance can only have got the call after
// that end, and marked as redelivered: then it waits as long as ended says before it
// asks Slack, which is longer than [Resume].
func (p *Processor) inDoubt(d *broker.Delivery, entry journal.Entry, fresh bool) doubt {
	oldest := time.Now() // also where the entry is of a clock that was ahead
	if !fresh && entry.Began.Before(oldest) {
		oldest = entry.Began
	}
	if !d.Timestamp.IsZero() && d.Timestamp.Before(oldest) {
		oldest = d.Timestamp
	}
	oldest = oldest.Add(-clocks)
	if d.Timestamp.IsZero() {
		oldest = oldest.Add(-unsent)
	}
	switch {
	case !fresh && !p.cfg.Shared && !entry.Asked && time.Now().Before(entry.Trusted):
		return doubt{}
	case !fresh && !p.cfg.Shared: // the process that began it died before this one started
		return doubt{oldest, p.started.Add(p.ended())}
	case !fresh, d.Redelivered && (p.cfg.Shared || !d.First), (p.cfg.Shared || p.cfg.Journal.Lost()) && d.MaybeRedelivered():
		return doubt{oldest, time.Now().Add(p.ended())}
	}
	return doubt{}
}

// Resume is what a journal needs to know as [journal.Config.Resume]: others that are
// handed a call wait for longer than that before they ask Slack for it.
func Resume(slackTimeout time.Duration, shared bool) time.Duration {
	if shared {
		return 0
	}
	return slackTimeout
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
