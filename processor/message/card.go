package message

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/card"
	"github.com/fn-slack/fn-slack/processor/channel"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// update shows the incident as it is now in the message that the call names, or in
// that of its room, and tells its thread what is new. Where there is no such message
// any more, it is posted anew.
//
// The message is read and shown anew in the call's turn, so that the states of a card
// come in the order of the calls. Between two instances the time of the state decides,
// which stands in the message: a call that comes late changes nothing.
func (f *Function) update(ctx context.Context, t *processor.Task, c showing) (reply processor.Reply, err error) {
	reply.Channel = c.channel
	wait, leave := f.storm.join(ctx, c.to+"/"+c.ts, t.Sent)
	err = t.AwaitTurn(wait, cmp.Or(c.to, f.Channel(t.Call)))
	leave()
	switch {
	case context.Cause(wait) == errLater:
		t.PassTurn()
		t.Status(ctx, "A later state of the message waits to be shown; this one is left to it")
		unasked(&reply, c.ts, nil)
		reply.Extra["updated"], reply.Extra["changed"] = false, []string{}
		reply.Notes = append(reply.Notes, "nothing was changed for this call: its state is left to a later call, whose answer says whether that is shown")
		f.roomResults(ctx, &reply, t.Call, c.room)
		return reply, nil
	case err != nil:
		return reply, err
	}
	c.ts = f.known.standing(c.ts)
	now, found, err := f.find(ctx, t, &c)
	if err != nil {
		return reply, err
	}
	if !found {
		t.Status(ctx, "The message "+c.ts+" is not in the channel any more; it is posted anew")
		return f.post(ctx, t, c.ts)
	}
	since, known := card.Since(now.Memo.State)
	if known && now.Memo.ShownBy != t.ID && t.Sent.Before(since) {
		t.Status(ctx, "The message shows a later state already; nothing was changed")
		if now.Response == nil {
			now.Response = inPlace(now.Posted)
		}
		f.updated(ctx, &reply, now.Posted, false, nil)
		f.roomResults(ctx, &reply, t.Call, c.room)
		return reply, nil
	}
	now.Memo.Before, err = f.told(ctx, t, now, since)
	if err != nil {
		return reply, err
	}
	return f.showAnew(ctx, t, now, c.room)
}

// showing is where the message stands that is to be shown anew.
type showing struct {
	channel string        // as the results name it
	to, ts  string        // the channel is "" where that of the call does not exist
	room    *channel.Room // nil where the call is for none
}

// wanted is the message that a call wants to be shown anew; false where it wants none,
// or knows of none.
func (f *Function) wanted(ctx context.Context, t *processor.Task, report *processor.Report) (c showing, ok bool, err error) {
	ts, wanted := render.Update(t.Call)
	if !wanted {
		return c, false, nil
	}
	c = showing{channel: render.Channel(t.Call), to: render.Channel(t.Call), ts: ts}
	if wish, ok := render.RoomOf(t.Call); ok {
		// One that would have to be made is made once the layout wants a message.
		room, err := f.enterExisting(ctx, t, wish, report)
		if err != nil {
			return c, false, err
		}
		c.to, c.ts = room.ID, cmp.Or(c.ts, room.Card())
		if room.ID != "" {
			c.room, c.channel = room, room.Name
		}
	}
	return c, c.ts != "", nil
}

// find looks for the card in the call's own channel, and then in the one that the
// layout names in its place.
func (f *Function) find(ctx context.Context, t *processor.Task, c *showing) (now slackapi.Card, found bool, err error) {
	if now, found = f.known.card(c.ts); found && !f.cfg.Shared && f.cfg.Poster.Same(c.to, now.Channel) {
		return now, true, nil
	}
	if c.to != "" {
		if now, found, err = f.cfg.Poster.Card(ctx, c.to, c.ts); found || err != nil {
			return now, found, err
		}
	}
	r, err := f.render(ctx, render.Request{Call: t.Call, ID: t.ID, Time: t.Sent})
	if err != nil || r.Skip != "" || r.Messages[0].Channel == render.Channel(t.Call) {
		return now, false, nil // what is wrong is told where it is posted
	}
	c.to, c.room = r.Messages[0].Channel, nil
	if err := t.AwaitTurn(ctx, c.to); err != nil {
		return now, false, err
	}
	now, found, err = f.cfg.Poster.Card(ctx, c.to, c.ts)
	if refused := new(slackapi.RefusedError); errors.As(err, &refused) && !refused.AllChannels() {
		err = nil // what is posted goes to the call's own channel then
	}
	return now, found, err
}

