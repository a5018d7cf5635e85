package slackapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

const (
	// clockSkew is how far a lookup goes back beyond the time that we have, or that
	// Slack's last answer has, if that is earlier: the clock of this machine may have
	// been set since.
	clockSkew = time.Hour

	// maxAhead bounds what an answer that says another time can cost in pages.
	maxAhead = 7 * 24 * time.Hour

	// pageSize is Slack's advice, "no more than 200 results at a time":
	// https://docs.slack.dev/apis/web-api/pagination
	pageSize = 200
	maxPages = 25
)

// Find looks for the message with this delivery id: in the thread, and at
// channel level, where replies to a deleted parent land. Messages before
// oldest are not looked at. It waits out rate limits and outages until the
// delivery timeout.
//
// A false without an error means that the message is not there. Without the
// history scope the error is a *RefusedError.
func (p *Poster) Find(ctx context.Context, channel, threadTS, deliveryID string, oldest time.Time) (Posted, bool, error) {
	if deliveryID == "" {
		return Posted{}, false, errors.New("slack: no delivery id to look for")
	}
	return p.find(ctx, channel, threadTS, deliveryID, oldest, time.Now().Add(p.cfg.DeliveryTimeout))
}

func (p *Poster) find(ctx context.Context, channel, threadTS, deliveryID string, oldest, deadline time.Time) (Posted, bool, error) {
	id, err := p.channelID(ctx, channel, deadline)
	if err != nil {
		return Posted{}, false, err
	}
	if !oldest.IsZero() {
		oldest = oldest.Add(-time.Duration(p.ahead.Load()))
	}
	s := search{p: p, channel: id, oldest: slackTime(oldest), deadline: deadline}
	var posted Posted
	found := false
	match := func(raw json.RawMessage, x *exchange) bool {
		card, ok := standing(id, raw)
		if found = ok && card.DeliveryID == deliveryID; found {
			posted = card.Posted
			posted.Headers = x.headers()
		}
		return found
	}
	if threadTS != "" {
		err := s.pages(ctx, "conversations.replies", s.replies(threadTS), match)
		var refused *RefusedError
		gone := errors.As(err, &refused) && refused.Code == "thread_not_found"
		if found || err != nil && !gone {
			return posted, found, err
		}
	}
	err = s.pages(ctx, "conversations.history", func(ctx context.Context, api *slack.Client, cursor string) error {
		_, err := api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
			ChannelID: id, Cursor: cursor, Inclusive: true,
			Limit: pageSize, Oldest: s.oldest, IncludeAllMetadata: true,
		})
		return err
	}, match)
	posted.ParentGone = found && threadTS != "" && posted.ThreadTS == ""
	return posted, found, err
}

type search struct {
	p               *Poster
	channel, oldest string
	deadline        time.Time
}

// replies asks for a page of a thread.
func (s *search) replies(threadTS string) func(context.Context, *slack.Client, string) error {
	return func(ctx context.Context, api *slack.Client, cursor string) error {
		_, _, _, err := api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{
			ChannelID: s.channel, Timestamp: threadTS, Cursor: cursor, Inclusive: true,
			Limit: pageSize, Oldest: s.oldest, IncludeAllMetadata: true,
		})
		return err
	}
}

// pages goes through messages until one of them is what was looked for.
func (s *search) pages(ctx context.Context, method string, get func(context.Context, *slack.Client, string) error, match func(json.RawMessage, *exchange) bool) error {
	cursor := ""
	for range maxPages {
		x, e, err := s.p.read(ctx, method, s.channel, s.deadline, func(ctx context.Context, api *slack.Client) error {
			return get(ctx, api, cursor)
		})
		if err != nil {
			return err
		}
		var page struct {
			Messages []json.RawMessage `json:"messages"`
		}
		if err := json.Unmarshal(x.body, &page); err != nil {
			return fmt.Errorf("slack: %s: %w", method, err)
		}
		for _, raw := range page.Messages {
			if match(raw, &x) {
				return nil
			}
		}
		if cursor = e.Metadata.NextCursor; cursor == "" {
			return nil
		}
	}
	return fmt.Errorf("slack: %s: more than %d messages since %s", method, maxPages*pageSize, s.oldest)
}

// read makes a call that changes nothing, and makes it again until the
// deadline.
func (p *Poster) read(ctx context.Context, method, channel string, deadline time.Time, do func(context.Context, *slack.Client) error) (exchange, envelope, error) {
	return p.insist(ctx, method, channel, deadline, nil, do)
}

