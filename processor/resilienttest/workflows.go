package resilienttest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"github.com/fn-slack/fn-slack/processor/resilient"
)

const functionName = resilient.SlackFunction

// Names of the workflows' API, as they stand in a call.
const (
	WorkflowMessage = resilient.MessageWorkflow
	WorkflowReply   = resilient.ReplyWorkflow
)

// CreateSlackMessage plays the rule of that name, a menu item of an incident,
// as it is deployed. The run is under way when it returns.
func (p *Platform) CreateSlackMessage(ctx context.Context, incidentID int) (*Run, error) {
	return p.Play(ctx, Order{Object: "incident", ID: incidentID})
}

func (p *Platform) playIncident(ctx context.Context, o Order) (*Run, error) {
	i, ok := p.Incident(o.ID)
	if !ok {
		return nil, fmt.Errorf("stand-in platform: there is no incident %d", o.ID)
	}
	deployed := p.Deployed()
	at := slices.IndexFunc(deployed.Rules, func(r resilient.RuleDefinition) bool {
		return r.Enabled && r.Type == resilient.RuleMenuItem && r.ObjectType == "incident" && slices.Contains(r.Workflows, WorkflowMessage)
	})
	if at < 0 {
		return nil, fmt.Errorf("stand-in platform: incidents have no menu item that runs %s", WorkflowMessage)
	}
	return p.play(ctx, deployed, WorkflowMessage, i, o, starlark.StringDict{})
}

// AddNote adds a note to an incident. Where an automatic rule wants it, which
// the app's does when the incident has a thread in Slack, the workflow of the
// rule runs and the run is returned; otherwise the run is nil.
func (p *Platform) AddNote(ctx context.Context, incidentID int, author, html string) (*Run, error) {
	return p.Play(ctx, Order{Object: "note", ID: incidentID, Author: author, HTML: html})
}

// AddTaskNote is AddNote for a note on one of the incident's tasks.
func (p *Platform) AddTaskNote(ctx context.Context, incidentID, taskID int, taskName, author, html string) (*Run, error) {
	return p.playNote(ctx, Order{Object: "note", ID: incidentID, Author: author, HTML: html}, taskID, taskName)
}

func (p *Platform) playNote(ctx context.Context, o Order, taskID int, taskName string) (*Run, error) {
	i, ok := p.Incident(o.ID)
	if !ok {
		return nil, fmt.Errorf("stand-in platform: there is no incident %d", o.ID)
	}
	deployed := p.Deployed()
	for _, r := range deployed.Rules {
		if !r.Enabled || r.Type != resilient.RuleAutomatic || r.ObjectType != "note" || !slices.Contains(r.Workflows, WorkflowReply) {
			continue
		}
		if wanted, err := wants(r, event{incident: i, added: true}); err != nil || !wanted {
			return nil, err
		}
		note, task := noteObjects(o.Author, o.HTML, taskID, taskName)
		return p.play(ctx, deployed, WorkflowReply, i, o, starlark.StringDict{"note": note, "task": task})
	}
	return nil, nil
}

// AddFields puts lines with fields before that of the severity in the scripts of the
// workflows that post an incident and bring its message up to date, as a customer does.
func (p *Platform) AddFields(lines string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	changed := slices.Clone(p.deployed.Workflows)
	for i, w := range changed {
		if w.ProgrammaticName != WorkflowMessage && w.ProgrammaticName != resilient.UpdateWorkflow {
			continue
		}
		steps, err := w.Steps()
		if err != nil {
			return fmt.Errorf("stand-in platform: workflow %s: %w", w.ProgrammaticName, err)
		}
		const place = `    field("Severity"`
		steps[0].Pre = strings.Replace(steps[0].Pre, place, lines+place, 1)
		changed[i].Content.XML = plainWorkflow(w.ProgrammaticName, steps[0])
	}
	p.deployed.Workflows = changed
	return nil
}

// play runs a deployed workflow up to its function call.
func (p *Platform) play(ctx context.Context, deployed resilient.Configuration, name string, i Incident, o Order, objects starlark.StringDict) (*Run, error) {
	fail := func(err error) (*Run, error) { return nil, fmt.Errorf("stand-in platform: workflow %s: %w", name, err) }
	at := slices.IndexFunc(deployed.Workflows, func(w resilient.WorkflowDefinition) bool { return w.ProgrammaticName == name })
	if at < 0 {
		return fail(fmt.Errorf("there is none of that name"))
	}
	w := deployed.Workflows[at]
	steps, err := w.Steps()
	if err != nil {
		return fail(err)
	}
	if len(steps) != 1 {
		return fail(fmt.Errorf("it has %d function calls; the stand-in plays those with one", len(steps)))
	}
	step := steps[0]
	at = slices.IndexFunc(deployed.Functions, func(f resilient.FunctionDefinition) bool { return f.UUID == step.Function })
	if at < 0 {
		return fail(fmt.Errorf("there is no function %s", step.Function))
	}
	function := deployed.Functions[at]
	form, err := newForm(deployed.Fields, function, step)
	if err != nil {
		return fail(err)
	}
	if o.Formatter != "" {
		form.fields = append(form.fields, resilient.FieldDefinition{Name: inputFormatter, InputType: "text"})
		form.object.attrs[inputFormatter] = starlark.String(o.Formatter)
	}
	objects["incident"], objects["inputs"] = incidentObject(i), form.object
	if err := runScript("pre-processing script", step.Pre, objects); err != nil {
		return fail(err)
	}
	inputs, err := form.inputs(p.cfg.TextArea)
	if err != nil {
		return fail(err)
	}
	body, err := message(w, function, i, inputs)
	if err != nil {
		return fail(err)
	}
	return p.send(ctx, Run{
		workflow: name, incident: i.ID, body: body, post: step.Post, objects: objects, order: o,
		queue: fmt.Sprintf("actions.%d.%s", OrgID, function.Destination),
	})
}

