package slackapi

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

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

// Permalink asks Slack once for the address of a message. It is a call of its
// own for each message, so it is not part of Post, and a failure says nothing
// about the message.
func (p *Poster) Permalink(ctx context.Context, channel, ts string) (string, error) {
	x := p.call(ctx, func(ctx context.Context, api *slack.Client) error {
		_, err := api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: channel, Ts: ts})
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
	return a.Permalink, nil
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
