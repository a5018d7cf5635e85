package resilient

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// uuids are those of what can be referred to.
func uuids(c Configuration) map[string]bool {
	all := map[string]bool{}
	for _, f := range c.Fields {
		all[f.UUID] = true
		for _, o := range f.Values {
			all[o.UUID] = true
		}
	}
	for _, f := range c.Functions {
		all[f.UUID] = true
	}
	return all
}

// referred are those that are referred to.
func referred(t *testing.T, c Configuration) (list []string) {
	t.Helper()
	for _, f := range c.Functions {
		for _, v := range f.Inputs {
			list = append(list, v.Content)
		}
	}
	for _, r := range c.Rules {
		for _, v := range r.ViewItems {
			list = append(list, v.Content)
		}
	}
	for _, w := range c.Workflows {
		steps, err := w.Steps()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range steps {
			list = append(list, s.Function)
			for field, input := range s.Inputs {
				list = append(list, field)
				if input.Value.Select != "" {
					list = append(list, input.Value.Select)
				}
			}
		}
	}
	return list
}

// Whatever subset of the app's fields and functions a platform has, and under whatever
// uuids, what is deployed refers to nothing else, takes nobody's uuid, and is no
// difference once it is there.
func TestTheAppFitsWhatIsThere(t *testing.T) {
	renamed := func(c *Configuration) {
		for i := range c.Fields {
			c.Fields[i].UUID = fmt.Sprint("theirs-", c.Fields[i].Type, c.Fields[i].Name)
			for o := range c.Fields[i].Values {
				c.Fields[i].Values[o].UUID = c.Fields[i].UUID + c.Fields[i].Values[o].Label
			}
		}
		for i := range c.Functions {
			c.Functions[i].UUID = "theirs-" + c.Functions[i].Name
		}
	}
	taken := func(c *Configuration) { // as where the later package was imported over that of 1.0.0
		for i := range c.Fields {
			c.Fields[i].Name = "other_" + c.Fields[i].Name
		}
	}
	for name, change := range map[string]func(*Configuration){
		"nothing": func(c *Configuration) { *c = Configuration{} }, "all": func(*Configuration) {}, "other uuids": renamed, "uuids of others": taken,
		"half": func(c *Configuration) { renamed(c); c.Fields = c.Fields[10:]; c.Functions = c.Functions[1:] },
	} {
		for _, functions := range [][]string{nil, {SlackFunction}, {AttachmentFunction}, {ArchiveFunction}, {}} {
			have := Customizations(Channels{})
			change(&have)
			have.Workflows, have.Rules = nil, nil
			app := App{Functions: functions, On: have}
			c := app.Configuration()
			known := uuids(c)
			for _, id := range referred(t, c) {
				if !known[id] {
					t.Errorf("%s, %q: %s is referred to and not there", name, functions, id)
				}
			}
			for _, f := range c.Fields {
				if h, ok := find(have.Fields, func(h FieldDefinition) bool { return h.UUID == f.UUID }); ok && (h.Name != f.Name || h.Type != f.Type) {
					t.Errorf("%s, %q: %s has the uuid of %s", name, functions, f.Name, h.Name)
				}
			}
			if again := app.Configuration(); !cmp.Equal(c, again) {
				t.Errorf("%s, %q: another time it is otherwise: %s", name, functions, cmp.Diff(c, again))
			}
			// Once more, where it is there.
			app.On = c
			for _, item := range Compare(app.Configuration(), c) {
				if !item.Exists || item.Differs != nil {
					t.Errorf("%s, %q: %s is there: %v, %q", name, functions, item, item.Exists, item.Differs)
				}
			}
		}
	}
}

