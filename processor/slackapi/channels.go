package slackapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/slack-go/slack"
)

// Channel is a public or private channel as Slack has it.
type Channel struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Private  bool   `json:"is_private"`
	Archived bool   `json:"is_archived"`
	General  bool   `json:"is_general"` // the one that everybody is in
	Member   bool   `json:"is_member"`  // the app is
	Creator  string `json:"creator"`    // a user's id
	Created  int64  `json:"created"`    // seconds since 1970
}

// Channel asks for a channel by its id. The errors are those of [Poster.Find].
func (p *Poster) Channel(ctx context.Context, id string) (Channel, error) {
	x, _, err := p.read(ctx, "conversations.info", id, p.patience(), func(ctx context.Context, api *slack.Client) error {
		_, err := api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
		return err
	})
	if err != nil {
		return Channel{}, err
	}
	return p.channelOf("conversations.info", x)
}

// ChannelNamed looks for a channel by the name that it has now; archived ones have
// names too, private ones show only to members. The list of all channels is read
// where no earlier list had the name, or fresh says that it may be new.
func (p *Poster) ChannelNamed(ctx context.Context, name string, fresh bool) (c Channel, found bool, err error) {
	p.mu.Lock()
	id := p.met[name]
	p.mu.Unlock()
	if id != "" && !fresh {
		var refused *RefusedError
		c, err = p.Channel(ctx, id)
		if err == nil && c.Name == name {
			return c, true, nil
		}
		if err != nil && !(errors.As(err, &refused) && refused.Code == "channel_not_found") {
			return Channel{}, false, err
		}
	}
	kinds := [][]string{{"public_channel", "private_channel"}, {"public_channel"}, {"private_channel"}}
	var lacking error
	for _, types := range kinds { // a token may have the scope of one kind only
		c, found, err = p.namedAmong(ctx, name, types)
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.Code != "missing_scope" {
			return c, found, err
		}
		if lacking == nil {
			lacking = err
		}
	}
	return Channel{}, false, lacking
}

// maxListed bounds the list of a workspace's channels, in pages of 1,000.
const maxListed = 200

// namedAmong reads the list until it has the name, and remembers what it has read.
func (p *Poster) namedAmong(ctx context.Context, name string, types []string) (Channel, bool, error) {
	const method = "conversations.list"
	deadline, cursor := p.patience(), ""
	for range maxListed {
		x, e, err := p.read(ctx, method, name, deadline, func(ctx context.Context, api *slack.Client) error {
			_, _, err := api.GetConversationsContext(ctx, &slack.GetConversationsParameters{Cursor: cursor, Limit: 1000, Types: types})
			return err
		})
		if err != nil {
			return Channel{}, false, err
		}
		var list struct {
			Channels []Channel `json:"channels"`
		}
		if err := json.Unmarshal(x.body, &list); err != nil {
			return Channel{}, false, fmt.Errorf("slack: %s: %w", method, err)
		}
		for _, c := range list.Channels {
			p.meet(c)
		}
		for _, c := range list.Channels {
			if c.Name == name {
				return c, true, nil
			}
		}
		if cursor = e.Metadata.NextCursor; cursor == "" {
			return Channel{}, false, nil
		}
	}
	return Channel{}, false, &UnavailableError{Reason: fmt.Sprintf("the workspace has more than %d channels: name this one by its id", maxListed*1000), asked: true}
}

// meet remembers a channel's name.
func (p *Poster) meet(c Channel) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.met) >= 100_000 {
		clear(p.met) // a cache: what is missing is listed again
	}
	p.met[c.Name] = c.ID
}

// CreateChannel makes a channel. A name is used once in a workspace, so a second try
// after an answer that was lost makes no second channel: its error is an
// [*InvalidError] with the code name_taken, as for every other channel of that name.
func (p *Poster) CreateChannel(ctx context.Context, name string, private bool, permit Permit) (Channel, error) {
	const method = "conversations.create"
	x, _, err := p.insist(ctx, method, name, p.patience(), permit, func(ctx context.Context, api *slack.Client) error {
		_, err := api.CreateConversationContext(ctx, slack.CreateConversationParams{ChannelName: name, IsPrivate: private})
		return err
	})
	if err != nil {
		return Channel{}, err
	}
	c, err := p.channelOf(method, x)
	c.Member = true
	return c, err
}

