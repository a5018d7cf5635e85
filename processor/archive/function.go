package archive

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/channel"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// The formats in which a history can be attached.
const (
	Text = "text" // as people read it
	JSON = "json" // one line for each message, as Slack gives it
)

// Config holds the parts of a Function. All but Timeout are required.
type Config struct {
	Rooms    *channel.Rooms
	Slack    *slackapi.Poster
	Platform *resilient.Client // that has logged in
	Renderer *render.Renderer  // scripts with a layout of archives
	Username string            // author of the channel's last message
	Location *time.Location    // of the times in the text
	Formats  []string          // of the above
	Dir      string            // for files that live as long as a call
	Log      *slog.Logger      // gets what scripts write to the console
	Timeout  time.Duration     // of the tries to reach the platform; 0 is ten minutes
}

// Function carries out calls of slack_archive_channel.
type Function struct{ cfg Config }

var _ processor.Function = (*Function)(nil)

// New returns a Function.
func New(cfg Config) *Function {
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Minute
	}
	removeScratch(cfg.Dir)
	return &Function{cfg}
}

// Name is the API name of the function.
const Name = render.ArchiveFunction

// Name is slack_archive_channel.
func (f *Function) Name() string { return Name }

// Channel is none of Slack's: a history can take long to read, and the messages of
// the channel need not wait for that. Only archivings of the same incident do.
func (f *Function) Channel(call resilient.Call) string {
	wish, _ := wishOf(call) // Run tells of the error
	return "archiving " + resID(wish)
}

// Run archives the channel of the call.
func (f *Function) Run(ctx context.Context, t *processor.Task) (reply processor.Reply, err error) {
	wish, err := wishOf(t.Call)
	if err != nil {
		return reply, err
	}
	if err := t.AwaitTurn(ctx, f.Channel(t.Call)); err != nil {
		return reply, err
	}
	a := &archiving{Function: f, t: t, wish: wish}
	if a.channel, err = a.choose(ctx); err != nil {
		return reply, err
	}
	reply.Channel = a.channel.Name
	t.SameChannel(a.channel.Name, a.channel.ID)
	t.Status(ctx, fmt.Sprintf("Found Slack channel #%s (%s)", a.channel.Name, a.channel.ID))
	a.history = newHistory(f.cfg, a.channel.ID, a.layOut)
	defer a.history.close()
	if err := a.sayGoodbye(ctx); err != nil {
		return reply, err
	}
	results := map[string]any{"channel": a.channel.Name, "channel_id": a.channel.ID}
	var files []attached
	for _, format := range f.cfg.Formats {
		file, err := a.attach(ctx, format)
		if err != nil {
			return reply, err
		}
		files = append(files, file)
	}
	results["attachments"], reply.Script = files, a.script
	if err := a.archive(ctx); err != nil {
		return reply, err
	}
	t.Status(ctx, "Slack channel #"+a.channel.Name+" is archived")
	reply.Notes = a.notes
	reply.Answer, err = json.Marshal(results)
	return reply, err
}

// wishOf reads which channel a call is about.
func wishOf(call resilient.Call) (w channel.Wish, err error) {
	if _, err = call.Inputs.Required("incident_id"); err != nil {
		return w, err
	}
	if w.Incident, err = call.Inputs.Number("incident_id"); err != nil {
		return w, err
	}
	if w.Incident == 0 {
		return w, &resilient.InputError{Name: "incident_id", Got: `"0"`, Want: "a number"}
	}
	if w.Task, err = call.Inputs.Number("task_id"); err != nil {
		return w, err
	}
	id, err := call.Inputs.Text("slack_channel_id")
	w.ID = strings.TrimSpace(id)
	return w, err
}

// resID is how the platform's people call an incident or a task.
func resID(w channel.Wish) string {
	if w.Task != 0 {
		return fmt.Sprintf("RES-%d-%d", w.Incident, w.Task)
	}
	return fmt.Sprintf("RES-%d", w.Incident)
}