// told is what the thread of a card was told last: what the card shows, or, where the
// call that shows it died before it could tell, what it showed before.
func (f *Function) told(ctx context.Context, t *processor.Task, now slackapi.Card, since time.Time) (string, error) {
	switch m := now.Memo; {
	case m.ShownBy == t.ID:
		return m.Before, nil // this call has shown it, before it came again
	case m.Reply == "" || m.State == "" || f.known.told(now.TS, m.ShownBy):
		return m.State, nil
	}
	found, err := f.cfg.Poster.Replied(ctx, now, now.Memo.Reply, since)
	if found || err != nil {
		return now.Memo.State, err
	}
	return now.Memo.Before, nil
}

// showAnew renders the incident against the state before, shows it and tells what is
// new. now is the card as it stands, its Memo.Before what the thread was told last.
func (f *Function) showAnew(ctx context.Context, t *processor.Task, now slackapi.Card, room *channel.Room) (reply processor.Reply, err error) {
	reply.Channel = now.Channel
	if room != nil {
		reply.Channel = room.Name
	}
	req := render.Request{Call: t.Call, ID: t.ID, Time: t.Sent, Anew: true, Before: now.Memo.Before}
	rendered, err := f.rendered(ctx, t, req, &reply)
	if err != nil || rendered.Skip != "" {
		return reply, err
	}
	now.Memo.ShownBy, now.Memo.State, now.Memo.Reply = t.ID, state(t, rendered), ""
	now.DeliveryID = cmp.Or(now.DeliveryID, t.ID+"/shown") // of a message that this service has not posted
	if len(rendered.Card.Reply) > 0 {
		now.Memo.Reply = t.ID + "/reply"
	}
	defer stopwatch(&reply.Posting)()
	f.known.forget(now.TS)
	posted, err := f.show(ctx, t, now, rendered, &reply)
	reply.Attempts = attempts(posted, err)
	if fixed(err) {
		t.Status(ctx, processor.Sentence(err)+"; it is posted anew")
		return f.post(ctx, t, now.TS)
	}
	if err != nil {
		return reply, err
	}
	t.Status(ctx, "Message brought up to date in Slack")
	if err := f.tell(ctx, t, now, rendered.Card.Reply); err != nil {
		return reply, fmt.Errorf("the message was brought up to date, but its thread was not told what is new: %w", err)
	}
	t.PassTurn()
	now.Posted = posted
	f.known.add(now, now.Memo.Parts == "" && len(rendered.Messages) == 1 && reply.Layout == nil && !posted.Found)
	f.updated(ctx, &reply, posted, true, rendered.Card.Changes)
	f.roomResults(ctx, &reply, t.Call, room)
	return reply, nil
}

// state is what a rendered message shows, as it is kept; "" where it is nothing to
// follow.
func state(t *processor.Task, r render.Rendered) string {
	if r.Card.Values == nil {
		return ""
	}
	return card.State{At: t.Sent, Values: r.Card.Values}.Write()
}

// show shows the messages of a call in a card and in what continues it.
func (f *Function) show(ctx context.Context, t *processor.Task, now slackapi.Card, r render.Rendered, reply *processor.Reply) (slackapi.Posted, error) {
	before := now.Memo.Parts
	posted, err := f.showFirst(ctx, t, now, r.Messages)
	if invalid := new(slackapi.InvalidError); errors.As(err, &invalid) {
		plain, plainErr := f.cfg.Renderer.Plain(t.Call)
		if plainErr != nil || len(plain) == 0 {
			return posted, err
		}
		reply.Layout = fmt.Errorf("%s: %w", r.Script, invalid)
		t.Status(ctx, processor.Sentence(reply.Layout)+"; the message is shown in the classic layout")
		r.Messages = plain
		posted, err = f.showFirst(ctx, t, now, r.Messages)
	}
	if err != nil || before == "" && len(r.Messages) == 1 {
		return posted, err
	}
	if err := f.showRest(ctx, t, now, before, r.Messages[1:]); err != nil {
		return posted, fmt.Errorf("the message was brought up to date, but not all that continues it: %w", err)
	}
	return posted, nil
}

