package channel

import (
	"context"
	"fmt"
	"time"

	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// madeChannel is the result of the step that makes a channel.
type madeChannel struct {
	slackapi.Channel
	New bool `json:"new"` // this call made it
}

// make makes the channel. taken says that its own name is an archived channel's.
func (v *visit) make(ctx context.Context, private, taken bool) (slackapi.Channel, bool, error) {
	first := 1
	if taken {
		first = 2
	}
	made, err := processor.Step[madeChannel]{
		Name: "channel", Done: "made", What: "channel", Where: "Slack",
		Find: func(ctx context.Context, oldest time.Time) (madeChannel, bool, error) {
			return v.madeBefore(ctx, first, oldest)
		},
		Do: func(ctx context.Context, permit processor.Permit) (madeChannel, error) {
			return v.makeFrom(ctx, first, private, permit)
		},
	}.Take(ctx, v.t)
	if err != nil {
		return slackapi.Channel{}, false, err
	}
	if made.Name != v.name {
		v.note(ctx, "The name #%s is taken, by an archived channel or one that the app cannot see: this one is #%s", v.name, made.Name)
	}
	how := "Found"
	if made.New {
		how = "Made " + map[bool]string{true: "private", false: "public"}[made.Private]
	}
	v.t.Status(ctx, how+" Slack channel #"+made.Name)
	return made.Channel, true, nil
}

// makeFrom tries one name after the other, from the n-th. Slack lets a name be used
// once, so that two that make the same channel at once, or a second try after an
// answer that was lost, end in the same channel.
func (v *visit) makeFrom(ctx context.Context, n int, private bool, permit processor.Permit) (madeChannel, error) {
	start := time.Now().Add(-clockSkew)
	for ; ; n++ {
		name := candidate(v.name, n)
		c, err := v.cfg.Slack.CreateChannel(ctx, name, private, permit)
		if err == nil {
			return madeChannel{c, true}, nil
		}
		if slackapi.Code(err) != "name_taken" || n == maxNames {
			return madeChannel{}, err
		}
		c, found, err := v.cfg.Slack.ChannelNamed(ctx, name, true)
		if err != nil {
			return madeChannel{}, err
		}
		if !found || c.Archived || c.Private != private {
			continue
		}
		if n == 1 {
			return madeChannel{Channel: c}, nil // somebody was faster
		}
		// With a number behind it, it is of use only where we made it just now:
		// another one may be of another incident.
		if ours, err := v.ours(ctx, c, start); err != nil || ours {
			return madeChannel{c, true}, err
		}
	}
}

// clockSkew is how much Slack's clock and ours may differ.
const clockSkew = time.Hour

// madeBefore looks for what a process that died may have made. Beyond the first
// number that no channel has it cannot have come.
func (v *visit) madeBefore(ctx context.Context, first int, oldest time.Time) (madeChannel, bool, error) {
	for n := first; n <= maxNames; n++ {
		c, found, err := v.cfg.Slack.ChannelNamed(ctx, candidate(v.name, n), true)
		if err != nil {
			return madeChannel{}, false, fmt.Errorf("whether the channel was made before cannot be found out: %w", err)
		}
		if !found && n > 1 {
			break
		}
		if !found || c.Archived {
			continue
		}
		if ours, err := v.ours(ctx, c, oldest); err != nil || ours {
			return madeChannel{c, true}, ours, err
		}
	}
	return madeChannel{}, false, nil
}

// ours says whether this app has made a channel, and not long ago.
func (v *visit) ours(ctx context.Context, c slackapi.Channel, oldest time.Time) (bool, error) {
	if time.Unix(c.Created, 0).Before(oldest) {
		return false, nil
	}
	who, err := v.cfg.Slack.AuthTest(ctx)
	return err == nil && c.Creator == who.UserID, err
}
