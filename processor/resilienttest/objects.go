package resilienttest

import (
	"bytes"
	"encoding/json"
	"time"
)

// incidentObject is an incident as scripts see it. Only its properties can be
// set.
func incidentObject(i Incident) *pyObject {
	var description any
	if i.Description != "" {
		description = textObject("incident.description", i.Description)
	}
	return &pyObject{name: "incident", fixed: true, attrs: map[string]any{
		"id":                  int64(i.ID),
		"name":                i.Name,
		"description":         description,
		"create_date":         millis(i.Created),
		"start_date":          orNone(millis(i.Started)),
		"severity_code":       orNone(i.Severity),
		"nist_attack_vectors": texts(i.Vectors),
		"incident_type_ids":   texts(i.Types),
		"confirmed":           i.Confirmed,
		"properties":          &pyObject{name: "incident.properties", attrs: map[string]any{slackID: orNone(i.Properties[slackID])}},
	}}
}

// noteObjects are a note and its task; the task is nil where the note is the
// incident's.
func noteObjects(author, html string, taskID int, taskName string) (note, task any) {
	note = &pyObject{name: "note", fixed: true, attrs: map[string]any{
		"text": textObject("note.text", html), "user_id": orNone(author),
	}}
	if taskID != 0 {
		task = &pyObject{name: "task", fixed: true, attrs: map[string]any{"id": int64(taskID), "name": taskName}}
	}
	return note, task
}

func textObject(name, html string) *pyObject {
	return &pyObject{name: name, fixed: true, attrs: map[string]any{"format": "html", "content": html}}
}

// orNone is what the platform gives for a field that is not filled in.
func orNone[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

func texts(list []string) []any {
	values := make([]any, len(list))
	for i, one := range list {
		values[i] = one
	}
	return values
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// resultsObject is the results of a call as scripts see them.
func resultsObject(js json.RawMessage) (any, error) {
	if len(js) == 0 {
		return nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader(js))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return scriptValue(v), nil
}

func scriptValue(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		return v.String()
	case []any:
		for i := range v {
			v[i] = scriptValue(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = scriptValue(v[name])
		}
	}
	return v
}
