package channel_test

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/channel"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slackapi"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

func TestMain(m *testing.M) {
	calltest.ServeDrill(func(at calltest.Places) (processor.Function, error) { return connect(at) })
	calltest.Main(m)
}

// room is the least function with a channel: it enters it, posts and links.
type room struct {
	rooms  *channel.Rooms
	poster *slackapi.Poster
}

func (room) Name() string                  { return "room" }
func (room) Channel(resilient.Call) string { return "" }

func (f room) Run(ctx context.Context, t *processor.Task) (processor.Reply, error) {
	entered, err := f.rooms.Enter(ctx, t, wish(t.Call))
	if err != nil {
		return processor.Reply{}, err
	}
	m := blockkit.Message{Channel: entered.ID, Text: "call " + t.ID}
	posted, err := processor.Step[slackapi.Posted]{
		Name: "post", Done: "posted", What: "message", Where: "Slack",
		Find: func(ctx context.Context, oldest time.Time) (slackapi.Posted, bool, error) {
			return f.poster.Find(ctx, m.Channel, "", t.ID, oldest)
		},
		Do: func(ctx context.Context, permit processor.Permit) (slackapi.Posted, error) {
			return f.poster.PostSince(ctx, m, t.ID, t.Arrived, permit)
		},
	}.Take(ctx, t)
	if err != nil {
		return processor.Reply{}, err
	}
	link := "https://soc.slack.com/archives/" + posted.Channel + "/p" + strings.ReplaceAll(posted.TS, ".", "")
	if err := f.rooms.Link(ctx, t, entered, link, false); err != nil {
		return processor.Reply{}, err
	}
	answer, err := json.Marshal(map[string]any{"channel": entered.Name, "id": entered.ID})
	return processor.Reply{Answer: answer, Notes: entered.Notes}, err
}

func wish(call resilient.Call) channel.Wish {
	text := func(name string) string { s, _ := call.Inputs.Text(name); return s }
	w := channel.Wish{Name: text("name"), ID: text("id"), Emails: text("emails"), Replace: text("replace") == "true"}
	w.Incident, _ = strconv.Atoi(text("incident"))
	w.Task, _ = strconv.Atoi(text("task"))
	if private, set, _ := call.Inputs.Bool("private"); set {
		w.Private = &private
	}
	return w
}

// connect makes the function.
func connect(at calltest.Places) (room, error) {
	poster, client, err := at.Clients()
	return room{channel.New(channel.Config{Slack: poster, Platform: client}), poster}, err
}

// incident is the one that tests make channels for.
const incident = resilienttest.IncidentDoS

var workspace = slacktest.Config{
	Users: []slacktest.User{
		{ID: "U0STANDIN1", Name: "ada", RealName: "Ada Analyst", Email: "ada@example.com"},
		{ID: "U0STANDIN2", Name: "leo", RealName: "Leo Lead", Email: "leo@example.com"},
		{ID: "U0STANDIN3", Name: "old", RealName: "Olga Old", Email: "old@example.com", Deleted: true},
	},
	Channels: []slacktest.Channel{
		{Name: "general"}, {Name: "soc"}, {Name: "firewall"}, {Name: "visited", Outside: true},
		{Name: "leads", Private: true}, {Name: "board", Private: true, Outside: true}, {Name: "incidents-2017", Archived: true},
	},
}

// bench is a service that carries out calls of room.
type bench struct {
	*calltest.Bench
	slack    *slacktest.Workspace
	platform *resilienttest.Platform
	rooms    *channel.Rooms
}

func newBench(t *testing.T, faults resilienttest.Faults) *bench {
	t.Helper()
	slack, platform, at := calltest.StandIns(t, workspace)
	platform.SetFaults(faults)
	return benchOn(t, slack, platform, at)
}

// benchOn is a further service for a workspace and a platform.
func benchOn(t *testing.T, slack *slacktest.Workspace, platform *resilienttest.Platform, at calltest.Places) *bench {
	t.Helper()
	f, err := connect(at)
	calltest.Must(t, err)
	return &bench{calltest.New(t, calltest.Options{Functions: []processor.Function{f}}), slack, platform, f.rooms}
}

type inputs = map[string]any

func body(t *testing.T, in inputs) string {
	t.Helper()
	if in["incident"] == nil {
		in["incident"] = incident
	}
	return calltest.Body(t, "room", in)
}

// goes is a call that goes well; it gives the channel, and all that was told.
func (b *bench) goes(in inputs) (name, told string) {
	b.T.Helper()
	statuses, results := b.Result(b.Send(body(b.T, in)))
	name, _ = results["channel"].(string)
	return name, strings.Join(statuses, ". ")
}

// fails is a call that fails; it gives the sentence.
func (b *bench) fails(in inputs) string {
	b.T.Helper()
	return b.Failure(b.Send(body(b.T, in)))
}

// made are the names of the channels that the app has made.
func made(slack *slacktest.Workspace) (names []string) {
	for _, c := range slack.Rooms() {
		if c.Creator != "" {
			names = append(names, c.Name)
		}
	}
	return names
}
