package slackapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
)

const methodPost = "chat.postMessage"

// eventType marks our metadata among that of other apps.
const eventType = "fn_slack_delivery"

// Posted is a message that is in Slack. Its JSON is kept by callers over new
// versions of the program.
type Posted struct {
	Channel    string `json:"channel"`               // the channel's id, also where the message named it otherwise
	TS         string `json:"ts"`                    // the message's id in its channel
	ThreadTS   string `json:"thread_ts,omitempty"`   // the parent's, "" at channel level
	ParentGone bool   `json:"parent_gone,omitempty"` // a reply was asked for, but Slack posted at channel level because the parent is deleted

	Response json.RawMessage   `json:"response"`          // Slack's whole answer; put together from the message where it was found and not answered
	Headers  map[string]string `json:"headers,omitempty"` // of the answer
	Attempts int               `json:"attempts"`          // requests to post it, 0 for what Find found
	Found    bool              `json:"found,omitempty"`   // no answer said so: it was found by its delivery id
}

// Post posts the message, waits for its channel's turn and pace, and tries
// again what may be tried again. The delivery id goes into the message's
// metadata; with "" an ambiguous answer is an UnknownError at once.
//
// The error is a *RefusedError, *InvalidError, *UnavailableError or
// *UnknownError; one of the latter two when ctx ends first.
func (p *Poster) Post(ctx context.Context, m blockkit.Message, deliveryID string) (Posted, error) {
	return p.PostSince(ctx, m, deliveryID, time.Now(), nil)
}

// PostSince is Post for a message whose delivery timeout has run since a moment
// before, because it has waited for others of its channel. One that comes too
// late is tried once all the same: what held it up may be over. Each request
// needs the permit; nil is a permit for ever.
func (p *Poster) PostSince(ctx context.Context, m blockkit.Message, deliveryID string, begun time.Time, permit Permit) (Posted, error) {
	return p.PostCard(ctx, m, deliveryID, Memo{}, begun, permit)
}

func (p *Poster) post(ctx context.Context, d *delivery) (Posted, error) {
	if strings.TrimSpace(d.m.Channel) == "" {
		return Posted{}, &InvalidError{Code: "no_channel"}
	}
	d.deadline = d.begun.Add(p.cfg.DeliveryTimeout)

	once := time.Now().Add(p.cfg.RequestTimeout)
	if d.deadline.After(once) {
		once = d.deadline
	}
	l, err := p.lanes.enter(ctx, d.m.Channel, once)
	if err != nil {
		return Posted{}, d.gaveUp(&UnavailableError{Reason: "other messages of the channel are still waiting", Err: err})
	}
	defer p.lanes.leave(l)
	d.lane = l
	return d.run(ctx)
}

// delivery is one message on its way through the tries.
type delivery struct {
	p        *Poster
	m        blockkit.Message
	id       string
	memo     Memo
	permit   Permit
	lane     *lane
	begun    time.Time
	called   time.Time
	deadline time.Time
	tries    int
	doubt    *UnknownError // the latest ambiguous answer: a look comes before every further try
}

func (d *delivery) run(ctx context.Context) (Posted, error) {
	pause := backoff{min: d.p.cfg.MinBackoff, max: d.p.cfg.MaxBackoff}
	last := &UnavailableError{Reason: "the channel's pace did not allow it in time"}
	at := time.Now()
	for {
		if open := d.lane.open(time.Now()); open.After(at) {
			at = open
		}
		late := at.After(d.deadline) && (d.tries > 0 || d.deadline.After(d.called))
		if !late {
			if err := d.p.sleepers.sleepUntil(ctx, at); err != nil {
				last.Err = err
				return Posted{}, d.gaveUp(last)
			}
		}
		if posted, found, err := d.look(ctx); found || err != nil {
			return posted, err
		}
		if late {
			return Posted{}, d.gaveUp(last)
		}
		sent := time.Now()
		posted, err := d.try(ctx)
		if err == nil {
			return posted, nil
		}
		wait := pause.next()
		var unavailable *UnavailableError
		switch {
		case errors.As(err, &unavailable):
			last = unavailable
		case errors.As(err, &d.doubt):
			if posted, found, err := d.lookAgain(ctx); found || err != nil {
				return posted, err
			}
			last = &UnavailableError{Reason: d.doubt.Reason + ", and the message is not there", Err: d.doubt.Err, Elsewhere: d.doubt.Elsewhere}
			// Slack may go on working on a request that was cut off, as after the
			// death of a process.
			wait = max(wait, 2*d.p.cfg.LookupDelay, time.Until(sent.Add(d.p.cfg.RequestTimeout*3/2)))
		default:
			return Posted{}, err
		}
		if last.RetryAfter > 0 {
			wait = last.RetryAfter
			d.p.lanes.close(d.lane, time.Now().Add(wait))
		}
		at = time.Now().Add(wait)
		level := slog.LevelDebug
		if d.tries == 1 && last.Elsewhere {
			level = slog.LevelWarn // somebody may have to put it right
		}
		d.p.cfg.Log.Log(ctx, level, "slack: trying again", "channel", d.m.Channel, "tries", d.tries, "reason", last.Reason, "wait", wait)
	}
}

