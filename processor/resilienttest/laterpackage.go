package resilienttest

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fn-slack/fn-slack/processor/resilient"
)

// laterPackage is the configuration that the package 2.1 leaves in a platform: it has
// given workflows and inputs of 1.0.0 another meaning, knows a channel by its name
// alone, and brings playbooks, of which one fails after each call.
func laterPackage() resilient.Configuration {
	const details, author = "85d20b77-734f-4930-9c4b-b5f8d98c581c", "74365ed2-635a-446a-ba39-65b264b7ad54"
	c := resilient.App{On: resilient.Configuration{Fields: []resilient.FieldDefinition{
		{Type: resilient.FieldOfFunction, Name: "slack_text", UUID: details, Required: "always"},
		{Type: resilient.FieldOfFunction, Name: "slack_username", UUID: author},
	}}}.Configuration()
	ours := func(f resilient.FieldDefinition) bool {
		return slices.Contains([]string{"slack_formatter", "slack_thread_id", "slack_replace_archived", "slack_update"}, f.Name)
	}
	for i, f := range c.Functions {
		c.Functions[i].Inputs = slices.DeleteFunc(f.Inputs, func(item resilient.ViewItem) bool {
			return slices.ContainsFunc(c.Fields, func(f resilient.FieldDefinition) bool { return ours(f) && f.UUID == item.Content })
		})
	}
	c.Fields = slices.DeleteFunc(c.Fields, ours)
	asUser := resilient.FieldDefinition{Type: resilient.FieldOfFunction, Name: "slack_as_user", UUID: "48e593f4-3cc4-4f3e-a809-38e5fed70f20", InputType: "boolean"}
	c.Fields = append(c.Fields, asUser)
	c.Functions[0].Inputs = append(c.Functions[0].Inputs, resilient.ViewItem{Element: "field_uuid", FieldType: "__function", Content: asUser.UUID})
	columns := maps.Clone(c.Tables[0].Columns)
	delete(columns, "slack_db_channel_id")
	c.Tables[0].Columns = columns
	for i := range c.Workflows {
		w := &c.Workflows[i]
		steps, err := w.Steps()
		if err != nil {
			panic(fmt.Sprintf("resilienttest: %v", err)) // the document is part of the program
		}
		step := steps[0]
		step.Pre, step.Post, step.PreLanguage, step.PostLanguage = laterPre, laterPost, "python", "python"
		w.Content.XML = plainWorkflow(w.ProgrammaticName, step)
	}
	letUse(c)
	c.Playbooks = []resilient.Playbook{
		playbook("example_post_incident_to_slack_pb", c.Functions[0].UUID, "playbook.functions.results.slack_info.url"),
		playbook("example_post_note_to_slack_pb", c.Functions[0].UUID, "playbook.functions.results.url, playbook.functions.results.slack_info.user_info"),
		playbook("somebody_elses", "00000000-0000-4000-8000-000000000000", "playbook.functions.results.url"),
	}
	return c
}

const (
	laterPre  = "inputs.incident_id = incident.id\ninputs.slack_text = incident.name\n"
	laterPost = "incident.addNote(results.url)\n"
)

// playbook is a manual one with a call whose output is slack_info, and a script after
// it.
func playbook(name, function, script string) resilient.Playbook {
	var step strings.Builder
	_ = xml.EscapeText(&step, []byte(`{"inputs":{},"result_name":"slack_info"}`)) // a strings.Builder does not fail
	js, err := json.Marshal(object{
		"name": name, "display_name": "Slack: " + name, "status": "enabled", "activation_type": "manual", "version": 3,
		"content": object{"content_version": 5, "xml": `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:resilient="http://resilient.ibm.com/bpmn"><process id="p">` +
			`<serviceTask id="t" name="Post"><extensionElements><resilient:function uuid="` + function + `">` + step.String() + `</resilient:function></extensionElements></serviceTask></process></definitions>`},
		"local_scripts": []object{{"name": "after " + name, "language": "python3", "script_text": "text = \"{} {}\".format(" + script + ")", "id": 7}},
	})
	p := resilient.Playbook{}
	if err == nil {
		err = json.Unmarshal(js, &p)
	}
	if err != nil {
		panic(fmt.Sprintf("resilienttest: %v", err)) // texts
	}
	return p
}