// channelOf reads the channel of an answer.
func (p *Poster) channelOf(method string, x exchange) (Channel, error) {
	var a struct {
		Channel Channel `json:"channel"`
	}
	if err := json.Unmarshal(x.body, &a); err != nil {
		return Channel{}, fmt.Errorf("slack: %s: %w", method, err)
	}
	if a.Channel.ID == "" {
		return Channel{}, fmt.Errorf("slack: %s: the answer names no channel", method)
	}
	p.meet(a.Channel)
	return a.Channel, nil
}

// Join makes the app a member of a public channel.
func (p *Poster) Join(ctx context.Context, channel string, permit Permit) error {
	_, _, err := p.insist(ctx, "conversations.join", channel, p.patience(), permit, func(ctx context.Context, api *slack.Client) error {
		_, _, _, err := api.JoinConversationContext(ctx, channel)
		return err
	})
	return err
}

// Archive closes a channel for ever, or until a person opens it again. One that is
// archived already is no error.
func (p *Poster) Archive(ctx context.Context, channel string, permit Permit) error {
	_, _, err := p.insist(ctx, "conversations.archive", channel, p.patience(), permit, func(ctx context.Context, api *slack.Client) error {
		return api.ArchiveConversationContext(ctx, channel)
	})
	if Code(err) == "already_archived" {
		return nil
	}
	return err
}

// Invite invites users by their ids, 30 at most, and gives Slack's code for each of
// those who are not invited now, already_in_channel among them. The others are.
func (p *Poster) Invite(ctx context.Context, channel string, users []string, permit Permit) (kept map[string]string, err error) {
	_, e, err := p.insist(ctx, "conversations.invite", channel, p.patience(), permit, func(ctx context.Context, api *slack.Client) error {
		_, err := api.ForceInviteUsersToConversationContext(ctx, channel, users...)
		return err
	})
	kept = map[string]string{}
	for _, raw := range e.Errors {
		var one struct {
			User  string `json:"user"`
			Error string `json:"error"`
		}
		if json.Unmarshal(raw, &one) == nil && one.User != "" && one.Error != "" {
			kept[one.User] = one.Error
		}
	}
	if len(kept) > 0 {
		if err == nil {
			return kept, nil
		}
		return p.inviteOthers(ctx, channel, users, kept, permit)
	}
	code := Code(err)
	switch {
	case !ofPerson(code):
		return nil, err
	case len(users) == 1:
		return map[string]string{users[0]: code}, nil
	}
	for _, user := range users { // Slack does not say whom it means
		one, err := p.Invite(ctx, channel, []string{user}, permit)
		if err != nil {
			return nil, err
		}
		maps.Copy(kept, one)
	}
	return kept, nil
}

// inviteOthers invites those whom a refusal does not name. Whether it kept them out too
// Slack's documents leave open; who came in nevertheless is in the channel by now.
func (p *Poster) inviteOthers(ctx context.Context, channel string, users []string, kept map[string]string, permit Permit) (map[string]string, error) {
	others := slices.DeleteFunc(slices.Clone(users), func(user string) bool { return kept[user] != "" })
	if len(others) == 0 || len(others) == len(users) {
		return kept, nil
	}
	again, err := p.Invite(ctx, channel, others, permit)
	for user, code := range again {
		if code != "already_in_channel" {
			kept[user] = code
		}
	}
	return kept, err
}

// ofPerson says that a refusal concerns who is invited, and not the channel or the
// app: https://docs.slack.dev/reference/methods/conversations.invite#errors
func ofPerson(code string) bool {
	switch code {
	case "already_in_channel", "cant_invite", "cant_invite_self", "user_not_found", "ura_max_channels",
		"no_external_invite_permission", "user_is_restricted", "user_team_not_in_channel":
		return true
	}
	return false
}

// Code is Slack's in a refusal, "" for other errors.
func Code(err error) string {
	var (
		refused *RefusedError
		invalid *InvalidError
	)
	switch {
	case errors.As(err, &refused):
		return refused.Code
	case errors.As(err, &invalid):
		return invalid.Code
	}
	return ""
}

// patience is until when a call about channels or people is tried.
func (p *Poster) patience() time.Time { return time.Now().Add(p.cfg.DeliveryTimeout) }
