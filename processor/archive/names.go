package archive

import (
	"cmp"
	"context"
	"errors"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// names are those of people and of channels by their ids. Each is asked for once.
type names struct {
	slack   *slackapi.Poster
	people  map[string]string
	rooms   map[string]string
	lacking string // why no more are asked for
	err     error  // why the work has to end
}

func newNames(slack *slackapi.Poster) *names {
	return &names{slack: slack, people: map[string]string{}, rooms: map[string]string{}}
}

// person is somebody's name; the id where Slack does not tell.
func (n *names) person(ctx context.Context, id string) string {
	return n.named(n.people, id, func() (string, error) {
		u, err := n.slack.User(ctx, id)
		return cmp.Or(u.Profile.DisplayName, u.RealName, u.Name), err
	})
}

// room is a channel's name.
func (n *names) room(ctx context.Context, id string) string {
	return n.named(n.rooms, id, func() (string, error) {
		c, err := n.slack.Channel(ctx, id)
		return c.Name, err
	})
}

func (n *names) named(known map[string]string, id string, ask func() (string, error)) string {
	if name, ok := known[id]; ok {
		return name
	}
	if n.lacking != "" || n.err != nil {
		return id
	}
	name, err := ask()
	var refused *slackapi.RefusedError
	switch {
	case errors.As(err, &refused) && refused.AllChannels():
		n.lacking = "Ids stand in the place of names: " + err.Error()
		return id
	case err != nil && slackapi.Code(err) == "": // no answer, although it was waited for
		n.err = err
		return id
	}
	known[id] = cmp.Or(mrkdwn.Truncate(mrkdwn.OneLine(name), 80), id)
	return known[id]
}
