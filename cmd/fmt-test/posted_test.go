package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/sample"
	"github.com/fn-slack/fn-slack/processor/secret"
	"github.com/fn-slack/fn-slack/processor/slackapi"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// awkward makes messages whose bytes are easily changed on the way: signs that
// JSON may write in several forms, and a length that needs a second message.
const awkward = `export default {
  format: () => ({
    text: "a <b> & \u2028 \u0007 \u{1f525} é \\ \"",
    username: "Zoë & <co>",
    unfurl_links: true,
    blocks: [
      { type: "section", block_id: "b/1 & <2>", text: { type: "mrkdwn", text: "x \u2029 &amp; ü\ttab", verbatim: true } },
      ...Array.from({ length: 8 }, (_, i) => slack.section(i + " words".repeat(400))),
      { type: "rich_text", elements: [{ type: "rich_text_list", style: "bullet", indent: 1e0, elements: [
        { type: "rich_text_section", elements: [{ type: "link", url: "https://example.com/?a=1&b=<2>", text: "\u{1f525}" }] } ] }] },
    ],
    attachments: [{ color: "#ff0000", fallback: "bar", blocks: [slack.divider()] }],
  }),
};
`

// What --json shows is what the service posts: the same calls go once through
// fmt-test and once through the service's renderer and poster to a stand-in of
// Slack, which tells what arguments it was sent.
func TestJSONIsWhatTheServicePosts(t *testing.T) {
	t.Run("gallery", func(t *testing.T) { comparePosted(t, "../../scripts") })
	t.Run("awkward", func(t *testing.T) {
		comparePosted(t, folder(t, "awkward.js", awkward, "samples/awkward/a.json", `{"Name": {"type": "string", "data": "first"}}`))
	})
}

// twice is a call as fmt-test prints it and as the service renders it.
type twice struct {
	name     string
	printed  string
	rendered render.Rendered
}

func comparePosted(t *testing.T, dir string) {
	cases := renderTwice(t, dir)
	const room = "room" // of an incident, which no sample has
	config := slacktest.Config{Channels: []slacktest.Channel{}}
	for _, c := range cases {
		for i := range c.rendered.Messages {
			m := &c.rendered.Messages[i]
			if m.Channel == "" {
				m.Channel = room
			}
			if channel := (slacktest.Channel{Name: m.Channel}); !slices.Contains(config.Channels, channel) {
				config.Channels = append(config.Channels, channel)
			}
		}
	}
	workspace, err := slacktest.Start(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = workspace.Close() })
	poster, err := slackapi.New(slackapi.Config{Token: secret.New(slacktest.DefaultToken), APIURL: workspace.APIURL(), Interval: -1})
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, c := range cases {
		before := len(workspace.Requests())
		first := ""
		for i, m := range c.rendered.Messages {
			if i > 0 && m.ThreadTS == "" {
				m.ThreadTS = first
			}
			posted, err := poster.Post(t.Context(), m, "delivery")
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if i == 0 {
				first = posted.TS
			}
		}
		var sent []url.Values
		for _, r := range workspace.Requests()[before:] {
			r.Form.Del("metadata") // the service's own mark
			sent = append(sent, r.Form)
		}
		shown := arguments(t, c.printed)
		for i := range shown {
			if !shown[i].Has("channel") {
				shown[i].Set("channel", room)
			}
			if i > 0 && !shown[i].Has("thread_ts") {
				shown[i].Set("thread_ts", first)
			}
		}
		if diff := cmp.Diff(shown, sent); diff != "" {
			t.Errorf("%s: --json (-) and what is posted (+) differ:\n%s", c.name, diff)
		}
		compared += len(sent)
	}
	if compared < 2 {
		t.Errorf("only %d messages were compared", compared)
	}
}

// renderTwice renders all sample files of a folder with fmt-test, and with the
// service's renderer, which chooses the script itself.
func renderTwice(t *testing.T, dir string) (list []twice) {
	t.Helper()
	scripts, err := engine.New(engine.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(scripts.Close)
	service := render.New(render.Config{Engine: scripts, Options: formatters.Options{BaseURL: sample.BaseURL}})
	folder, err := engine.ReadFolder(t.Context(), dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range scripts.Scripts().Names() {
		for _, name := range sample.Files(folder, script) {
			file := filepath.Join(dir, name)
			c := twice{name: script + " " + filepath.Base(file)}
			stdout, stderr, code := fmtTest(t, "", "--json", filepath.Join(dir, script), file)
			if code != 0 {
				t.Fatalf("%s: exit %d: %s", c.name, code, stderr)
			}
			c.printed = stdout
			in, err := sample.Read(file)
			if err == nil {
				err = in.Override(inputFormatter, script)
			}
			if err != nil {
				t.Fatal(err)
			}
			if in.History != nil {
				continue // of an archive Slack gets nothing
			}
			c.rendered, err = in.Render(t.Context(), service, render.Request{ID: "delivery", Time: sample.Now})
			if err != nil || c.rendered.Failed != nil || c.rendered.Script != script {
				t.Fatalf("%s: the service renders with %s: %v, %v", c.name, c.rendered.Script, err, c.rendered.Failed)
			}
			list = append(list, c)
		}
	}
	return list
}

// arguments reads what --json prints as the arguments that it stands for. The
// only change is that line breaks and indents between JSON's tokens are taken
// away.
func arguments(t *testing.T, printed string) (list []url.Values) {
	t.Helper()
	in := json.NewDecoder(strings.NewReader(printed))
	for {
		var members map[string]json.RawMessage
		err := in.Decode(&members)
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		form := url.Values{}
		for _, name := range slices.Sorted(maps.Keys(members)) {
			var value any
			if err := json.Unmarshal(members[name], &value); err != nil {
				t.Fatal(err)
			}
			switch value.(type) {
			case string, bool:
				form.Set(name, fmt.Sprint(value))
			default:
				var b bytes.Buffer
				if err := json.Compact(&b, members[name]); err != nil {
					t.Fatal(err)
				}
				form.Set(name, b.String())
			}
		}
		list = append(list, form)
	}
}