func (f *Function) showFirst(ctx context.Context, t *processor.Task, now slackapi.Card, messages []blockkit.Message) (slackapi.Posted, error) {
	parts, _ := strconv.Atoi(now.Memo.Parts) // "" is 0; what was emptied is there to be used again
	now.Memo.Parts = count(max(parts, len(messages)-1))
	return processor.Step[slackapi.Posted]{
		Name: "update", Done: "updated", What: "message", Where: "Slack", Last: true, // the message itself has who has shown it
		Find: func(ctx context.Context, _ time.Time) (slackapi.Posted, bool, error) {
			seen, found, err := f.cfg.Poster.Card(ctx, now.Channel, now.TS)
			return seen.Posted, found && seen.Memo.ShownBy == t.ID, err
		},
		Do: func(ctx context.Context, permit processor.Permit) (slackapi.Posted, error) {
			return f.cfg.Poster.Update(ctx, now, messages[0], t.Arrived, permit)
		},
	}.Take(ctx, t)
}

// nothing stands in a message that continued a card that is shorter now.
const nothing = "…"

// showRest shows what continues a card in the messages that did so before, posts what
// is more, and empties what is left. before is how many there were.
func (f *Function) showRest(ctx context.Context, t *processor.Task, now slackapi.Card, before string, rest []blockkit.Message) error {
	now.Memo.Parts = before
	parts, err := f.cfg.Poster.Parts(ctx, now)
	if err != nil {
		return err
	}
	for i, m := range rest {
		name := count(i + 1)
		part, there := parts[name]
		delete(parts, name)
		if there {
			err = f.showPart(ctx, t, part, m)
			there = !fixed(err)
		}
		if !there {
			m.Channel, m.ThreadTS, m.ReplyBroadcast = now.Channel, now.TS, false
			_, err = f.step(t, "part/"+name, m, t.ID+"/"+name, slackapi.Memo{Part: name}, false).Take(ctx, t)
		}
		if err != nil {
			return err
		}
	}
	for _, part := range parts {
		if err := f.showPart(ctx, t, part, blockkit.Message{Text: nothing}); err != nil && !fixed(err) {
			return err
		}
	}
	return nil
}

// fixed reports whether Slack does not let a message be shown anew, or has it no more.
func fixed(err error) bool { return errors.As(err, new(*slackapi.FixedError)) }

// showPart shows a message in a part. It is a step for its permit: a call that is
// another instance's by now must not show an older state.
func (f *Function) showPart(ctx context.Context, t *processor.Task, part slackapi.Card, m blockkit.Message) error {
	_, err := processor.Step[slackapi.Posted]{
		Name: "part/" + part.Memo.Part, Done: "updated", What: "part of the message", Where: "Slack",
		Find: func(context.Context, time.Time) (slackapi.Posted, bool, error) {
			return slackapi.Posted{}, false, nil // shown twice it is the same
		},
		Do: func(ctx context.Context, permit processor.Permit) (slackapi.Posted, error) {
			return f.cfg.Poster.Update(ctx, part, m, t.Arrived, permit)
		},
	}.Take(ctx, t)
	return err
}

// tell posts what is new into the card's thread.
func (f *Function) tell(ctx context.Context, t *processor.Task, now slackapi.Card, messages []blockkit.Message) error {
	for i, m := range messages {
		name, id := "reply", now.Memo.Reply
		if i > 0 {
			name, id = "reply/"+count(i), id+"/"+count(i)
		}
		m.Channel, m.ThreadTS = now.Channel, now.TS
		m.ReplyBroadcast = m.ReplyBroadcast && i == 0
		if _, err := f.step(t, name, m, id, slackapi.Memo{}, i == len(messages)-1).Take(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// count is a number in the metadata; 0 is left out of it.
func count(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// updated makes the results of a message that was shown anew, or would have been.
func (f *Function) updated(ctx context.Context, reply *processor.Reply, posted slackapi.Posted, done bool, changes []card.Change) {
	f.answer(ctx, reply, posted)
	changed := []string{}
	for _, c := range changes {
		changed = append(changed, c.Label)
	}
	reply.Extra["updated"], reply.Extra["changed"] = done, changed
}
