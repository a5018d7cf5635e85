package resilienttest

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"github.com/fn-slack/fn-slack/processor/resilient"
)

// original is the configuration that the original package 1.0.0 leaves in a platform:
// no input slack_formatter, rules named as examples, and scripts that paste
// texts together.
func original(channel string) resilient.Configuration {
	c := resilient.App{Channels: resilient.Channels{Message: channel, Reply: channel}, Functions: []string{functionName}}.Configuration()
	c.Functions[0].Inputs = c.Functions[0].Inputs[:9] // slack_formatter and those of the later packages follow
	c.Fields = slices.DeleteFunc(c.Fields, func(f resilient.FieldDefinition) bool {
		return f.Type == resilient.FieldOfRule || f.Type == resilient.FieldOfFunction && !shows(c.Functions[0], f)
	})
	for i := range c.Fields {
		if name := c.Fields[i].Name; name == "slack_channel" || name == "slack_details" {
			c.Fields[i].Required = "always"
		}
	}
	c.Tables, c.Workflows, c.Rules = nil, c.Workflows[:2], c.Rules[:2]
	for i := range c.Rules {
		c.Rules[i].Name = "(Example) " + c.Rules[i].Name
		c.Rules[i].ExportKey = c.Rules[i].Name
	}
	for i, script := range []struct{ pre, post string }{
		{originalMessagePre, "incident.properties.slack_id = results.ts\n"},
		{originalReplyPre, ""},
	} {
		w := &c.Workflows[i]
		steps, err := w.Steps()
		if err != nil {
			panic(fmt.Sprintf("resilienttest: %v", err)) // the document is part of the program
		}
		step := steps[0]
		step.Pre, step.Post, step.PreLanguage, step.PostLanguage = script.pre, script.post, "", ""
		w.Content.XML = plainWorkflow(w.ProgrammaticName, step)
	}
	letUse(c)
	return c
}

func shows(function resilient.FunctionDefinition, field resilient.FieldDefinition) bool {
	return slices.ContainsFunc(function.Inputs, func(item resilient.ViewItem) bool { return item.Content == field.UUID })
}

// letUse gives the service's accounts the message destinations.
func letUse(c resilient.Configuration) {
	for i := range c.Destinations {
		c.Destinations[i].Users, c.Destinations[i].APIKeys = []any{userID}, []any{keyHandle}
	}
}

// plainWorkflow is a workflow of one call, without its drawing.
func plainWorkflow(id string, step resilient.Step) string {
	js, err := json.Marshal(step.StepScript)
	if err != nil {
		panic(fmt.Sprintf("resilienttest: %v", err)) // texts and maps of texts
	}
	var text strings.Builder
	_ = xml.EscapeText(&text, js) // a strings.Builder does not fail
	return `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:resilient="http://resilient.ibm.com/bpmn"><process id="` + id +
		`" isExecutable="true"><serviceTask id="t" name="Slack Post Message" resilient:type="function"><extensionElements><resilient:function uuid="` +
		step.Function + `">` + text.String() + `</resilient:function></extensionElements></serviceTask></process></definitions>`
}

// The scripts escape nothing but quotation marks, and these only in names,
// descriptions and notes, so that backslashes and line breaks in an incident
// give broken JSON, as they do for the customers of the original.
const (
	originalMessagePre = `description = ""
if incident.description:
    description = incident.description.content.replace('"', '\\"')
started = incident.start_date
if not started:
    started = 0
inputs.slack_thread_id = incident.properties.slack_id
inputs.slack_details = u"""{
  "Resilient Incident": { "type": "string", "data": "%s" },
  "Resilient URL": { "type": "incident", "data": "%s" },
  "Description": { "type": "richtext", "data": "%s" },
  "Confirmed": { "type": "boolean", "data": "%s" },
  "Create Date": { "type": "datetime", "data": "%s" },
  "Start Date": { "type": "datetime", "data": "%s" },
  "Severity": { "type": "string", "data": "%s" },
  "NIST Vectors": { "type": "string", "data": "%s" },
  "Incident Types": { "type": "string", "data": "%s" }
}""" % (incident.name.replace('"', '\\"'), incident.id, description, incident.confirmed, incident.create_date, started,
    incident.severity_code or "", incident.nist_attack_vectors, incident.incident_type_ids)
`
	originalReplyPre = `link = str(incident.id)
name = ""
if task:
    link = link + "?task_id=" + str(task.id)
    name = task.name
inputs.slack_thread_id = incident.properties.slack_id
inputs.slack_user_id = note.user_id
inputs.slack_details = u"""{
  "Resilient URL": { "type": "incident", "data": "%s" },
  "Task": { "type": "string", "data": "%s" },
  "Note": { "type": "richtext", "data": "%s" }
}""" % (link, name, note.text.content.replace('"', '\\"'))
`
)
