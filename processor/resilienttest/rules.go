package resilienttest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.starlark.net/starlark"

	"github.com/fn-slack/fn-slack/processor/resilient"
)

// playRule starts a menu item by its name, filled in as the order says.
func (p *Platform) playRule(ctx context.Context, o Order) (*Run, error) {
	fail := func(format string, args ...any) (*Run, error) {
		return nil, fmt.Errorf("stand-in platform: rule %q: %w", o.Rule, fmt.Errorf(format, args...))
	}
	deployed := p.Deployed()
	at := slices.IndexFunc(deployed.Rules, func(r resilient.RuleDefinition) bool { return r.Name == o.Rule })
	if at < 0 {
		return fail("there is none of that name")
	}
	rule := deployed.Rules[at]
	i, objects, err := p.ruleObjects(o)
	if err != nil {
		return fail("%w", err)
	}
	if !rule.Enabled || rule.Type != resilient.RuleMenuItem || rule.ObjectType != o.Object || len(rule.Workflows) != 1 {
		return fail("it is no menu item of a %s with one workflow", o.Object)
	}
	for _, c := range rule.Conditions {
		if ok, err := shown(c, objects); err != nil || !ok {
			return fail("this %s has no such menu item: %v", o.Object, err)
		}
	}
	filled := starlark.StringDict{
		"rule_slack_channel": orNone(starlark.String(o.Fields.Channel)), "slack_channel_id": orNone(starlark.String(o.Fields.ChannelID)),
		"rule_slack_participant_emails": orNone(starlark.String(o.Fields.Emails)), "rule_slack_text": orNone(starlark.String(o.Fields.Text)),
	}
	if o.Fields.Private != nil {
		filled["rule_slack_is_channel_private"] = starlark.Bool(*o.Fields.Private)
	}
	properties := &scriptObject{name: "rule.properties", fixed: true, attrs: starlark.StringDict{}}
	for _, f := range deployed.Fields {
		if v, ok := filled[f.Name]; f.Type == resilient.FieldOfRule && ok {
			properties.attrs[f.Name] = v
		} else if f.Type == resilient.FieldOfRule {
			properties.attrs[f.Name] = starlark.None
		}
	}
	objects["rule"] = &scriptObject{name: "rule", fixed: true, attrs: starlark.StringDict{"properties": properties}}
	return p.play(ctx, deployed, rule.Workflows[0], i, o, objects)
}

// ruleObjects are those that scripts of the order's object see, and the incident.
func (p *Platform) ruleObjects(o Order) (Incident, starlark.StringDict, error) {
	incident, objects := o.ID, starlark.StringDict{"task": starlark.None}
	missing := fmt.Errorf("there is no %s %d", o.Object, o.ID)
	switch o.Object {
	case "incident":
	case "note":
		objects["note"], _ = noteObjects(o.Author, o.HTML, 0, "")
	case "attachment":
		incident = o.Incident
		objects["attachment"] = &scriptObject{name: "attachment", fixed: true, attrs: starlark.StringDict{"id": starlark.MakeInt(o.ID)}}
	case "task":
		at := slices.IndexFunc(Tasks(), func(t Task) bool { return t.ID == o.ID })
		if at < 0 {
			return Incident{}, nil, missing
		}
		incident = Tasks()[at].Incident
		o.Task = o.ID
	case "artifact":
		at := slices.IndexFunc(Artifacts(), func(a Artifact) bool { return a.ID == o.ID })
		if at < 0 {
			return Incident{}, nil, missing
		}
		incident = Artifacts()[at].Incident
		objects["artifact"] = artifactObject(Artifacts()[at])
	default:
		return Incident{}, nil, missing
	}
	if o.Task != 0 {
		at := slices.IndexFunc(Tasks(), func(t Task) bool { return t.ID == o.Task })
		if at < 0 {
			return Incident{}, nil, fmt.Errorf("there is no task %d", o.Task)
		}
		objects["task"] = taskObject(Tasks()[at])
	}
	i, ok := p.Incident(incident)
	if !ok {
		return i, nil, missing
	}
	return i, objects, nil
}

// shown reports whether a condition of a menu item is met.
func shown(c resilient.RuleCondition, objects starlark.StringDict) (bool, error) {
	kinds, ok := c.Value.([]any)
	artifact, is := objects["artifact"].(*scriptObject)
	if !ok || !is {
		return false, fmt.Errorf("the stand-in does not know the condition %s", c)
	}
	kind, _ := starlark.AsString(artifact.attrs["type"])
	in := slices.Contains(kinds, any(kind))
	switch c.String() {
	case "artifact.type in":
		return in, nil
	case "artifact.type not_in":
		return !in, nil
	}
	return false, fmt.Errorf("the stand-in does not know the condition %s", c)
}

func taskObject(t Task) *scriptObject {
	status := "O"
	if t.Closed {
		status = "C"
	}
	return &scriptObject{name: "task", fixed: true, attrs: starlark.StringDict{
		"id": starlark.MakeInt(t.ID), "name": starlark.String(t.Name), "status": starlark.String(status),
		"owner_id": orNone(starlark.String(t.Owner)), "due_date": orNone(millis(t.Due)),
	}}
}

func artifactObject(a Artifact) *scriptObject {
	return &scriptObject{name: "artifact", fixed: true, attrs: starlark.StringDict{
		"id": starlark.MakeInt(a.ID), "type": starlark.String(a.Kind), "value": starlark.String(a.Value),
		"creator": &scriptObject{name: "artifact.creator", fixed: true, attrs: starlark.StringDict{"display_name": starlark.String("Resilient Sysadmin")}},
		"created": millis(time.UnixMilli(1790000400000)),
	}}
}

// noting lets scripts that run after a call add notes to an incident and its task.
// What they add is kept with the run.
func (r *Run) noting(objects starlark.StringDict) {
	for _, name := range []string{"incident", "task"} {
		o, ok := objects[name].(*scriptObject)
		if !ok {
			continue
		}
		o.attrs["addNote"] = starlark.NewBuiltin("addNote", func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			var text string
			if err := starlark.UnpackPositionalArgs(b.Name(), args, kwargs, 1, &text); err != nil {
				return nil, err
			}
			r.notes = append(r.notes, Note{name, text})
			return starlark.None, nil
		})
	}
	objects["helper"] = &scriptObject{name: "helper", fixed: true, attrs: starlark.StringDict{
		"createRichText": starlark.NewBuiltin("createRichText", func(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
			var html starlark.String
			err := starlark.UnpackPositionalArgs(b.Name(), args, kwargs, 1, &html)
			return html, err
		}),
	}}
}

// Note is what a workflow has added after its call.
type Note struct {
	On   string // incident, task
	HTML string
}
