package message

import (
	"context"
	"time"

	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/channel"
	"github.com/fn-slack/fn-slack/processor/kind"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// enter finds or makes the channel of a call with slack_text.
func (f *Function) enter(ctx context.Context, t *processor.Task, wanted *render.Room, report *processor.Report) (*channel.Room, error) {
	room, err := f.cfg.Rooms.Enter(ctx, t, channel.Wish(*wanted))
	return f.entered(t, room, err, report)
}

// enterExisting is enter where the channel need not be made; the room has no ID where
// it does.
func (f *Function) enterExisting(ctx context.Context, t *processor.Task, wanted *render.Room, report *processor.Report) (*channel.Room, error) {
	room, err := f.cfg.Rooms.EnterExisting(ctx, t, channel.Wish(*wanted))
	if err == nil && room.ID == "" {
		return &room, nil
	}
	return f.entered(t, room, err, report)
}

func (f *Function) entered(t *processor.Task, room channel.Room, err error, report *processor.Report) (*channel.Room, error) {
	if err != nil {
		return nil, err
	}
	report.Channel = room.Name
	if render.Channel(t.Call) == "" { // from now on those that name it wait for those that do not, too
		t.SameChannel(f.Channel(t.Call), room.ID)
	}
	return &room, nil
}

// link enters the link to the message in the data table. That it cannot be is no
// failure of the call, whose message is posted.
func (f *Function) link(ctx context.Context, t *processor.Task, room *channel.Room, link string, anew bool, reply *processor.Reply) error {
	err := f.cfg.Rooms.Link(ctx, t, *room, link, anew)
	switch k, _ := kind.Of(err); {
	case err == nil:
		return nil
	case ctx.Err() != nil || k != kind.Refused && k != kind.Unavailable:
		return err
	}
	note := "The link to the message is not in the data table: " + err.Error()
	reply.Notes = append(reply.Notes, note)
	t.Status(ctx, note)
	return nil
}

// askPeople bounds the time for who is in a channel: the answer must not wait for it.
const askPeople = 10 * time.Second

// roomResults adds the results that scripts written for slack_text read. There
// channel is a name, and user_info a list, which they go through without a look at
// whether it is there. room is nil where the message is in another channel.
func (f *Function) roomResults(ctx context.Context, reply *processor.Reply, call resilient.Call, room *channel.Room) {
	if !render.ForRoom(call) {
		return
	}
	reply.Extra["channel"], reply.Extra["url"], reply.Extra["user_info"] = reply.Channel, reply.Extra["permalink"], []string{}
	if room == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, askPeople)
	defer cancel()
	people, err := f.cfg.Rooms.People(ctx, *room)
	if err != nil {
		f.cfg.Log.DebugContext(ctx, "nobody knows who is in the channel", "error", err)
		return
	}
	reply.Extra["user_info"] = append([]string{}, people...)
}