// insist makes a call that may be made twice, and makes it again until the deadline.
// Each request needs the permit; nil is a permit for ever.
func (p *Poster) insist(ctx context.Context, method, channel string, deadline time.Time, permit Permit, do func(context.Context, *slack.Client) error) (exchange, envelope, error) {
	pause := backoff{min: p.cfg.MinBackoff, max: p.cfg.MaxBackoff}
	begun := time.Now()
	at := begun
	last := &UnavailableError{Reason: "rate limited", asked: true}
	for tries := 0; ; tries++ {
		if gate := p.gates.open(method); gate.After(at) {
			at = gate
		}
		if at.After(deadline) && (tries > 0 || at.After(time.Now())) { // the first try is always made when it needs no wait
			last.Tries, last.Waited = tries, time.Since(begun)
			return exchange{}, envelope{}, last
		}
		if err := p.sleepers.sleepUntil(ctx, at); err != nil {
			return exchange{}, envelope{}, err
		}
		x, e, err := p.once(ctx, channel, permit, do)
		if err == nil {
			return x, e, nil
		}
		var large *largeError
		if !errors.As(err, &last) || errors.As(err, &large) {
			return exchange{}, e, err
		}
		wait := last.RetryAfter
		if wait == 0 {
			wait = pause.next()
		} else {
			p.gates.close(method, time.Now().Add(wait))
		}
		at = time.Now().Add(wait)
	}
}

// once is one try of insist.
func (p *Poster) once(ctx context.Context, channel string, permit Permit, do func(context.Context, *slack.Client) error) (exchange, envelope, error) {
	rec := &recorder{most: maxBody}
	if permit != nil {
		until, err := permit(ctx)
		if err != nil {
			return exchange{}, envelope{}, &UnavailableError{Reason: "it may not be asked from here now", Err: err, asked: true}
		}
		rec.until = until
	}
	x := p.exchange(ctx, rec, do)
	e, err := asked(x, channel)
	return x, e, err
}

var idForm = regexp.MustCompile(`^[CGD][A-Z0-9]{5,}$`)
var userForm = regexp.MustCompile(`^[UW][A-Z0-9]{5,}$`)

// channelID is the id of a channel that was named by id, name or user. Slack's
// reading methods take ids only.
func (p *Poster) channelID(ctx context.Context, channel string, deadline time.Time) (string, error) {
	channel = strings.TrimPrefix(strings.TrimSpace(channel), "#")
	if id, ok := p.known(channel); ok {
		return id, nil
	}
	if idForm.MatchString(channel) {
		return channel, nil
	}
	if userForm.MatchString(channel) {
		return p.listed(ctx, channel, deadline, "im")
	}
	id, err := p.listed(ctx, channel, deadline, "public_channel", "private_channel")
	var refused *RefusedError
	if !errors.As(err, &refused) || refused.Code != "missing_scope" {
		return id, err
	}
	// Each kind has a scope of its own, and the token may have just the one that
	// is needed here.
	if id, alone := p.listed(ctx, channel, deadline, "public_channel"); alone == nil {
		return id, nil
	}
	if id, alone := p.listed(ctx, channel, deadline, "private_channel"); alone == nil {
		return id, nil
	}
	return "", err
}

// listed looks for a channel by name, or by user, in the list of those kinds.
func (p *Poster) listed(ctx context.Context, channel string, deadline time.Time, types ...string) (string, error) {
	cursor := ""
	for range maxPages {
		x, e, err := p.read(ctx, "conversations.list", channel, deadline, func(ctx context.Context, api *slack.Client) error {
			_, _, err := api.GetConversationsContext(ctx, &slack.GetConversationsParameters{
				Cursor: cursor, Limit: 1000, Types: types, ExcludeArchived: true,
			})
			return err
		})
		if err != nil {
			return "", err
		}
		var list struct {
			Channels []struct {
				ID   string `json:"id"`
				Name string `json:"name"`
				User string `json:"user"`
			} `json:"channels"`
		}
		if err := json.Unmarshal(x.body, &list); err != nil {
			return "", fmt.Errorf("slack: conversations.list: %w", err)
		}
		for _, c := range list.Channels {
			if strings.EqualFold(c.Name, channel) || c.User != "" && c.User == channel {
				p.learn(channel, c.ID)
				return c.ID, nil
			}
		}
		if cursor = e.Metadata.NextCursor; cursor == "" {
			break
		}
	}
	return "", &RefusedError{Code: "channel_not_found", Channel: channel, Detail: "not in conversations.list", asked: true}
}

// slackTime is a time as Slack writes it: seconds and six decimals.
func slackTime(t time.Time) string {
	if t.IsZero() {
		return "0"
	}
	return fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000)
}