// lookAgain is the first look after an ambiguous answer, for the message that was
// posted in spite of it. The one before the next try is for the message that Slack
// was still working on.
func (d *delivery) lookAgain(ctx context.Context) (Posted, bool, error) {
	if d.id == "" {
		return Posted{}, false, d.doubt
	}
	if err := d.p.sleepers.sleepUntil(ctx, time.Now().Add(d.p.cfg.LookupDelay)); err != nil {
		d.doubt.Lookup = err.Error()
		return Posted{}, false, d.doubt
	}
	return d.look(ctx)
}

// look finds out, where an answer was ambiguous, whether the message is there.
func (d *delivery) look(ctx context.Context) (Posted, bool, error) {
	if d.doubt == nil {
		return Posted{}, false, nil
	}
	// A look may pass the deadline: knowing is worth the time of a request.
	posted, found, err := d.p.find(ctx, d.m.Channel, d.m.ThreadTS, d.id, d.begun.Add(-clockSkew), d.deadline.Add(d.p.cfg.RequestTimeout))
	if err != nil {
		d.doubt.Lookup = err.Error()
		return Posted{}, false, d.doubt
	}
	if found {
		d.p.cfg.Log.Info("slack: an ambiguous answer was a posted message", "channel", posted.Channel, "ts", posted.TS, "answer", d.doubt.Reason)
		posted.Attempts = d.tries
	}
	return posted, found, nil
}

func (d *delivery) gaveUp(err *UnavailableError) error {
	err.Tries, err.Waited = d.tries, time.Since(d.begun)
	return err
}

// try sends the message once.
func (d *delivery) try(ctx context.Context) (Posted, error) {
	d.tries++
	var until time.Time
	if d.permit != nil {
		var err error
		if until, err = d.permit(ctx); err != nil {
			return Posted{}, &UnavailableError{Reason: "it may not be posted from here now", Err: err}
		}
	}
	d.lane.took(time.Now())
	x := d.p.exchange(ctx, &recorder{until: until, most: maxPosted}, d.p.sends(methodPost, d.m, func(v url.Values) {
		if d.id != "" {
			v.Set("metadata", payload{d.id, d.memo}.metadata())
		}
	}))
	e, err := x.verdict(d.m.Channel)
	if err != nil {
		return Posted{}, err
	}
	if e.TS == "" {
		return Posted{}, &UnknownError{Reason: "Slack answered ok without the message's ts"}
	}
	d.p.learn(d.m.Channel, e.Channel)
	return Posted{
		Channel:    e.Channel,
		TS:         e.TS,
		ThreadTS:   e.ThreadTS,
		ParentGone: d.m.ThreadTS != "" && e.ThreadTS == "",
		Response:   x.body,
		Headers:    x.headers(),
		Attempts:   d.tries,
	}, nil
}

// sends calls a method with a message and what else belongs into its form.
func (p *Poster) sends(method string, m blockkit.Message, more func(url.Values)) func(context.Context, *slack.Client) error {
	return func(ctx context.Context, api *slack.Client) error {
		_, _, _, err := api.SendMessageContext(ctx, m.Channel, slack.UnsafeMsgOptionEndpoint(p.cfg.APIURL+method, func(v url.Values) {
			fill(v, m)
			more(v)
		}))
		return err
	}
}

// fill is a message, but for its channel, as chat.postMessage takes it. Raw JSON is
// joined and not encoded again: json.Marshal would rewrite what the layout wrote.
func fill(v url.Values, m blockkit.Message) {
	text := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	flag := func(name string, value *bool) {
		if value != nil {
			v.Set(name, strconv.FormatBool(*value))
		}
	}
	list := func(name string, items []json.RawMessage) {
		if len(items) > 0 {
			v.Set(name, joinRaw(items))
		}
	}
	text("text", m.Text)
	text("thread_ts", m.ThreadTS)
	text("username", m.Username)
	text("icon_emoji", m.IconEmoji)
	text("icon_url", m.IconURL)
	text("parse", m.Parse)
	list("blocks", m.Blocks)
	list("attachments", m.Attachments)
	flag("link_names", m.LinkNames)
	flag("mrkdwn", m.Mrkdwn)
	flag("unfurl_links", m.UnfurlLinks)
	flag("unfurl_media", m.UnfurlMedia)
	if m.ReplyBroadcast {
		v.Set("reply_broadcast", "true")
	}
}

func joinRaw(items []json.RawMessage) string {
	var b strings.Builder
	b.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(item)
	}
	b.WriteByte(']')
	return b.String()
}

// backoff doubles from min to max, and takes a random part of the upper half
// so that several services do not come back in step.
type backoff struct {
	min, max time.Duration
	tries    int
}

func (b *backoff) next() time.Duration {
	d := b.max
	if b.tries < 30 && b.min<<b.tries < b.max {
		d = b.min << b.tries
	}
	b.tries++
	return d/2 + rand.N(d/2+1)
}
