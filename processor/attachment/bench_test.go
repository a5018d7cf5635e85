package attachment_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/attachment"
	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/channel"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

func TestMain(m *testing.M) {
	calltest.ServeDrill(connect)
	calltest.Main(m)
}

// connect makes the function, without any scripts.
func connect(at calltest.Places) (processor.Function, error) {
	scripts, err := engine.Open(engine.Config{Dir: at.Dir})
	if err != nil {
		return nil, err
	}
	return function(at, false, render.Config{Engine: scripts})
}

// function makes the function.
func function(at calltest.Places, samples bool, rendering render.Config) (*attachment.Function, error) {
	poster, client, err := at.Clients()
	if err != nil {
		return nil, err
	}
	rendering.Options = formatters.Options{BaseURL: "https://soar.example.com"}
	return attachment.New(attachment.Config{
		Rooms: channel.New(channel.Config{Slack: poster, Platform: client}), Slack: poster, Platform: client, Samples: samples,
		Renderer: render.New(rendering), Log: slog.New(slog.DiscardHandler),
	}), nil
}

// workspace shows a file after so many questions.
func workspace(shareAfter int) slacktest.Config {
	people := []slacktest.User{{ID: "U0STANDIN1", Name: "ada", RealName: "Ada Analyst", Email: "ada@example.com"}}
	return slacktest.Config{Users: people, Channels: channels, ShareAfter: shareAfter}
}

var channels = []slacktest.Channel{{Name: "general"}, {Name: "soc"}, {Name: "visited", Outside: true}}

// bench is a service that carries out calls of the function.
type bench struct {
	*calltest.Bench
	slack    *slacktest.Workspace
	platform *resilienttest.Platform
}

// options are what a bench has other than usual.
type options struct {
	shareAfter int
	samples    bool
	scripts    map[string]string // by file name
	fail       bool              // on_script_error and on_unreadable
}

func newBench(t *testing.T, o options) *bench {
	t.Helper()
	slack, platform, at := calltest.StandIns(t, workspace(o.shareAfter))
	dir := t.TempDir()
	for name, source := range o.scripts {
		calltest.Must(t, os.WriteFile(filepath.Join(dir, name), []byte(source), 0o600))
	}
	scripts, err := engine.New(engine.Config{Dir: dir})
	calltest.Must(t, err)
	t.Cleanup(scripts.Close)
	f, err := function(at, o.samples, render.Config{Engine: scripts, Fail: o.fail, FailUnreadable: o.fail})
	calltest.Must(t, err)
	return &bench{calltest.New(t, calltest.Options{Functions: []processor.Function{f}}), slack, platform}
}

// put leaves a file on the platform.
func (b *bench) put(f resilienttest.File, contents string) {
	f.Size = int64(len(contents))
	f.Contents = func() io.Reader { return strings.NewReader(contents) }
	b.platform.PutFile(f)
}

type inputs = map[string]any

const incident = resilienttest.IncidentDoS

// body is a call in #soc for an incident, unless it says otherwise.
func body(t *testing.T, in inputs) string {
	t.Helper()
	all := inputs{"incident_id": incident, "slack_channel": "soc"}
	for name, value := range in {
		all[name] = value
	}
	return calltest.Body(t, "slack_post_attachment", all)
}

// goes is a call that goes well; it gives the results, and all that was told.
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

func sum(contents string) string {
	h := sha256.Sum256([]byte(contents))
	return hex.EncodeToString(h[:])
}