func TestTheLaterPackageIsRecognised(t *testing.T) {
	later := func(name, uuid string) Configuration {
		return Configuration{Fields: []FieldDefinition{{Type: FieldOfFunction, Name: name, UUID: uuid}}}
	}
	workflow := func(api, pre string) Configuration {
		c := App{On: later(slackText, "85d20b77-734f-4930-9c4b-b5f8d98c581c")}.Configuration()
		c.Fields = nil
		c.Workflows = slices.DeleteFunc(c.Workflows, func(w WorkflowDefinition) bool { return w.ProgrammaticName != api })
		c.do(&c.Workflows[0], recipe{workflow: api, function: SlackFunction, pre: pre}, Configuration{})
		return c
	}
	for name, tt := range map[string]struct {
		have Configuration
		want bool
	}{
		"nothing":                {Configuration{}, false},
		"1.0.0":                  {later(slackDetails, "85d20b77-734f-4930-9c4b-b5f8d98c581c"), false},
		"ours":                   {Customizations(Channels{}), false},
		"the uuid of slack_text": {later(slackText, "85d20b77-734f-4930-9c4b-b5f8d98c581c"), true},
		"a workflow":             {workflow(ReplyWorkflow, "inputs.slack_text = 'x'"), true},
		"a workflow of 1.0.0":    {workflow(MessageWorkflow, "inputs.slack_details = 'x'"), false},
		"a workflow with both":   {workflow(MessageWorkflow, "inputs.slack_details = 'x'\ninputs.slack_text = None"), false},
	} {
		if got := tt.have.later(); got != tt.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

// What a customer has set for the inputs of a later workflow stays when it is replaced.
func TestValuesOfInputsStay(t *testing.T) {
	on := Configuration{Fields: []FieldDefinition{{Type: FieldOfFunction, Name: slackText, UUID: "85d20b77-734f-4930-9c4b-b5f8d98c581c"}}}
	have := App{Channels: Channels{Message: "soc"}, On: on}.Configuration()
	mrkdwn, _ := have.field(FieldOfFunction, "slack_mrkdwn")
	w := slices.IndexFunc(have.Workflows, func(w WorkflowDefinition) bool { return w.ProgrammaticName == MessageWorkflow })
	have.Workflows[w].Content.XML = strings.Replace(have.Workflows[w].Content.XML, "{&#34;inputs&#34;:{",
		"{&#34;inputs&#34;:{&#34;"+mrkdwn.UUID+"&#34;:{&#34;static_input&#34;:{&#34;text_value&#34;:&#34;x&#34;}},", 1)
	for channel, want := range map[string]string{"": "soc", "noc": "noc"} {
		got, _ := App{Channels: Channels{Message: channel}, On: have}.Configuration().workflow(MessageWorkflow)
		steps, err := got.Steps()
		if err != nil {
			t.Fatal(err)
		}
		if steps[0].Inputs[mrkdwn.UUID].Value.Text != "x" || steps[0].Inputs["9caadb86-3cb1-44f8-81f4-4da30e68a106"].Value.Text != want {
			t.Errorf("channel %q: got %+v", channel, steps[0].Inputs)
		}
	}
}

const ourFunction = "ded2826c-6528-4a26-b2c8-0cf215dce3c3"

func playbookOf(t *testing.T, outputs map[string]string, script string) Playbook {
	t.Helper()
	var tasks strings.Builder
	for output, function := range outputs {
		tasks.WriteString(`<serviceTask name="x"><extensionElements><resilient:function uuid="` + function + `">{"inputs":{},"result_name":"` + output + `"}</resilient:function></extensionElements></serviceTask>`)
	}
	js := encode(map[string]any{
		"name": "pb", "display_name": "PB", "kept": json.RawMessage(`{"a":1.50}`),
		"content":       map[string]any{"xml": `<definitions xmlns="` + bpmnSpace + `" xmlns:resilient="` + resilientSpace + `">` + tasks.String() + `</definitions>`},
		"local_scripts": []any{map[string]any{"name": "after", "script_text": script, "id": 7}, map[string]any{"name": "odd"}},
	})
	var p Playbook
	if err := json.Unmarshal(js, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestScriptsOfPlaybooksAreMended(t *testing.T) {
	for name, tt := range map[string]struct {
		outputs      map[string]string
		script, want string
		ours         bool
	}{
		"broken":              {map[string]string{"slack_info": ourFunction}, "playbook.functions.results.url + playbook.functions.results.channel", "playbook.functions.results.slack_info.url + playbook.functions.results.slack_info.channel", true},
		"half broken":         {map[string]string{"slack_info": ourFunction, "other": "u"}, "playbook.functions.results.slack_info.url, playbook.functions.results.user_info", "playbook.functions.results.slack_info.url, playbook.functions.results.slack_info.user_info", true},
		"well":                {map[string]string{"slack_info": ourFunction}, "playbook.functions.results.slack_info.url", "", true},
		"an output named url": {map[string]string{"url": ourFunction}, "playbook.functions.results.url", "", true},
		"something else":      {map[string]string{"slack_info": ourFunction}, "playbook.functions.results.get('url'), my.playbook_functions.results.url", "", true},
		"two calls of ours":   {map[string]string{"a": ourFunction, "b": ourFunction}, "playbook.functions.results.url", "", true},
		"no output":           {map[string]string{"": ourFunction}, "playbook.functions.results.url", "", true},
		"another's":           {map[string]string{"slack_info": "u"}, "playbook.functions.results.url", "", false},
	} {
		p := playbookOf(t, tt.outputs, tt.script)
		mended, scripts, ours := p.mended([]string{ourFunction})
		if ours != tt.ours {
			t.Errorf("%s: ours: %v", name, ours)
		}
		want := p
		if tt.want != "" {
			want = playbookOf(t, tt.outputs, tt.want)
			if diff := cmp.Diff([]string{"after"}, scripts); diff != "" {
				t.Errorf("%s: scripts (-want +got):\n%s", name, diff)
			}
		}
		got, wanted := membersOf(t, mended.Raw), membersOf(t, want.Raw)
		delete(got, "content") // its calls are in no order
		delete(wanted, "content")
		if diff := cmp.Diff(wanted, got); diff != "" || tt.want == "" && scripts != nil {
			t.Errorf("%s: %q (-want +got):\n%s", name, scripts, diff)
		}
		if !strings.Contains(string(mended.Raw), "1.50") {
			t.Errorf("%s: a number is written otherwise: %s", name, mended.Raw)
		}
	}
}

// A playbook is only taken by a platform of the version that made it, anything else by
// an old one, too.
func TestTheVersionIsThatOfWhatIsImported(t *testing.T) {
	have := Customizations(Channels{})
	have.Playbooks = []Playbook{playbookOf(t, map[string]string{"slack_info": ourFunction}, "playbook.functions.results.url")}
	have.Server = json.RawMessage(`{"version":"51.0.0"}`)
	have.Tables = nil
	want := App{On: have}.Configuration()
	for kind, version := range map[ItemKind]string{ItemPlaybook: "51.0.0", ItemTable: "30.0.0"} {
		part := want.Select(slices.DeleteFunc(Compare(want, have), func(i Item) bool { return i.Kind != kind }))
		js, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		doc := membersOf(t, js)
		if got := doc["server_version"].(map[string]any)["version"]; got != version {
			t.Errorf("%s: got version %v", kind, got)
		}
		if _, there := doc["playbooks"]; there != (kind == ItemPlaybook) {
			t.Errorf("%s: playbooks: %v", kind, doc["playbooks"])
		}
	}
}
