package slackapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

// Identity is who the token is, and what it may do.
type Identity struct {
	URL, Team, TeamID, User, UserID, BotID, EnterpriseID string
	Scopes                                               []string // from the X-OAuth-Scopes header; nil where Slack sent none
}

// Can tells whether the token has a scope.
func (id Identity) Can(scope string) bool {
	for _, s := range id.Scopes {
		if s == scope {
			return true
		}
	}
	return false
}

// AuthTest asks Slack once who the token is. The errors are those of Post.
func (p *Poster) AuthTest(ctx context.Context) (Identity, error) {
	x := p.call(ctx, func(ctx context.Context, api *slack.Client) error {
		_, err := api.AuthTestContext(ctx)
		return err
	})
	if _, err := asked(x, ""); err != nil {
		return Identity{}, err
	}
	var a slack.AuthTestResponse
	if err := json.Unmarshal(x.body, &a); err != nil {
		return Identity{}, fmt.Errorf("slack: auth.test: %w", err)
	}
	id := Identity{URL: a.URL, Team: a.Team, TeamID: a.TeamID, User: a.User, UserID: a.UserID, BotID: a.BotID, EnterpriseID: a.EnterpriseID}
	for s := range strings.SplitSeq(x.header.Get("X-OAuth-Scopes"), ",") {
		if s = strings.TrimSpace(s); s != "" {
			id.Scopes = append(id.Scopes, s)
		}
	}
	return id, nil
}

// Introduce learns whose token it is, so that a refused token is in the log
// before the first message needs it. It asks again while Slack is away, and
// returns when Slack has answered or ctx ends.
func (p *Poster) Introduce(ctx context.Context) {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		who, err := p.AuthTest(ctx)
		var refused *RefusedError
		switch {
		case err == nil:
			p.workspace.Store(&who.URL)
			p.cfg.Log.InfoContext(ctx, "Slack knows us", "team", who.Team, "user", who.User, "url", who.URL)
			return
		case ctx.Err() != nil:
			return
		case errors.As(err, &refused):
			p.cfg.Log.ErrorContext(ctx, "Slack refuses the token; calls are answered with this error", "error", err)
			return
		}
		p.cfg.Log.WarnContext(ctx, "Slack does not answer; messages are tried as they come", "error", err, "wait", wait)
		if p.sleepers.sleepUntil(ctx, time.Now().Add(wait)) != nil {
			return
		}
	}
}

// Known reports whether Slack has accepted the token; false also says that
// Introduce has no answer yet.
func (p *Poster) Known() bool { return p.workspace.Load() != nil }

// Permalink is the address of a message for people. It follows from the
// workspace's address, and costs no request once Introduce has learnt that.
// Otherwise Slack is asked once, and a failure says nothing about the message. It is
// absolute.
func (p *Poster) Permalink(ctx context.Context, m Posted) (string, error) {
	if workspace := p.workspace.Load(); workspace != nil && absolute(*workspace) {
		link := strings.TrimSuffix(*workspace, "/") + "/archives/" + m.Channel + "/p" + strings.ReplaceAll(m.TS, ".", "")
		if m.ThreadTS != "" {
			link += "?thread_ts=" + m.ThreadTS + "&cid=" + m.Channel
		}
		return link, nil
	}
	x := p.call(ctx, func(ctx context.Context, api *slack.Client) error {
		_, err := api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: m.Channel, Ts: m.TS})
		return err
	})
	if _, err := asked(x, ""); err != nil {
		return "", err
	}
	var a struct {
		Permalink string `json:"permalink"`
	}
	if err := json.Unmarshal(x.body, &a); err != nil {
		return "", fmt.Errorf("slack: chat.getPermalink: %w", err)
	}
	if !absolute(a.Permalink) {
		return "", fmt.Errorf("slack: chat.getPermalink gives %q, which is no address", a.Permalink)
	}
	return a.Permalink, nil
}

// absolute says whether a link leads somewhere from outside of Slack.
func absolute(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

// asked judges a call that only asks: nothing was to be posted, so nothing is
// unknown, and the errors say so.
func asked(x exchange, channel string) (envelope, error) {
	e, err := x.verdict(channel)
	switch err := err.(type) {
	case *UnknownError:
		return e, &UnavailableError{Reason: err.Reason, Status: x.status, Err: err.Err, asked: true}
	case *UnavailableError:
		err.asked = true
	case *RefusedError:
		err.asked = true
	case *InvalidError:
		err.asked = true
	}
	return e, err
}
