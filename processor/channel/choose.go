package channel

import (
	"context"
	"fmt"
	"strings"

	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// choose finds the channel that the call goes to, or makes it where it may. One without
// an id is none.
func (v *visit) choose(ctx context.Context) (c slackapi.Channel, made bool, err error) {
	c, err = v.find(ctx)
	if err != nil || c.ID == "" && !v.makes {
		return c, false, err
	}
	if said := strings.TrimPrefix(strings.TrimSpace(v.wish.Name), "#"); v.named && said != v.name {
		v.note(ctx, "A channel of Slack's cannot be called %q: it is #%s", cutName(said, 2*maxName), v.name)
	}
	if c.ID == "" {
		if v.wish.Private == nil {
			return c, false, &unfit{
				fmt.Sprintf("channel #%s does not exist or the app cannot see it. Invite the app with /invite, or set slack_is_channel_private to have it made.", v.name),
				"the channel does not exist, and slack_is_channel_private does not say how to make it",
			}
		}
		return v.make(ctx, *v.wish.Private, false)
	}
	if err := v.fits(c); err != nil {
		return c, false, err
	}
	if c.Archived && !v.makes {
		return slackapi.Channel{}, false, nil
	}
	if c.Archived {
		v.note(ctx, "Channel #%s is archived, and is replaced by a new one", c.Name)
		return v.make(ctx, c.Private, c.Name == v.name)
	}
	v.t.Status(ctx, "Found Slack channel #"+c.Name)
	return c, false, nil
}

// find looks for the channel; one without an id does not exist.
func (v *visit) find(ctx context.Context) (slackapi.Channel, error) {
	id, name := strings.TrimSpace(v.wish.ID), strings.TrimSpace(v.wish.Name)
	if id == "" && idForm.MatchString(name) {
		id = name
	}
	switch {
	case id != "":
		c, err := v.cfg.Slack.Channel(ctx, id)
		v.name, v.own = c.Name, v.row.ID != 0 && (rowChannel(v.row) == c.ID || v.row.Text(columnName) == c.Name)
		return c, err
	case name != "":
		v.named = true
		return v.byName(ctx, name)
	case v.row.ID != 0:
		return v.bound(ctx)
	}
	return slackapi.Channel{}, &resilient.InputError{
		Name: "slack_channel", Got: "nothing",
		Want: "the name of a channel, since the incident or task has none yet",
	}
}

// byName looks for the channel that the call names. Where that name was taken when
// the channel was made, the association has it under another one.
func (v *visit) byName(ctx context.Context, asked string) (slackapi.Channel, error) {
	v.name = validName(asked)
	if v.name == "" {
		return slackapi.Channel{}, &resilient.InputError{Name: "slack_channel", Got: fmt.Sprintf("%q", cutName(asked, maxName)), Want: "a name with letters or digits"}
	}
	bound := v.row.Text(columnName)
	if bound == v.name {
		return v.bound(ctx)
	}
	c, found, err := v.cfg.Slack.ChannelNamed(ctx, v.name, false)
	if err == nil && (!found || c.Archived) && v.row.ID != 0 && isCandidate(bound, v.name) {
		return v.bound(ctx)
	}
	if plain := plainName(v.name); err == nil && !found && plain != "" && plain != v.name {
		return v.byName(ctx, plain)
	}
	return c, err
}

// bound looks for the channel of the association: by its id, since people may give
// it another name, and where none is known, or that is gone, by its name.
func (v *visit) bound(ctx context.Context) (slackapi.Channel, error) {
	v.own = true
	bound := v.row.Text(columnName)
	if v.name == "" {
		v.name = bound
	}
	if id := rowChannel(v.row); id != "" {
		c, err := v.cfg.Slack.Channel(ctx, id)
		switch {
		case err == nil && c.Name != bound:
			v.note(ctx, "Channel #%s is called #%s now", bound, c.Name)
			return c, nil
		case slackapi.Code(err) != "channel_not_found":
			return c, err
		}
	}
	if bound == "" {
		return slackapi.Channel{}, &unfit{"the data table has a row for " + v.wish.resID() + " without a channel: fill it in or delete it.", "a row of the data table has no channel"}
	}
	c, _, err := v.cfg.Slack.ChannelNamed(ctx, bound, false)
	return c, err
}

// fits says why the channel that was found is not the one that the call wants.
func (v *visit) fits(c slackapi.Channel) error {
	is := map[bool]string{true: "private", false: "public"}
	switch {
	case v.wish.Private != nil && *v.wish.Private != c.Private:
		return &unfit{
			fmt.Sprintf("channel #%s is %s, but slack_is_channel_private asks for a %s one. Name another channel, or correct the input.", c.Name, is[c.Private], is[!c.Private]),
			"the channel is " + is[c.Private] + ", and the call asks for a " + is[!c.Private] + " one",
		}
	case c.Archived && !v.wish.Replace:
		return &unfit{fmt.Sprintf("channel #%s is archived. Unarchive it, or name another one in slack_channel.", c.Name), "the channel is archived"}
	}
	return nil
}
