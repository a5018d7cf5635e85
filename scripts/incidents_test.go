package scripts_test

import (
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/sample"
)

// Every script makes messages within Slack's rules of whatever the platform
// sends: incidents with every kind of rich text, written by attackers, too long
// for one message and with hardly anything filled in, and notes.
func TestEveryScriptTakesEveryIncident(t *testing.T) {
	platform, err := resilienttest.Start(resilienttest.Config{Channel: "soc"})
	if err != nil {
		t.Fatal(err)
	}
	defer platform.Close()
	calls := map[string]resilient.Call{}
	add := func(name string, run *resilienttest.Run, err error) {
		if err != nil {
			t.Fatal(err)
		}
		if calls[name], err = resilient.DecodeCall(run.Body()); err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range platform.Incidents() {
		run, err := platform.CreateSlackMessage(t.Context(), i.ID)
		add(i.Name, run, err)
		i.Properties["slack_id"] = "1524857620.000100"
		platform.PutIncident(i)
		// The original's script does not escape a task's name, and one with quotes
		// can be read as anything.
		task := strings.ReplaceAll(i.Name, `"`, "'")
		run, err = platform.AddTaskNote(t.Context(), i.ID, 31, task, "anna@example.com", i.Description)
		add("note on "+i.Name, run, err)
	}
	if len(calls) != 10 {
		t.Fatalf("got %d calls, want a message and a note for each of five incidents", len(calls))
	}

	e := gallery(t)
	renderer := sample.NewRenderer(e)
	for _, name := range e.Scripts().Names() {
		for about, call := range calls {
			out, err := renderer.Render(t.Context(), render.Request{Call: call, ID: about, Time: sample.Now, Script: e.Scripts().Script(name), Asked: true})
			if err != nil {
				t.Errorf("%s, %s: %v", name, about, err)
			} else if len(out.Messages) == 0 {
				t.Errorf("%s, %s: no message", name, about)
			}
		}
	}
}
