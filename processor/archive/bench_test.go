package archive_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/archive"
	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/channel"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

func TestMain(m *testing.M) {
	calltest.ServeDrill(drilled)
	calltest.Main(m)
}

// function is slack_archive_channel for a workspace and a platform.
func function(at calltest.Places, renderer *render.Renderer, log *slog.Logger, formats ...string) (*archive.Function, error) {
	poster, client, err := at.Clients()
	if err != nil {
		return nil, err
	}
	return archive.New(archive.Config{
		Rooms: channel.New(channel.Config{Slack: poster, Platform: client}), Slack: poster, Platform: client,
		Renderer: renderer, Username: "SOC", Location: time.UTC, Formats: formats, Dir: at.Dir, Timeout: 20 * time.Second, Log: log,
	}), nil
}

const incident = resilienttest.IncidentDoS

// bench is a service that archives channels.
type bench struct {
	*calltest.Bench
	slack    *slacktest.Workspace
	platform *resilienttest.Platform
	dir      string
	log      *bytes.Buffer // complete when a call is answered
}

func newBench(t *testing.T, formats ...string) *bench {
	t.Helper()
	return newBenchWith(t, "", false, formats...)
}

// newBenchWith has a default script; "" is none. fail is on_script_error=fail.
func newBenchWith(t *testing.T, script string, fail bool, formats ...string) *bench {
	t.Helper()
	slack, platform, at := calltest.StandIns(t, workspace)
	dir := t.TempDir()
	if script != "" {
		calltest.Must(t, os.WriteFile(filepath.Join(dir, "default.js"), []byte(script), 0o600))
	}
	scripts, err := engine.New(engine.Config{Dir: dir})
	calltest.Must(t, err)
	t.Cleanup(scripts.Close)
	log := new(bytes.Buffer)
	f, err := function(at, render.New(render.Config{Engine: scripts, Fail: fail}), slog.New(slog.NewTextHandler(log, nil)), formats...)
	calltest.Must(t, err)
	return &bench{calltest.New(t, calltest.Options{Functions: []processor.Function{f}}), slack, platform, at.Dir, log}
}

var workspace = slacktest.Config{
	Users: []slacktest.User{
		{ID: "U0STANDIN1", Name: "ada", RealName: "Ada Analyst"},
		{ID: "U0STANDIN2", Name: "leo", RealName: "Leo Lead"},
	},
	Channels: []slacktest.Channel{
		{ID: "C0GENERAL0", Name: "general"}, {ID: "C0ROOM0000", Name: "inc-2223"}, {ID: "C0OTHER000", Name: "inc-2224", Private: true},
		{ID: "C0VISITED0", Name: "visited", Outside: true}, {ID: "C0ARCHIVED", Name: "old", Archived: true},
		{ID: "C0MADEBYUS", Name: "made", Creator: "U0STANDINB"},
	},
}

// associate enters a channel in the data table, as the original does.
func associate(p *resilienttest.Platform, incident int, resID, channel string) {
	p.PutRow(incident, map[string]any{"slack_db_res_id": resID, "slack_db_channel": channel, "slack_db_permalink": "N/A"})
}

type inputs = map[string]any

const name = "slack_archive_channel"

func body(t *testing.T, in inputs) string {
	t.Helper()
	if _, set := in["incident_id"]; !set {
		in["incident_id"] = incident
	}
	return calltest.Body(t, name, in)
}

// goes is a call that goes well; it gives its results, and all that was told.
func (b *bench) goes(in inputs) (results map[string]any, told string) {
	b.T.Helper()
	statuses, results := b.Result(b.Send(body(b.T, in)))
	return results, strings.Join(statuses, ". ")
}

// fails is a call that fails; it gives the sentence.
func (b *bench) fails(in inputs) string {
	b.T.Helper()
	return b.Failure(b.Send(body(b.T, in)))
}

// say puts a message of Ada's into a channel.
func (b *bench) say(channel, text string, more ...inputs) (ts string) {
	return say(b.slack, channel, text, more...)
}

func say(w *slacktest.Workspace, channel, text string, more ...inputs) (ts string) {
	m := inputs{"user": "U0STANDIN1", "text": text}
	for _, members := range more {
		for k, v := range members {
			m[k] = v
		}
	}
	return w.Put(channel, m)
}

// archived says whether a channel is.
func archived(w *slacktest.Workspace, channel string) bool {
	for _, c := range w.Rooms() {
		if c.Name == channel {
			return c.Archived
		}
	}
	return false
}

// text is the only attachment, which is a text.
func (b *bench) text() string {
	b.T.Helper()
	uploads := b.platform.Uploads()
	if len(uploads) != 1 {
		b.T.Fatalf("%d attachments", len(uploads))
	}
	return string(uploads[0].Content)
}

// left are the files that stay in the folder.
func (b *bench) left() []string {
	files, err := filepath.Glob(filepath.Join(b.dir, "*"))
	calltest.Must(b.T, err)
	return files
}
