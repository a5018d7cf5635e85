package message

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/channel"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// deliver posts the messages of a call to the channel that its layout names, or
// else to the call's own, and gives the first of them. room is the channel of an
// incident, where that is it.
func (f *Function) deliver(ctx context.Context, t *processor.Task, r render.Rendered, report *processor.Report) (posted slackapi.Posted, room *channel.Room, err error) {
	report.Channel = r.Messages[0].Channel
	if r.Home == "" && r.Room != nil {
		if room, err = f.enter(ctx, t, r.Room, report); err != nil {
			return posted, nil, err
		}
	}
	memo := slackapi.Memo{State: state(t, r)}
	posted, err = f.postTo(ctx, t, report.Channel, room, memo, r.Messages)
	var invalid *slackapi.InvalidError
	if posted.TS == "" && errors.As(err, &invalid) && len(r.Messages[0].Blocks)+len(r.Messages[0].Attachments) > 0 {
		// Slack has rules that nobody knows; one of them must not lose the message.
		plain, plainErr := f.cfg.Renderer.Plain(t.Call)
		if plainErr != nil || len(plain) == 0 {
			return posted, room, err
		}
		report.Layout = fmt.Errorf("%s: %w", r.Script, invalid)
		t.Status(ctx, processor.Sentence(report.Layout)+"; the message goes out in the classic layout")
		r.Messages = plain
		posted, err = f.postTo(ctx, t, report.Channel, room, memo, r.Messages)
	}
	var refused *slackapi.RefusedError
	if posted.TS != "" || !errors.As(err, &refused) || refused.AllChannels() || r.Home == "" {
		return posted, room, err
	}
	// A wrong channel in a script must not lose the message.
	report.Layout = fmt.Errorf("%s names channel %q: %w", r.Script, report.Channel, refused)
	t.Status(ctx, processor.Sentence(report.Layout)+"; the message goes to "+r.Home)
	report.Channel = r.Home
	if r.Room != nil {
		if room, err = f.enter(ctx, t, r.Room, report); err != nil {
			return posted, nil, err
		}
	}
	posted, err = f.postTo(ctx, t, report.Channel, room, memo, r.Messages)
	return posted, room, err
}

// postTo posts the messages of one call when it is its turn in the channel: the
// first, and what continues it as replies in its thread. What it returns is the
// first, also with an error that concerns another. A room is the channel, by its id.
// With a state in its memo the first is one that can be shown anew.
func (f *Function) postTo(ctx context.Context, t *processor.Task, to string, room *channel.Room, memo slackapi.Memo, messages []blockkit.Message) (first slackapi.Posted, err error) {
	if room != nil {
		to = room.ID
	}
	if err := t.AwaitTurn(ctx, to); err != nil {
		return first, err
	}
	card := memo.State != ""
	if card {
		memo.Parts = count(len(messages) - 1)
	}
	for i, m := range messages {
		m.Channel = to
		step, id := "post", t.ID
		if i > 0 {
			step, id = fmt.Sprintf("post/%d", i), fmt.Sprintf("%s/%d", t.ID, i)
			m.ThreadTS, m.ReplyBroadcast = first.ThreadTS, false
			if m.ThreadTS == "" {
				m.ThreadTS = first.TS
			}
			if memo = (slackapi.Memo{}); card {
				memo.Part = count(i)
			}
		}
		posted, err := f.step(t, step, m, id, memo, i == len(messages)-1 && room == nil).Take(ctx, t)
		if i == 0 {
			first = posted
			t.SameChannel(to, posted.Channel)
		}
		if err != nil && i > 0 {
			return first, fmt.Errorf("the message was posted, but part %d of %d that continues it was not: %w", i+1, len(messages), err)
		}
		if err != nil {
			return first, err
		}
	}
	return first, nil
}

// step posts one message under a delivery id, by which Slack can be asked for it.
func (f *Function) step(t *processor.Task, name string, m blockkit.Message, id string, memo slackapi.Memo, last bool) processor.Step[slackapi.Posted] {
	return processor.Step[slackapi.Posted]{
		Name: name, Done: "posted", What: "message", Where: "Slack", Last: last,
		Find: func(ctx context.Context, oldest time.Time) (slackapi.Posted, bool, error) {
			posted, found, err := f.cfg.Poster.Find(ctx, m.Channel, m.ThreadTS, id, oldest)
			if err != nil {
				err = &slackapi.UnknownError{Reason: "this call was begun before, by a process that ended", Lookup: err.Error()}
			}
			return posted, found, err
		},
		Do: func(ctx context.Context, permit processor.Permit) (slackapi.Posted, error) {
			posted, err := f.cfg.Poster.PostCard(ctx, m, id, memo, t.Arrived, permit)
			if err == nil && memo.State != "" {
				f.known.add(slackapi.Card{Posted: posted, DeliveryID: id, Memo: memo}, memo.Parts == "")
			}
			return posted, err
		},
	}
}

// attempts are those of a message that was posted, or the tries that an error
// tells of. Slack refuses a message in one answer.
func attempts(posted slackapi.Posted, err error) int {
	if err == nil {
		return posted.Attempts
	}
	var (
		unavailable *slackapi.UnavailableError
		refused     *slackapi.RefusedError
		invalid     *slackapi.InvalidError
	)
	switch {
	case errors.As(err, &unavailable):
		return unavailable.Tries
	case posted.Attempts == 0 && (errors.As(err, &refused) || errors.As(err, &invalid)):
		return 1
	}
	return posted.Attempts
}