// form is the inputs of a function call while a workflow fills them in.
type form struct {
	fields []resilient.FieldDefinition // in the order of the function's form
	object *scriptObject               // the values; of a select its label
}

func newForm(fields []resilient.FieldDefinition, function resilient.FunctionDefinition, step resilient.Step) (form, error) {
	f := form{object: &scriptObject{name: "inputs", attrs: starlark.StringDict{}}}
	for _, item := range function.Inputs {
		at := slices.IndexFunc(fields, func(field resilient.FieldDefinition) bool { return field.UUID == item.Content })
		if at < 0 {
			return f, fmt.Errorf("there is no input %s", item.Content)
		}
		field := fields[at]
		f.fields = append(f.fields, field)
		fixed := step.Inputs[field.UUID].Value
		f.object.attrs[field.Name] = orNone(starlark.String(fixed.Text))
		for _, option := range field.Values {
			if option.UUID == fixed.Select {
				f.object.attrs[field.Name] = starlark.String(option.Label)
			}
		}
	}
	return f, nil
}

// inputs writes the inputs of a call as the platform sends them.
func (f form) inputs(textArea bool) (json.RawMessage, error) {
	var b bytes.Buffer
	for i, field := range f.fields {
		v, err := goValue(f.object.attrs[field.Name])
		if err != nil {
			return nil, fmt.Errorf("input %s: %w", field.Name, err)
		}
		switch {
		case field.InputType == "select" && v != nil:
			at := slices.IndexFunc(field.Values, func(o resilient.OptionDefinition) bool { return o.Label == v })
			if at < 0 {
				return nil, fmt.Errorf("input %s has no value %v", field.Name, v)
			}
			v = option{field.Values[at].Value, field.Values[at].Label}
		case field.Name == "slack_details" && textArea:
			v = object{"format": "text", "content": v}
		}
		js, err := marshal(v)
		if err != nil {
			return nil, fmt.Errorf("input %s: %w", field.Name, err)
		}
		b.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
		fmt.Fprintf(&b, "%q:%s", field.Name, js)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// option is a value of a select input, with its number in the platform.
type option struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

// marshal writes JSON in which < > & stay as they are, as the platform does.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// objectTypes are the platform's numbers of what workflows run on.
var objectTypes = map[string]int{"incident": 0, "task": 1, "note": 3, "artifact": 4, "attachment": 5}

// message is the function call of a workflow.
func message(w resilient.WorkflowDefinition, function resilient.FunctionDefinition, i Incident, inputs json.RawMessage) ([]byte, error) {
	f := functionObject(function)
	f["description"], f["creator"], f["destination_handle"], f["view_items"] = nil, nil, nil, []int{}
	return marshal(struct {
		Function         object          `json:"function"`
		Inputs           json.RawMessage `json:"inputs"`
		Groups           []int           `json:"groups"`
		PlaybookInstance any             `json:"playbook_instance"`
		WorkflowInstance object          `json:"workflow_instance"`
		Workflow         object          `json:"workflow"`
		Principal        object          `json:"principal"`
	}{
		Function: f, Inputs: inputs, Groups: []int{},
		WorkflowInstance: object{"workflow_instance_id": 1000 + i.ID},
		Workflow: object{
			"workflow_id": w.ID, "name": w.Name, "programmatic_name": w.ProgrammaticName,
			"object_type": object{"id": objectTypes[w.ObjectType], "name": w.ObjectType},
			"uuid":        w.UUID, "description": nil, "actions": []int{}, "tags": []int{},
		},
		Principal: object{"id": userID, "name": "b@a.com", "display_name": "Resilient Sysadmin", "type": "user"},
	})
}

// functionObject is a function as the platform describes it.
func functionObject(f resilient.FunctionDefinition) object {
	return object{
		"id": f.ID, "name": f.Name, "display_name": f.DisplayName, "uuid": f.UUID, "version": f.Version,
		"description": f.Description, "creator": object{"id": userID, "name": "b@a.com", "display_name": "Resilient Sysadmin", "type": "user"},
		"tags": []int{}, "view_items": f.Inputs, "workflows": []int{}, "destination_handle": f.Destination,
	}
}

// Send puts any message on the service's queue, as a run of a workflow that is
// not one of the app's. What a service makes of a bad message can be seen so.
func (p *Platform) Send(ctx context.Context, body []byte) (*Run, error) {
	return p.send(ctx, Run{body: slices.Clone(body)})
}

// afterwards runs the post-processing script of a run's workflow and keeps what
// it did to the incident, which other rules may want to know.
func (p *Platform) afterwards(r *Run, results json.RawMessage) (e event, err error) {
	if r.post == "" {
		return e, nil
	}
	value, err := resultsObject(results)
	if err != nil {
		return e, fmt.Errorf("results of the function: %w", err)
	}
	for _, i := range p.incidents {
		if i.ID != r.incident {
			continue
		}
		incident, objects := incidentObject(*i), maps.Clone(r.objects)
		objects["incident"], objects["results"] = incident, value
		r.noting(objects)
		if err := runScript("post-processing script", r.post, objects); err != nil {
			return e, err
		}
		before, properties := i.clone(), incident.attrs["properties"].(*scriptObject)
		i.Properties[slackID], _ = starlark.AsString(properties.attrs[slackID])
		e = event{incident: i.clone(), changed: changedFields(before, *i)}
	}
	return e, nil
}
