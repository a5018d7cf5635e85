package attachment

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/channel"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// Config holds the parts of a Function. All but Samples and Timeout are required.
type Config struct {
	Rooms    *channel.Rooms
	Slack    *slackapi.Poster
	Platform *resilient.Client // that has logged in
	Renderer *render.Renderer  // scripts lay out comments, too
	Samples  bool              // of malware go to Slack like other files
	Timeout  time.Duration     // of the tries to read a file; 0 is ten minutes
	Log      *slog.Logger
}

// Function carries out calls of slack_post_attachment.
type Function struct{ cfg Config }

var _ processor.Function = (*Function)(nil)

// New returns a Function.
func New(cfg Config) *Function {
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Minute
	}
	return &Function{cfg}
}

// Name is the API name of the function.
const Name = render.FileFunction

// Name is slack_post_attachment.
func (f *Function) Name() string { return Name }

// Channel is the input slack_channel_id, or else slack_channel.
func (f *Function) Channel(call resilient.Call) string {
	in, _ := readInputs(call.Inputs) // what cannot be read is an error of Run
	return in.named
}

// post is a call on its way into its channel.
type post struct {
	*Function
	t       *processor.Task
	room    channel.Room
	file    resilient.File
	name    string // of the file, as Slack shows it
	thread  string
	comment string // mrkdwn
}

// shown is what has become of the file.
type shown struct {
	message slackapi.Posted // no ts: Slack does not show it yet
	file    slackapi.File   // no id: it stayed on the platform
	link    string          // to the message
	note    string
}

// Run posts the file. What cannot be posted makes no channel.
func (f *Function) Run(ctx context.Context, t *processor.Task) (reply processor.Reply, err error) {
	in, err := readInputs(t.Call.Inputs)
	reply.Channel = in.named
	if err != nil {
		return reply, err
	}
	file, sample, err := f.find(ctx, in)
	if err != nil {
		return reply, err
	}
	comment, err := f.comment(ctx, t, &reply)
	if err != nil {
		return reply, err
	}
	room, err := f.cfg.Rooms.Enter(ctx, t, in.wish)
	if err != nil {
		return reply, err
	}
	reply.Channel, reply.Notes = room.Name, append(reply.Notes, room.Notes...)

	p := post{f, t, room, file, shownName(file.Name), in.thread, comment}
	begun := time.Now()
	var done shown
	if sample && !f.cfg.Samples {
		done, err = p.describeSample(ctx)
	} else {
		done, err = p.upload(ctx)
	}
	reply.Posting = time.Since(begun)
	if err != nil {
		return reply, err
	}
	if done.note != "" {
		reply.Notes = append(reply.Notes, done.note)
		t.Status(ctx, done.note)
	}
	if err := f.cfg.Rooms.Link(ctx, t, room, done.link, false); err != nil {
		return reply, err
	}
	return reply, f.answer(ctx, &reply, room, done)
}

// answer makes the results, of which channel, url and user_info are the original's.
func (f *Function) answer(ctx context.Context, reply *processor.Reply, room channel.Room, done shown) (err error) {
	people, err := f.cfg.Rooms.People(ctx, room)
	if err != nil {
		f.cfg.Log.DebugContext(ctx, "members not read", "channel", room.Name, "error", err)
	}
	orNil := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	reply.Extra = map[string]any{
		"channel": room.Name, "channel_id": room.ID, "url": orNil(cmp.Or(done.link, done.file.Permalink)), "user_info": append([]string{}, people...),
		"ts": orNil(done.message.TS), "file_id": orNil(done.file.ID),
	}
	if reply.Answer = done.message.Response; reply.Answer != nil { // of what stands for a sample
		return nil
	}
	reply.Answer, err = json.Marshal(map[string]any{"ok": true, "file": done.file})
	return err
}
