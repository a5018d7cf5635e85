package scripts_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/sample"
)

// Every example of the guide is a whole script, and lays out the sample incident.
func TestTheExamplesOfTheGuide(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```js\n(.*?)```").FindAllSubmatch(page, -1)
	if len(examples) < 4 {
		t.Fatalf("%d examples", len(examples))
	}
	in, err := sample.Read(filepath.Join("samples", "default", "incident.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, example := range examples {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "default.js"), example[1], 0o644); err != nil {
			t.Fatal(err)
		}
		e, err := engine.New(engine.Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(e.Close)
		script := e.Scripts().Script("default.js")
		if script == nil {
			t.Errorf("%v in:\n%s", e.Scripts().Errors(), example[1])
			continue
		}
		out, err := sample.NewRenderer(e).Render(t.Context(), render.Request{Call: in.Call, ID: in.Name, Time: sample.Now, Script: script, Asked: true})
		if err != nil || len(out.Messages) == 0 {
			t.Errorf("%v in:\n%s", err, example[1])
		}
	}
}

// The whole call of the guide has what it says of it.
func TestTheWholeCallOfTheGuide(t *testing.T) {
	in, err := sample.Read(filepath.Join("samples", "default", "call.json"))
	if err != nil {
		t.Fatal(err)
	}
	c := in.Call
	if c.Function != "slack_post_message" || c.Workflow != "create_slack_message" || c.ObjectType != "incident" || c.Principal != "anna@example.com" || !c.Inputs.Has("slack_details") {
		t.Errorf("got %+v", c)
	}
}
