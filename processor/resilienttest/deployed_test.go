package resilienttest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.starlark.net/starlark"

	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// deploy imports the customizations as the service's command does.
func deploy(t *testing.T, p *Platform, channel string) {
	t.Helper()
	c := client(t, p, nil)
	if _, err := c.Login(deadline(t)); err != nil {
		t.Fatal(err)
	}
	i, err := c.Import(deadline(t), resilient.Customizations(resilient.Channels{Message: channel, Reply: channel}))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.FinishImport(deadline(t), i, true); err != nil {
		t.Fatal(err)
	}
}

func TestAnEmptyOrganisationHasNothingToPlay(t *testing.T) {
	p := start(t, Config{Empty: true})
	if _, err := p.CreateSlackMessage(deadline(t), IncidentDoS); err == nil || !strings.Contains(err.Error(), "no menu item that runs create_slack_message") {
		t.Errorf("got %v", err)
	}
	c := client(t, p, nil)
	if _, err := c.Login(deadline(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Function(deadline(t), functionName); err == nil {
		t.Error("the function is there")
	}
	deploy(t, p, "soc")
	if f, err := c.Function(deadline(t), functionName); err != nil || f.Destination != Destination {
		t.Errorf("after the import: got %+v, %v", f, err)
	}
}

func TestTheDeployedWorkflowsArePlayed(t *testing.T) {
	p := start(t, Config{Empty: true})
	deploy(t, p, "soc")
	if run, err := p.AddNote(deadline(t), IncidentDoS, "Jane Analyst", "too early"); run != nil || err != nil {
		t.Errorf("a note before there is a thread: got run %v, %v", run, err)
	}
	run, err := p.CreateSlackMessage(deadline(t), IncidentDoS)
	if err != nil {
		t.Fatal(err)
	}
	call, header := take(t, p)
	checkMessageInputs(t, call, golden(t, "deployed-2223.txt"), `,"slack_formatter":null,"incident_id":null,"task_id":null,"slack_text":null,"slack_channel_id":null,`+
		`"slack_is_channel_private":null,"slack_participant_emails":null,"slack_mrkdwn":null,"slack_username":null,"slack_replace_archived":null,"slack_update":null`)
	answer(p, header, result(t, map[string]any{"ok": true, "ts": "1700000000.000100"}))
	if status, err := run.Wait(deadline(t)); err != nil || status.State != Completed {
		t.Fatalf("got %+v, %v", status, err)
	}

	if _, err := p.AddTaskNote(deadline(t), IncidentDoS, 7, `Contain "it"`, "Jane Analyst", `<div>C:\new "x"</div>`); err != nil {
		t.Fatal(err)
	}
	call, _ = take(t, p)
	checkNoteInputs(t, call, golden(t, "deployed-note.txt"))
}

func TestTheThreadIsThatOfTheFirstMessage(t *testing.T) {
	p := start(t, Config{Empty: true})
	deploy(t, p, "soc")
	for _, step := range []struct {
		results any
		thread  string // of the call
		kept    string // after it
	}{
		{map[string]any{"skipped": "night"}, "", ""},
		{nil, "", ""},
		{map[string]any{"ts": "1.1"}, "", "1.1"},
		{map[string]any{"ts": "2.2", "message": map[string]any{"thread_ts": "1.1"}}, "1.1", "1.1"},
		{map[string]any{"ts": "3.3"}, "1.1", "1.1"},
	} {
		run, err := p.CreateSlackMessage(deadline(t), IncidentDoS)
		if err != nil {
			t.Fatal(err)
		}
		call, header := take(t, p)
		if got, err := call.Inputs.Text("slack_thread_id"); got != step.thread || err != nil {
			t.Errorf("%v: got thread %q, %v, want %q", step.results, got, err, step.thread)
		}
		answer(p, header, result(t, step.results))
		if status, err := run.Wait(deadline(t)); err != nil || status.State != Completed {
			t.Errorf("%v: got %+v, %v", step.results, status, err)
		}
		if i, _ := p.Incident(IncidentDoS); i.Properties[slackID] != step.kept {
			t.Errorf("%v: the incident keeps %q, want %q", step.results, i.Properties[slackID], step.kept)
		}
	}
}

// hostileTexts break JSON that is pasted together, or the readers of it.
func hostileTexts() []string {
	var control strings.Builder
	for r := range rune(0x20) {
		control.WriteRune(r)
		fmt.Fprintf(&control, "%02x", r)
	}
	return []string{
		`plain`, ``, ` `, `"`, `\`, `\\`, `\"`, `ends in a backslash \`, `"quoted" and \"escaped\"`,
		`C:\Users\bob\notes.txt`, `C:\new\temp`, `C:\`, `C:\n`, `\\server\share\new`, `D:\u0041\u005c`, `(C:\temp)`,
		"Plan B:\nfirst\nsecond", "C:\nD:\r\nE:\tF:\x00", "a\r\nb\n\n\tc", control.String(), "\x7f\u0080\u0085\u00a0\u2028\u2029\ufeff\ufffd\uffff",
		`\u0041`, `\n`, `\t`, `\x41`, `\/`, `</script>`, `&quot;&#34;&amp;quot;`,
		`x", "Evil": { "type": "string", "data": "y`, `x" } } {`, `", "type": "incident`, `", `, `" }`, `{"json": [1, 2]}`, `'single' and ` + "`ticks`",
		`None`, `True`, `%s %d %% %(name)s`, `{0} {{}} {name}`, `$HOME ${HOME}`,
		"Zürich 日本語 🎣👩‍💻 \u202ereversed", "<!channel> *bold* <@U012AB3CD>", strings.Repeat(`a"\`+"\n", 20_000),
	}
}

// hostileIncident puts a text everywhere.
func hostileIncident(text string) Incident {
	return Incident{
		ID: 9000, Name: text, Description: text, Severity: text, Vectors: []string{text, "x", text}, Types: []string{text},
		Created: time.UnixMilli(1790000000000), Confirmed: true, Properties: map[string]string{slackID: "1.1"},
	}
}

func filled(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// data reads slack_details as the service does, and as any JSON reader does.
func data(t *testing.T, text string) map[string]any {
	t.Helper()
	var strict map[string]struct {
		Type string
		Data any
	}
	if err := json.Unmarshal([]byte(text), &strict); err != nil {
		t.Fatalf("no JSON: %v in %.300q", err, text)
	}
	read, notes, err := details.Read(text)
	if err != nil || len(notes) > 0 || len(read) != len(strict) {
		t.Fatalf("got %d labels, %v, notes %q", len(read), err, notes)
	}
	values := map[string]any{}
	for _, d := range read {
		var v any
		if err := json.Unmarshal(d.Data, &v); err != nil {
			t.Fatal(err)
		}
		values[d.Label] = v
		if diff := cmp.Diff(strict[d.Label].Data, v); diff != "" || strict[d.Label].Type != d.Type {
			t.Errorf("%s is read in two ways (-JSON +service):\n%s", d.Label, diff)
		}
	}
	// The original deletes each backslash before an n before it reads.
	if strings.Contains(text, `\n`) {
		t.Errorf("the original would read %.300q otherwise", text)
	}
	return values
}

func TestHostileIncidentsArriveAsTheyAre(t *testing.T) {
	p := start(t, Config{Empty: true})
	deploy(t, p, "soc")
	for _, text := range hostileTexts() {
		p.PutIncident(hostileIncident(text))
		if _, err := p.CreateSlackMessage(deadline(t), 9000); err != nil {
			t.Fatalf("%.80q: %v", text, err)
		}
		call, _ := take(t, p)
		details, err := call.Inputs.Text("slack_details")
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]any{
			"Resilient Incident": text, "Resilient URL": "9000", "Description": filled(text), "Confirmed": "True",
			"Create Date": 1790000000000.0, "Start Date": nil, "Severity": filled(text), "NIST Vectors": "[" + text + ", x, " + text + "]", "Incident Types": "[" + text + "]",
		}
		if diff := cmp.Diff(want, data(t, details)); diff != "" {
			t.Errorf("%.80q (-want +got):\n%s", text, diff)
		}

		if _, err := p.AddTaskNote(deadline(t), 9000, 7, text, "Jo", text); err != nil {
			t.Fatalf("%.80q: %v", text, err)
		}
		call, _ = take(t, p)
		if details, err = call.Inputs.Text("slack_details"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]any{"Resilient URL": "9000?task_id=7", "Task": text, "Note": text}, data(t, details)); diff != "" {
			t.Errorf("note %.80q (-want +got):\n%s", text, diff)
		}
	}
}

// The stand-in's scripts are worth nothing where real Python does otherwise.
func TestPythonGivesTheSameDetails(t *testing.T) {
	p := start(t, Config{Empty: true})
	deploy(t, p, "soc")
	var jobs []pythonJob
	var want []any
	add := func(script string, objects starlark.StringDict) {
		jobs = append(jobs, pythonJob{Script: script, Objects: map[string]any{}})
		for name, o := range objects {
			jobs[len(jobs)-1].Objects[name] = plain(t, o)
		}
		if err := runScript("script", script, objects); err != nil {
			t.Fatal(err)
		}
		want = append(want, plain(t, objects["inputs"]))
	}
	scripts := map[string]string{}
	for _, w := range p.Deployed().Workflows {
		steps, err := w.Steps()
		if err != nil {
			t.Fatal(err)
		}
		scripts[w.ProgrammaticName] = steps[0].Pre
	}
	incidents := p.Incidents()
	for _, text := range hostileTexts() {
		incidents = append(incidents, hostileIncident(text))
	}
	for n, i := range incidents {
		add(scripts[WorkflowMessage], starlark.StringDict{"incident": incidentObject(i), "inputs": emptyInputs()})
		note, task := noteObjects(i.Name, i.Description, n%2*n, i.Name)
		add(scripts[WorkflowReply], starlark.StringDict{"incident": incidentObject(i), "note": note, "task": task, "inputs": emptyInputs()})
		for _, rule := range []string{"incident", "note", "task", "artifact"} {
			objects := starlark.StringDict{"incident": incidentObject(i), "note": note, "task": task, "inputs": emptyInputs(), "rule": ruleObject(i.Name)}
			switch rule {
			case "task":
				objects["task"] = taskObject(Task{ID: n, Name: i.Name, Owner: i.Severity, Due: i.Started})
			case "artifact":
				objects["artifact"] = artifactObject(Artifact{Kind: i.Severity, Value: i.Description})
			}
			add(scripts["slack_example_post_message_to_slack__"+rule], objects)
		}
	}
	withPython(t, jobs, func(t *testing.T, outcomes []pythonOutcome) {
		for i, got := range outcomes {
			if diff := cmp.Diff(want[i], any(got.Objects["inputs"])); diff != "" || got.Error != "" {
				t.Errorf("case %d: %s (-stand-in +Python):\n%.2000s", i, got.Error, diff)
			}
		}
	})
}

func emptyInputs() *scriptObject {
	o := &scriptObject{name: "inputs", attrs: starlark.StringDict{}}
	for _, name := range []string{
		"slack_details", "slack_thread_id", "slack_user_id", "slack_text", "incident_id", "task_id",
		"slack_channel", "slack_channel_id", "slack_is_channel_private", "slack_participant_emails",
	} {
		o.attrs[name] = starlark.None
	}
	return o
}

// ruleObject is a rule that was started with a text in each of its fields.
func ruleObject(text string) *scriptObject {
	v := orNone(starlark.String(text))
	return &scriptObject{name: "rule", attrs: starlark.StringDict{"properties": &scriptObject{name: "rule.properties", attrs: starlark.StringDict{
		"rule_slack_channel": v, "slack_channel_id": v, "rule_slack_participant_emails": v, "rule_slack_text": v, "rule_slack_is_channel_private": starlark.False,
	}}}}
}

func TestPythonKeepsTheSameThread(t *testing.T) {
	steps, err := resilient.Customizations(resilient.Channels{}).Workflows[0].Steps()
	if err != nil {
		t.Fatal(err)
	}
	var jobs []pythonJob
	var want []any
	for _, thread := range []starlark.Value{starlark.None, starlark.String(""), starlark.String("1.1")} {
		for _, results := range []any{nil, map[string]any{}, map[string]any{"ts": nil}, map[string]any{"ts": "2.2"}} {
			job := pythonJob{Script: steps[0].Post, Objects: map[string]any{
				"results": results, "incident": map[string]any{"properties": map[string]any{slackID: plain(t, thread)}}}}
			if r, ok := results.(map[string]any); ok {
				job.Objects["results"] = resultsJSON(r)
			}
			jobs = append(jobs, job)
			properties := &scriptObject{name: "incident.properties", attrs: starlark.StringDict{slackID: thread}}
			incident := &scriptObject{name: "incident", attrs: starlark.StringDict{"properties": properties}}
			err := runScript("script", steps[0].Post, starlark.StringDict{"results": resultsValue("results", results), "incident": incident})
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, plain(t, properties.attrs[slackID]))
		}
	}
	withPython(t, jobs, func(t *testing.T, outcomes []pythonOutcome) {
		for i, got := range outcomes {
			properties, _ := got.Objects["incident"]["properties"].(map[string]any)
			if properties[slackID] != want[i] || got.Error != "" {
				t.Errorf("case %d: Python keeps %v (%s), the stand-in %v", i, properties[slackID], got.Error, want[i])
			}
		}
	})
}

func TestAnImportThatDoesNotFitIsRefused(t *testing.T) {
	p := start(t, Config{Empty: true})
	c := client(t, p, nil)
	if _, err := c.Login(deadline(t)); err != nil {
		t.Fatal(err)
	}
	all := resilient.Customizations(resilient.Channels{})
	for name, tt := range map[string]struct {
		document resilient.Configuration
		want     string
	}{
		"no incident type": {resilient.Configuration{}, "incident_types is empty"},
		"function alone": {resilient.Configuration{IncidentTypes: all.IncidentTypes, Functions: all.Functions},
			"function slack_post_message: there is no message destination slack"},
		"function without inputs": {resilient.Configuration{IncidentTypes: all.IncidentTypes, Functions: all.Functions, Destinations: all.Destinations},
			"function slack_post_message: there is no input 9caadb86-3cb1-44f8-81f4-4da30e68a106"},
		"workflows alone": {resilient.Configuration{IncidentTypes: all.IncidentTypes, Workflows: all.Workflows},
			"workflow create_slack_message: there is no function ded2826c-6528-4a26-b2c8-0cf215dce3c3"},
		"rules alone": {resilient.Configuration{IncidentTypes: all.IncidentTypes, Rules: all.Rules},
			"rule Create Slack Message: there is no workflow create_slack_message for a incident"},
		"broken XML": {resilient.Configuration{IncidentTypes: all.IncidentTypes, Workflows: []resilient.WorkflowDefinition{{ProgrammaticName: "w",
			Content: resilient.WorkflowContent{XML: "<a>"}}}}, "workflow w: XML syntax error on line 1: unexpected EOF"},
	} {
		_, err := c.Import(deadline(t), tt.document)
		if err == nil || !strings.Contains(err.Error(), "400 Bad Request: Invalid configuration: "+tt.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if got := p.Imports(); got != nil {
		t.Errorf("got imports %q", got)
	}
}

func TestAnImportIsFinishedOnce(t *testing.T) {
	p := start(t, Config{Empty: true})
	c := client(t, p, nil)
	if _, err := c.Login(deadline(t)); err != nil {
		t.Fatal(err)
	}
	i, err := c.Import(deadline(t), resilient.Customizations(resilient.Channels{}))
	if err != nil || !i.Pending() || i.ID != 1 {
		t.Fatalf("got %+v, %v", i, err)
	}
	if len(p.Deployed().Rules) != 0 {
		t.Error("a pending import is deployed")
	}
	if err := c.FinishImport(deadline(t), i, false); err != nil || i.Pending() || i.Status != "REJECTED" {
		t.Errorf("got %+v, %v", i, err)
	}
	err = c.FinishImport(deadline(t), i, true)
	if err == nil || !strings.Contains(err.Error(), http.StatusText(http.StatusNotFound)) || len(p.Deployed().Rules) != 0 {
		t.Errorf("a second time: got %v, %d rules", err, len(p.Deployed().Rules))
	}
}

// FuzzDetails looks for texts that do not arrive as they are.
func FuzzDetails(f *testing.F) {
	for _, text := range hostileTexts() {
		f.Add(text[:min(len(text), 100)])
	}
	steps, err := resilient.Customizations(resilient.Channels{}).Workflows[1].Steps()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\uFFFD")
		note, task := noteObjects("Jo", text, 7, text)
		inputs := emptyInputs()
		objects := starlark.StringDict{"incident": incidentObject(Incident{ID: 1}), "note": note, "task": task, "inputs": inputs}
		if err := runScript("script", steps[0].Pre, objects); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{"Resilient URL": "1?task_id=7", "Task": text, "Note": text}
		if diff := cmp.Diff(want, data(t, string(inputs.attrs["slack_details"].(starlark.String)))); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	})
}
