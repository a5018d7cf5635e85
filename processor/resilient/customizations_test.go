package resilient

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheDocumentReadsBackAsItWasWritten(t *testing.T) {
	want := Customizations(Channels{Message: "soc", Reply: "soc-notes"})
	js, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Configuration
	if err := json.Unmarshal(js, &got); err != nil {
		t.Fatal(err)
	}
	if items := Compare(want, got); slices.ContainsFunc(items, func(i Item) bool { return !i.Exists || len(i.Differs) > 0 }) {
		t.Errorf("got %+v", items)
	}
	if diff := cmp.Diff(Channels{"soc", "soc-notes"}, got.Channels()); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
	again, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(membersOf(t, js), membersOf(t, again)); diff != "" {
		t.Errorf("written again (-want +got):\n%s", diff)
	}
}

func membersOf(t *testing.T, js []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(js, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTheDocumentHasWhatAnImportAsksFor(t *testing.T) {
	js, err := json.Marshal(Customizations(Channels{}))
	if err != nil {
		t.Fatal(err)
	}
	doc := membersOf(t, js)
	for _, name := range []string{
		"id", "export_format_version", "export_date", "server_version", "fields", "functions", "message_destinations", "workflows", "actions",
		"incident_types", "phases", "overrides", "layouts", "automatic_tasks", "task_order", "action_order", "types", "scripts",
		"incident_artifact_types", "roles", "workspaces", "notifications", "timeframes", "industries", "regulators", "geos",
	} {
		if _, ok := doc[name]; !ok {
			t.Errorf("the document has no %s", name)
		}
	}
	counts := map[string]int{}
	for _, name := range []string{"fields", "functions", "message_destinations", "types", "workflows", "actions", "incident_types"} {
		counts[name] = len(doc[name].([]any))
	}
	want := map[string]int{"fields": 28, "functions": 3, "message_destinations": 1, "types": 1, "workflows": 11, "actions": 11, "incident_types": 1}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if version := doc["server_version"].(map[string]any)["version"]; version != "30.0.0" {
		t.Errorf("got server version %v; older platforms would refuse the document", version)
	}
}

// An identifier that occurs twice, or a reference to nothing, is found by the
// platform only when it imports.
func TestReferencesMeetWhatTheyMean(t *testing.T) {
	c := Customizations(Channels{})
	seen := map[string]bool{}
	once := func(uuid string) {
		t.Helper()
		if len(uuid) != 36 || seen[uuid] {
			t.Errorf("uuid %q is no uuid, or is there twice", uuid)
		}
		seen[uuid] = true
	}
	fields, options := map[string]FieldDefinition{}, map[string]string{}
	for _, f := range c.Fields {
		once(f.UUID)
		fields[f.UUID] = f
		for i, o := range f.Values {
			once(o.UUID)
			options[o.UUID] = f.UUID
			if o.Default != (i == 0) || !o.Enabled {
				t.Errorf("%s: option %+v", f.Name, o)
			}
		}
	}
	for _, d := range c.Destinations {
		once(d.UUID)
	}
	functions := map[string]bool{}
	for _, f := range c.Functions {
		once(f.UUID)
		functions[f.UUID] = true
		if f.Destination != c.Destinations[0].ProgrammaticName {
			t.Errorf("the destination of %s is %s", f.Name, f.Destination)
		}
		for _, item := range f.Inputs {
			if fields[item.Content].Type != FieldOfFunction {
				t.Errorf("the form of %s has %s, which is no input", f.Name, item.Content)
			}
		}
	}
	for _, table := range c.Tables {
		once(table.UUID)
		for name, column := range table.Columns {
			once(column.UUID)
			if column.Name != name || column.ExportKey != table.Name+"/"+name {
				t.Errorf("column %s is %+v", name, column)
			}
		}
	}
	for _, w := range c.Workflows {
		once(w.UUID)
		steps, err := w.Steps()
		if err != nil || len(steps) != 1 {
			t.Fatalf("%s: got steps %v, %v", w.Name, steps, err)
		}
		if !functions[steps[0].Function] || w.Content.ID != w.ProgrammaticName {
			t.Errorf("%s calls %s", w.Name, steps[0].Function)
		}
		for uuid, input := range steps[0].Inputs {
			if fields[uuid].Type != FieldOfFunction || input.Value.Select != "" && options[input.Value.Select] != uuid {
				t.Errorf("%s sets %s to %+v, which does not fit", w.Name, uuid, input)
			}
		}
	}
	for _, r := range c.Rules {
		once(r.UUID)
		if !slices.ContainsFunc(c.Workflows, func(w WorkflowDefinition) bool {
			return w.ProgrammaticName == r.Workflows[0] && w.ObjectType == r.ObjectType
		}) {
			t.Errorf("%s runs %v", r.Name, r.Workflows)
		}
		for _, item := range r.ViewItems {
			if fields[item.Content].Type != FieldOfRule {
				t.Errorf("%s shows %s, which is no field of rules", r.Name, item.Content)
			}
		}
	}
}

func TestWorkflowsAreWellFormedAndDrawn(t *testing.T) {
	for _, w := range Customizations(Channels{Message: `<"&'> ]]> x`}).Workflows {
		ids, refs, drawn := map[string]bool{}, []string{}, map[string]bool{}
		dec := xml.NewDecoder(strings.NewReader(w.Content.XML))
		for {
			token, err := dec.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", w.Name, err)
			}
			e, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			for _, a := range e.Attr {
				switch a.Name.Local {
				case "id":
					if ids[a.Value] {
						t.Errorf("%s: id %s is there twice", w.Name, a.Value)
					}
					ids[a.Value] = true
				case "sourceRef", "targetRef":
					refs = append(refs, a.Value)
				case "bpmnElement":
					drawn[a.Value] = true
				}
			}
		}
		for _, ref := range refs {
			if !ids[ref] {
				t.Errorf("%s: a flow leads to %s, which is not there", w.Name, ref)
			}
		}
		for _, id := range []string{"StartEvent_1", "ServiceTask_1", "EndEvent_1", "SequenceFlow_1", "SequenceFlow_2", "TextAnnotation_1", "Association_1"} {
			if !ids[id] || !drawn[id] {
				t.Errorf("%s: %s is there: %v, is drawn: %v", w.Name, id, ids[id], drawn[id])
			}
		}
	}
	steps, err := Customizations(Channels{Message: `<"&'> ]]> x`}).Workflows[0].Steps()
	if err != nil || steps[0].Inputs["9caadb86-3cb1-44f8-81f4-4da30e68a106"].Value.Text != `<"&'> ]]> x` {
		t.Errorf("got steps %+v, %v", steps, err)
	}
}

// Python 2 refuses a script that is not ASCII, and the platform's sandbox
// imports, names that begin with an underscore, and tabs beside blanks.
func TestScriptsKeepToWhatThePlatformAllows(t *testing.T) {
	for _, w := range Customizations(Channels{}).Workflows {
		steps, err := w.Steps()
		if err != nil {
			t.Fatal(err)
		}
		for _, script := range []string{steps[0].Pre, steps[0].Post} {
			for n, line := range strings.Split(script, "\n") {
				code, _, _ := strings.Cut(line, "#")
				for _, r := range line {
					if r > '~' || r == '\t' {
						t.Errorf("%s, line %d: %q", w.Name, n+1, r)
					}
				}
				for _, word := range strings.FieldsFunc(code, func(r rune) bool { return strings.ContainsRune(" .,:()[]{}=+", r) }) {
					if strings.HasPrefix(word, "_") || word == "import" || word == "print" || word == "exec" || word == "unicode" {
						t.Errorf("%s, line %d: %s", w.Name, n+1, word)
					}
				}
			}
		}
	}
}

// A workflow that changes what its own rule waits for would run for ever.
func TestNoRuleStartsItself(t *testing.T) {
	c := Customizations(Channels{})
	for _, r := range c.Rules {
		w, _ := c.workflow(r.Workflows[0])
		steps, err := w.Steps()
		if err != nil {
			t.Fatal(err)
		}
		for _, set := range regexp.MustCompile(`(?m)^\s*(incident\.[\w.]+)\s*=[^=]`).FindAllStringSubmatch(steps[0].Pre+steps[0].Post, -1) {
			for _, condition := range r.Conditions {
				if r.Type == RuleAutomatic && condition.String() == set[1]+" changed" {
					t.Errorf("%s sets %s and waits for it", r.Name, set[1])
				}
			}
		}
	}
}

func TestCompareSaysWhatDiffers(t *testing.T) {
	want := Customizations(Channels{})
	for _, tt := range []struct {
		name   string
		change func(*Configuration)
		item   string
		differ []string // nil: missing
	}{
		{"no rule", func(c *Configuration) { c.Rules = slices.Delete(c.Rules, 1, 2) }, `rule "Create Slack Reply"`, nil},
		{"no destination", func(c *Configuration) { c.Destinations = nil }, `message destination "slack"`, nil},
		{"no property", func(c *Configuration) { c.Fields = c.Fields[:27] }, `incident field "slack_id"`, nil},
		{"a property of another type", func(c *Configuration) { c.Fields[27].InputType = "number" }, `incident field "slack_id"`,
			[]string{"slack_id is of type number, not text"}},
		{"an input less, as with the original", func(c *Configuration) {
			c.Fields = slices.Delete(c.Fields, 9, 10)
			c.Functions[0].Inputs = slices.Delete(c.Functions[0].Inputs, 9, 10)
		}, `function "Slack Post Message"`, []string{"input slack_formatter is missing"}},
		{"an input that the form has not", func(c *Configuration) { c.Functions[0].Inputs = slices.Delete(c.Functions[0].Inputs, 9, 10) }, `function "Slack Post Message"`,
			[]string{"input slack_formatter is not one of its inputs"}},
		{"an input that is required", func(c *Configuration) { c.Fields[1].Required = "always" }, `function "Slack Post Message"`,
			[]string{"slack_details is required, which it is not in every call"}},
		{"a column less", func(c *Configuration) { delete(c.Tables[0].Columns, "slack_db_channel_id") }, `data table "Slack Conversations"`,
			[]string{"column slack_db_channel_id is missing"}},
		{"no table", func(c *Configuration) { c.Tables = nil }, `data table "Slack Conversations"`, nil},
		{"an option less", func(c *Configuration) { c.Fields[4].Values = c.Fields[4].Values[:1] }, `function "Slack Post Message"`,
			[]string{`slack_reply_broadcast lacks the value "true" of the app`}},
		{"another destination", func(c *Configuration) { c.Functions[0].Destination = "mail" }, `function "Slack Post Message"`,
			[]string{`its message destination is "mail", not "slack"`}},
		{"another channel", func(c *Configuration) { c.Workflows = Customizations(Channels{Reply: "soc"}).Workflows }, `workflow "Create Slack Reply"`,
			[]string{`slack_channel is "soc"; the app's is "test-this-channel"`}},
		{"a script of the customer's choice", func(c *Configuration) {
			c.Workflows[0].Content.XML = strings.Replace(c.Workflows[0].Content.XML, "{&#34;inputs&#34;:{",
				"{&#34;inputs&#34;:{&#34;2e204e6d-ec8c-4710-badf-00793e60b0d7&#34;:{&#34;static_input&#34;:{&#34;text_value&#34;:&#34;x.js&#34;}},", 1)
		}, `workflow "Create Slack Message"`, []string{`slack_formatter is "x.js"; the app's is not set`}},
		{"another option", func(c *Configuration) {
			c.Workflows[0].Content.XML = strings.Replace(c.Workflows[0].Content.XML, "cd6a13e4-c6f9-4de4-b12c-9ccf793fe622", "043cb152-f279-403c-9e8d-be4e4d518510", 1)
		}, `workflow "Create Slack Message"`, []string{`slack_parse is "none"; the app's is "full"`}},
		{"XML that is none", func(c *Configuration) { c.Workflows[0].Content.XML = "<a>" }, `workflow "Create Slack Message"`,
			[]string{"workflow create_slack_message: XML syntax error on line 1: unexpected EOF"}},
		{"another function", func(c *Configuration) {
			c.Workflows[0].Content.XML = strings.ReplaceAll(c.Workflows[0].Content.XML, "ded2826c-6528-4a26-b2c8-0cf215dce3c3", "u")
		}, `workflow "Create Slack Message"`, []string{"it calls other functions than slack_post_message alone"}},
		{"another script", func(c *Configuration) {
			c.Workflows[0].Content.XML = strings.ReplaceAll(c.Workflows[0].Content.XML, "Resilient Incident", "Case")
		}, `workflow "Create Slack Message"`, []string{"its pre-processing script is another"}},
		{"a condition less", func(c *Configuration) { c.Rules[1].Conditions = c.Rules[1].Conditions[1:] }, `rule "Create Slack Reply"`,
			[]string{"it lacks the condition incident.properties.slack_id has_a_value"}},
		{"an update of what has no message", func(c *Configuration) { c.Rules[10].Conditions = c.Rules[10].Conditions[1:] }, `rule "Update Slack Message"`,
			[]string{"it lacks the condition incident.properties.slack_id has_a_value"}},
		{"fewer fields to update for", func(c *Configuration) { c.Rules[10].Conditions = c.Rules[10].Conditions[:3] }, "", nil},
		{"another name, switched off", func(c *Configuration) { c.Rules[0].Name, c.Rules[0].Enabled = "Tell Slack", false }, "", nil},
		{"a column more", func(c *Configuration) { c.Tables[0].Columns["own"] = ColumnDefinition{} }, "", nil},
		{"another uuid, another name", func(c *Configuration) { c.Rules[0].Name, c.Rules[0].UUID = "Tell Slack", "u" }, "", nil},
		{"a text area", func(c *Configuration) { c.Fields[1].InputType = "textarea" }, "", nil},
		{"an input more", func(c *Configuration) {
			c.Functions[0].Inputs = append(c.Functions[0].Inputs, ViewItem{Content: "u"})
		}, "", nil},
	} {
		have := Customizations(Channels{})
		tt.change(&have)
		var got []string
		var differ []string
		for _, item := range Compare(want, have) {
			if !item.Exists || len(item.Differs) > 0 {
				got, differ = append(got, item.String()), item.Differs
			}
		}
		if strings.Join(got, ", ") != tt.item {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.item)
		}
		if diff := cmp.Diff(tt.differ, differ); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestSelectKeepsWhatThePlatformKnowsThingsBy(t *testing.T) {
	want, have := Customizations(Channels{}), Customizations(Channels{})
	have.Rules[0].Name, have.Rules[0].UUID = "Tell Slack", "u-rule"
	have.Workflows[0].UUID = "u-workflow"
	theirs := ViewItem{Element: "field_uuid", FieldType: "__function", Content: "u-input"}
	have.Functions[0].Inputs = append([]ViewItem{theirs}, have.Functions[0].Inputs[:9]...)
	have.Fields = slices.Delete(have.Fields, 9, 10)
	have.Tables[0].Columns = map[string]ColumnDefinition{"own": {Order: 7}}
	chosen := func(have Configuration, kinds ...ItemKind) Configuration {
		return want.Select(slices.DeleteFunc(Compare(want, have), func(i Item) bool { return !slices.Contains(kinds, i.Kind) }))
	}
	got := chosen(have, ItemRule, ItemWorkflow)
	if len(got.Fields)+len(got.Functions)+len(got.Destinations) != 0 || len(got.Workflows) != 11 || len(got.Rules) != 11 {
		t.Errorf("got %d fields, %d workflows, %d rules", len(got.Fields), len(got.Workflows), len(got.Rules))
	}
	if r := got.Rules[0]; r.Name != "Tell Slack" || r.ExportKey != "Tell Slack" || r.UUID != "u-rule" {
		t.Errorf("got rule %+v", r)
	}
	if w := got.Workflows[0]; w.UUID != "u-workflow" || w.ProgrammaticName != MessageWorkflow {
		t.Errorf("got workflow %s %s", w.UUID, w.ProgrammaticName)
	}
	// A rule brings the fields of its form, a workflow those of its scripts.
	for _, kind := range []ItemKind{ItemRule, ItemWorkflow} {
		if got := chosen(Configuration{}, kind); len(got.Fields) != 5 {
			t.Errorf("%s: got %d fields", kind, len(got.Fields))
		}
	}
	if alone := chosen(Configuration{}, ItemField); len(alone.Fields) != 1 || alone.Fields[0].Name != slackThread || len(alone.IncidentTypes) != 1 {
		t.Errorf("got %+v", alone)
	}
	all := chosen(have, ItemFunction)
	if len(all.Fields) != 1 || all.Fields[0].Name != "slack_formatter" || len(all.Functions) != 3 {
		t.Fatalf("the functions alone: got %d fields, %d functions", len(all.Fields), len(all.Functions))
	}
	if diff := cmp.Diff(append(want.Functions[0].Inputs, theirs), all.Functions[0].Inputs); diff != "" {
		t.Errorf("inputs of the function (-want +got):\n%s", diff)
	}
	if table := chosen(have, ItemTable).Tables[0]; len(table.Columns) != 7 || table.Columns["own"].Order != 7 {
		t.Errorf("got columns %v", table.Columns)
	}
}

func TestAnExportOfARealOrganisationIsRead(t *testing.T) {
	var got Configuration
	err := json.Unmarshal([]byte(`{"fields": [{"name": "odd", "values": [{"value": "text"}]}, {"name": "slack_id", "type_id": 0, "input_type": "text"}],
		"workflows": [{"programmatic_name": "w", "description": {"format": "text", "content": "x"}}], "functions": null, "playbooks": [1], "actions": "?"}`), &got)
	if err != nil || len(got.Fields) != 1 || got.Fields[0].Name != "slack_id" || len(got.Workflows) != 1 || got.Rules != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := json.Unmarshal([]byte(`[]`), &got); err == nil {
		t.Error("a list: got no error")
	}
}
