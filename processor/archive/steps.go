package archive

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/channel"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// archiving is one call at work.
type archiving struct {
	*Function
	t       *processor.Task
	wish    channel.Wish
	channel chosen
	history *history
	notes   []string
	script  string // that lays the text out
	failed  bool   // the script: the built-in layout stands in
}

// note tells what a person should know.
func (a *archiving) note(ctx context.Context, text string) {
	if !slices.Contains(a.notes, text) {
		a.notes = append(a.notes, text)
		a.t.Status(ctx, text)
	}
}

// layOut lets a script lay out a page of the history, unless it has failed.
func (a *archiving) layOut(ctx context.Context, lines []render.Line) ([]*string, error) {
	if a.failed {
		return nil, nil
	}
	out, err := a.cfg.Renderer.Archive(ctx, render.Request{Call: a.t.Call, ID: a.t.ID, Time: a.t.Sent}, lines)
	out.Log(ctx, a.cfg.Log, a.t.ID)
	for _, note := range out.Notes {
		a.note(ctx, note)
	}
	a.script = out.Script
	if a.failed = out.Failed != nil; a.failed {
		a.note(ctx, processor.Sentence(out.Failed)+"; the history has the built-in layout")
	}
	return out.Blocks, err
}

// chosen is the channel of a call. As a step that the journal keeps it stays the same,
// also when it is archived and would not be chosen any more.
type chosen struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Before []int  `json:"before"` // attachments of our names that were there before
}

func (a *archiving) choose(ctx context.Context) (chosen, error) {
	return processor.Step[chosen]{
		Name: "choose", Done: "begun", What: "archiving of the channel", Where: "Slack",
		// Its last message shows that an archiving was begun.
		Find: func(ctx context.Context, oldest time.Time) (c chosen, found bool, err error) {
			k, err := a.cfg.Rooms.Find(ctx, a.t, a.wish)
			if err != nil {
				return c, false, err
			}
			if _, found, err = a.cfg.Slack.Find(ctx, k.ID, "", a.t.ID, oldest); !found {
				if slackapi.Code(err) == "not_in_channel" { // it would have been joined first
					err = nil
				}
				return c, false, err
			}
			c = chosen{ID: k.ID, Name: k.Name}
			c.Before, err = a.attachedBefore(ctx, k.Name, oldest)
			return c, err == nil, err
		},
		Do: func(ctx context.Context, permit processor.Permit) (chosen, error) {
			k, err := a.cfg.Rooms.Find(ctx, a.t, a.wish)
			if err != nil {
				return chosen{}, err
			}
			if err := a.mayArchive(ctx, k); err != nil {
				return chosen{}, err
			}
			if !k.Member { // who is not in a channel can neither read nor archive it
				if err := a.cfg.Slack.Join(ctx, k.ID, permit); err != nil {
					return chosen{}, err
				}
			}
			before, err := a.attachedBefore(ctx, k.Name, time.Time{})
			return chosen{k.ID, k.Name, before}, err
		},
	}.Take(ctx, a.t)
}

// mayArchive says why a channel must not be archived.
func (a *archiving) mayArchive(ctx context.Context, k channel.Known) error {
	switch {
	case k.Name == "":
		return &refusal{"slack_channel_id names a direct message, which cannot be archived.", "the conversation is no channel"}
	case k.General:
		return &refusal{"channel #" + k.Name + " is the general one of the workspace, which is never archived.", "the channel is the general one"}
	case k.Archived:
		return &refusal{"channel #" + k.Name + " is archived already.", "the channel is archived already"}
	case a.wish.ID != "":
		return nil
	}
	others, sure, err := a.cfg.Rooms.Others(ctx, k)
	if err != nil {
		return err
	}
	const remedy = " To archive it all the same, name it in slack_channel_id: "
	if len(others) > 0 {
		return &refusal{
			fmt.Sprintf("channel #%s is not archived for %s, because the data table associates it with %s too.%s%s", k.Name, resID(a.wish), several(others), remedy, k.ID),
			"the channel is one of several incidents",
		}
	}
	if sure {
		return nil
	}
	who, err := a.cfg.Slack.AuthTest(ctx)
	if err != nil {
		return err
	}
	if k.Creator != who.UserID {
		return &refusal{
			fmt.Sprintf("channel #%s is not archived for %s, because it may be that of other incidents too: the app has not made it, and the platform's search does not find the rows of its data table.%s%s", k.Name, resID(a.wish), remedy, k.ID),
			"the channel may be one of several incidents",
		}
	}
	return nil
}

// several names some of a list.
func several(list []string) string {
	const most = 5
	if len(list) > most {
		return fmt.Sprintf("%s and %d others", strings.Join(list[:most], ", "), len(list)-most)
	}
	return strings.Join(list, ", ")
}

// sayGoodbye posts the channel's last message. The history is read before it, so that
// people have little time to write between it and the end.
func (a *archiving) sayGoodbye(ctx context.Context) error {
	m := blockkit.Message{
		Channel: a.channel.ID, Username: a.cfg.Username,
		Text: "This channel is being archived. Its history becomes an attachment of " + resID(a.wish) + ".",
	}
	_, err := processor.Step[slackapi.Posted]{
		Name: "goodbye", Done: "posted", What: "last message", Where: "Slack",
		Find: func(ctx context.Context, oldest time.Time) (slackapi.Posted, bool, error) {
			posted, found, err := a.cfg.Slack.Find(ctx, m.Channel, "", a.t.ID, oldest)
			if err != nil {
				err = &slackapi.UnknownError{Reason: "this call was begun before, by a process that ended", Lookup: err.Error()}
			}
			return posted, found, err
		},
		Do: func(ctx context.Context, permit processor.Permit) (slackapi.Posted, error) {
			if err := a.history.read(ctx); err != nil {
				return slackapi.Posted{}, err
			}
			if err := a.history.tryOut(ctx); err != nil {
				return slackapi.Posted{}, err
			}
			// What was called for before belongs into the history.
			if err := a.t.AwaitTurn(ctx, m.Channel); err != nil {
				return slackapi.Posted{}, err
			}
			return a.cfg.Slack.PostSince(ctx, m, a.t.ID, time.Now(), permit)
		},
	}.Take(ctx, a.t)
	if err == nil {
		a.t.Status(ctx, "Told #"+a.channel.Name+" that it is being archived")
	}
	return err
}

// archive archives the channel; one that is archived stays so.
func (a *archiving) archive(ctx context.Context) error {
	late, err := processor.Step[int]{
		Name: "archive", Done: "archived", What: "archived channel", Where: "Slack", Last: true,
		Find: func(ctx context.Context, _ time.Time) (int, bool, error) {
			c, err := a.cfg.Slack.Channel(ctx, a.channel.ID)
			return 0, c.Archived, err
		},
		Do: func(ctx context.Context, permit processor.Permit) (int, error) {
			late, err := a.history.late(ctx)
			if err != nil {
				return 0, err
			}
			return late, a.cfg.Slack.Archive(ctx, a.channel.ID, permit)
		},
	}.Take(ctx, a.t)
	if late > 0 {
		a.note(ctx, fmt.Sprintf("Messages that came while the history was sent to the platform, and that are in Slack alone: %d", late))
	}
	return err
}
