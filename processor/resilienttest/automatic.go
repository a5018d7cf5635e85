package resilienttest

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/fn-slack/fn-slack/processor/resilient"
)

// ChangeIncident changes an incident as people do who work on it, and starts the
// workflows of the automatic rules that want the change. They are under way when it
// returns.
func (p *Platform) ChangeIncident(ctx context.Context, id int, change func(*Incident)) ([]*Run, error) {
	p.mu.Lock()
	at := slices.IndexFunc(p.incidents, func(i *Incident) bool { return i.ID == id })
	if at < 0 {
		p.mu.Unlock()
		return nil, fmt.Errorf("stand-in platform: there is no incident %d", id)
	}
	before := p.incidents[at].clone()
	change(p.incidents[at])
	e := event{incident: p.incidents[at].clone(), changed: changedFields(before, *p.incidents[at])}
	p.mu.Unlock()
	return p.automatic(ctx, e)
}

// event is what automatic rules look at.
type event struct {
	incident Incident
	added    bool     // the object is new
	changed  []string // fields of the incident, as conditions name them
}

func changedFields(before, after Incident) (names []string) {
	fields := func(i Incident) map[string]any {
		return map[string]any{
			"incident.name": i.Name, "incident.description": i.Description, "incident.severity_code": i.Severity,
			"incident.owner_id": i.Owner, "incident.plan_status": i.Status == "Closed", "incident.confirmed": i.Confirmed, "incident.start_date": i.Started.UnixMilli(),
			"incident.nist_attack_vectors": i.Vectors, "incident.incident_type_ids": i.Types,
			"incident.properties." + slackID: i.Properties[slackID],
		}
	}
	was := fields(before)
	for name, value := range fields(after) {
		if !reflect.DeepEqual(was[name], value) {
			names = append(names, name)
		}
	}
	return names
}

// automatic starts the workflows of the rules for incidents that want an event.
func (p *Platform) automatic(ctx context.Context, e event) (runs []*Run, err error) {
	if len(e.changed) == 0 {
		return nil, nil
	}
	deployed := p.Deployed()
	for _, r := range deployed.Rules {
		if !r.Enabled || r.Type != resilient.RuleAutomatic || r.ObjectType != "incident" {
			continue
		}
		wanted, err := wants(r, e)
		if err != nil {
			return runs, err
		}
		for _, name := range r.Workflows {
			if !wanted {
				break
			}
			o := Order{Object: "incident", ID: e.incident.ID, Formatter: p.layout(e.incident.ID)}
			run, err := p.play(ctx, deployed, name, e.incident, o, starlark.StringDict{})
			if err != nil {
				return runs, err
			}
			runs = append(runs, run)
		}
	}
	return runs, nil
}

// layout is the one that the last order for an incident asked for, as where a customer
// names one in the inputs of all workflows.
func (p *Platform) layout(incident int) (name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.runs {
		if r.order.Object == "incident" && r.order.Rule == "" && r.order.ID == incident {
			name = r.order.Formatter
		}
	}
	return name
}

// wants reports whether the conditions of an automatic rule are met.
func wants(r resilient.RuleDefinition, e event) (bool, error) {
	met := starlark.StringDict{}
	all, some := true, false
	for _, c := range r.Conditions {
		var is bool
		switch {
		case c.Method == "object_added":
			is = e.added
		case c.Method == "changed" && c.FieldName != nil:
			is = slices.Contains(e.changed, *c.FieldName)
		case c.String() == "incident.properties."+slackID+" has_a_value":
			is = e.incident.Properties[slackID] != ""
		default:
			return false, fmt.Errorf("stand-in platform: rule %q: the stand-in does not know the condition %s", r.Name, c)
		}
		if c.EvaluationID != nil {
			met[fmt.Sprintf("c%d", *c.EvaluationID)] = starlark.Bool(is)
		}
		all, some = all && is, some || is
	}
	switch r.LogicType {
	case "all":
		return all, nil
	case "any":
		return some, nil
	}
	// "1 AND (2 OR 3)": the conditions by their numbers.
	expression := strings.NewReplacer("AND", "and", "OR", "or").Replace(regexp.MustCompile(`\d+`).ReplaceAllString(r.Custom, "c$0"))
	v, err := starlark.EvalOptions(&syntax.FileOptions{}, &starlark.Thread{}, "custom_condition", expression, met)
	if err != nil {
		return false, fmt.Errorf("stand-in platform: rule %q: %w", r.Name, err)
	}
	return bool(v.Truth()), nil
}
