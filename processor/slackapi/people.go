package slackapi

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/slack-go/slack"
)

// User is a person, or an app, of the workspace.
type User struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	RealName string `json:"real_name"`
	Deleted  bool   `json:"deleted"` // deactivated
	Bot      bool   `json:"is_bot"`
	Profile  struct {
		DisplayName string `json:"display_name"`
		Email       string `json:"email"` // "" without the scope users:read.email
	} `json:"profile"`
}

// UserByEmail looks a person up; false where Slack knows nobody of that address, or
// does not tell.
func (p *Poster) UserByEmail(ctx context.Context, email string) (u User, found bool, err error) {
	u, err = p.user(ctx, "users.lookupByEmail", func(ctx context.Context, api *slack.Client) error {
		_, err := api.GetUserByEmailContext(ctx, email)
		return err
	})
	if Code(err) == "users_not_found" {
		return User{}, false, nil
	}
	return u, err == nil, err
}

// User asks for a user by id.
func (p *Poster) User(ctx context.Context, id string) (User, error) {
	return p.user(ctx, "users.info", func(ctx context.Context, api *slack.Client) error {
		_, err := api.GetUserInfoContext(ctx, id)
		return err
	})
}

func (p *Poster) user(ctx context.Context, method string, do func(context.Context, *slack.Client) error) (User, error) {
	x, _, err := p.read(ctx, method, "", p.patience(), do)
	if err != nil {
		return User{}, err
	}
	var a struct {
		User User `json:"user"`
	}
	if err := json.Unmarshal(x.body, &a); err != nil {
		return User{}, fmt.Errorf("slack: %s: %w", method, err)
	}
	return a.User, nil
}

// Members lists the ids of who is in a channel, at most the given number.
func (p *Poster) Members(ctx context.Context, channel string, most int) ([]string, error) {
	const method = "conversations.members"
	deadline, cursor := p.patience(), ""
	var all []string
	for len(all) < most {
		x, e, err := p.read(ctx, method, channel, deadline, func(ctx context.Context, api *slack.Client) error {
			_, _, err := api.GetUsersInConversationContext(ctx, &slack.GetUsersInConversationParameters{ChannelID: channel, Cursor: cursor, Limit: pageSize})
			return err
		})
		if err != nil {
			return nil, err
		}
		var list struct {
			Members []string `json:"members"`
		}
		if err := json.Unmarshal(x.body, &list); err != nil {
			return nil, fmt.Errorf("slack: %s: %w", method, err)
		}
		all = append(all, list.Members...)
		if cursor = e.Metadata.NextCursor; cursor == "" {
			break
		}
	}
	return all[:min(most, len(all))], nil
}
