package scripts_test

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/kind"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/sample"
)

// Whatever a workflow sends, each script of the gallery makes messages within
// Slack's rules of it, or it is the workflow's mistake and said to be.
func FuzzGallery(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("samples", "*", "*.json"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		s, err := sample.Read(file)
		if err != nil {
			f.Fatal(err)
		}
		text, err := s.Call.Inputs.Text("slack_details")
		if err != nil { // an object, which is text by another way
			raw, _ := s.Call.Inputs.Raw("slack_details")
			text = string(raw)
		}
		for i := range uint(7) {
			f.Add(text, i)
		}
	}
	for i := range uint(7) {
		f.Add(`{"Note": {"type": "string", "data": " "}}`, i) // nothing to post
	}
	dir, err := filepath.Abs(".")
	if err != nil {
		f.Fatal(err)
	}
	// The time limit is for the machine that runs the fuzzer, with all else.
	e, err := engine.New(engine.Config{Dir: dir, Limits: engine.Limits{Time: 5 * time.Second}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(e.Close)
	renderer := sample.NewRenderer(e)
	names := e.Scripts().Names()
	f.Fuzz(func(t *testing.T, text string, which uint) {
		js, err := json.Marshal(map[string]string{"slack_channel": "soc", "slack_details": text})
		if err != nil {
			t.Fatal(err)
		}
		var call resilient.Call
		if err := json.Unmarshal(js, &call.Inputs); err != nil {
			t.Fatal(err)
		}
		script := e.Scripts().Script(names[which%uint(len(names))])
		out, err := renderer.Render(t.Context(), render.Request{Call: call, ID: "fuzz", Time: sample.Now, Script: script, Asked: true})
		switch k, _ := kind.Of(err); {
		case k == kind.Input:
		case err != nil:
			t.Fatalf("%s: %v", script.Name, err)
		case len(out.Messages) == 0:
			t.Fatalf("%s: no message", script.Name)
		}
	})
}
