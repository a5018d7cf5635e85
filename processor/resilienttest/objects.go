package resilienttest

import (
	"bytes"
	"encoding/json"
	"time"

	"go.starlark.net/starlark"
)

// incidentObject is an incident as scripts see it. Only its properties can be
// set.
func incidentObject(i Incident) *scriptObject {
	description := starlark.Value(starlark.None)
	if i.Description != "" {
		description = textObject("incident.description", i.Description)
	}
	status := "A"
	if i.Status == "Closed" {
		status = "C"
	}
	return &scriptObject{name: "incident", fixed: true, attrs: starlark.StringDict{
		"id":                  starlark.MakeInt(i.ID),
		"name":                starlark.String(i.Name),
		"description":         description,
		"create_date":         millis(i.Created),
		"start_date":          orNone(millis(i.Started)),
		"discovered_date":     orNone(millis(i.Created)),
		"severity_code":       orNone(starlark.String(i.Severity)),
		"owner_id":            orNone(starlark.String(i.Owner)),
		"plan_status":         starlark.String(status),
		"nist_attack_vectors": texts(i.Vectors),
		"incident_type_ids":   texts(i.Types),
		"confirmed":           starlark.Bool(i.Confirmed),
		"properties": &scriptObject{name: "incident.properties", attrs: starlark.StringDict{
			slackID: orNone(starlark.String(i.Properties[slackID])),
		}},
	}}
}

// noteObjects are a note and its task; the task is None where the note is the
// incident's.
func noteObjects(author, html string, taskID int, taskName string) (note, task starlark.Value) {
	note = &scriptObject{name: "note", fixed: true, attrs: starlark.StringDict{
		"text": textObject("note.text", html), "user_id": orNone(starlark.String(author)),
	}}
	if taskID == 0 {
		return note, starlark.None
	}
	return note, &scriptObject{name: "task", fixed: true, attrs: starlark.StringDict{
		"id": starlark.MakeInt(taskID), "name": starlark.String(taskName),
	}}
}

func textObject(name, html string) *scriptObject {
	return &scriptObject{name: name, fixed: true, attrs: starlark.StringDict{
		"format": starlark.String("html"), "content": starlark.String(html),
	}}
}

// orNone is what the platform gives for a field that is not filled in.
func orNone(v starlark.Value) starlark.Value {
	if !v.Truth() {
		return starlark.None
	}
	return v
}

func texts(list []string) *starlark.List {
	values := make([]starlark.Value, len(list))
	for i, one := range list {
		values[i] = starlark.String(one)
	}
	return starlark.NewList(values)
}

func millis(t time.Time) starlark.Int {
	if t.IsZero() {
		return starlark.MakeInt(0)
	}
	return starlark.MakeInt64(t.UnixMilli())
}

// resultsObject is the results of a call as scripts see them.
func resultsObject(js json.RawMessage) (starlark.Value, error) {
	if len(js) == 0 {
		return starlark.None, nil
	}
	dec := json.NewDecoder(bytes.NewReader(js))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return resultsValue("results", v), nil
}

func resultsValue(name string, v any) starlark.Value {
	switch v := v.(type) {
	case bool:
		return starlark.Bool(v)
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return starlark.MakeInt64(n)
		}
		return starlark.String(v)
	case string:
		return starlark.String(v)
	case []any:
		list := make([]starlark.Value, len(v))
		for i, one := range v {
			list[i] = resultsValue(name, one)
		}
		return starlark.NewList(list)
	case map[string]any:
		o := &scriptObject{name: name, fixed: true, dictionary: true, attrs: starlark.StringDict{}}
		for key, one := range v {
			o.attrs[key] = resultsValue(name+"."+key, one)
		}
		return o
	}
	return starlark.None
}
