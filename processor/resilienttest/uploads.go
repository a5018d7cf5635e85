package resilienttest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Upload is a file that was attached over the REST API.
type Upload struct {
	ID, Incident, Task int // Task 0: to the incident itself
	Name, Type         string
	Content            []byte
	Created            time.Time
}

// Uploads lists the files that were attached, in their order.
func (p *Platform) Uploads() []Upload {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.uploads)
}

// PutUpload attaches a file, as a person does.
func (p *Platform) PutUpload(u Upload) Upload {
	p.mu.Lock()
	defer p.mu.Unlock()
	u.ID = 100 + len(p.uploads)
	if u.Created.IsZero() {
		u.Created = time.Now()
	}
	p.uploads = append(p.uploads, u)
	return u
}

// attachedTo is the incident and the task of a request; false where it was refused.
func (p *Platform) attachedTo(w http.ResponseWriter, r *http.Request) (incident, task int, ok bool) {
	incident, _ = strconv.Atoi(r.PathValue("incident"))
	task, _ = strconv.Atoi(r.PathValue("task"))
	if at := slices.IndexFunc(Tasks(), func(t Task) bool { return t.ID == task }); at >= 0 {
		incident = Tasks()[at].Incident
	}
	if _, ok = p.Incident(incident); !ok {
		refuse(w, http.StatusNotFound, "Unable to find the object")
	}
	return incident, task, ok
}

// upload takes a multipart body with one file.
func (p *Platform) upload(w http.ResponseWriter, r *http.Request, f Faults) {
	incident, task, ok := p.attachedTo(w, r)
	if !ok {
		return
	}
	if f.NoPermission {
		refuse(w, http.StatusForbidden, "You do not have permission to edit this incident")
		return
	}
	form, err := r.MultipartReader()
	if err != nil {
		refuse(w, http.StatusUnsupportedMediaType, "The body is no multipart form")
		return
	}
	part, err := form.NextPart()
	if err != nil || part.FormName() != "file" || part.FileName() == "" {
		refuse(w, http.StatusBadRequest, "The file is missing")
		return
	}
	content, err := io.ReadAll(part)
	if _, end := form.NextPart(); err != nil || end != io.EOF {
		return // the client has gone before the end
	}
	if f.MaxUpload > 0 && len(content) > f.MaxUpload {
		refuse(w, http.StatusRequestEntityTooLarge, "The file is larger than the limit")
		return
	}
	u := p.PutUpload(Upload{Incident: incident, Task: task, Name: part.FileName(), Type: part.Header.Get("Content-Type"), Content: content})
	if f.ListedUploads {
		reply(w, []object{u.json()})
		return
	}
	reply(w, u.json())
}

func (p *Platform) listUploads(w http.ResponseWriter, r *http.Request, _ Faults) {
	incident, task, ok := p.attachedTo(w, r)
	if !ok {
		return
	}
	list := []object{}
	for _, u := range p.Uploads() {
		if u.Incident == incident && u.Task == task {
			list = append(list, u.json())
		}
	}
	reply(w, list)
}

func (u Upload) json() object {
	kind := "incident"
	if u.Task != 0 {
		kind = "task"
	}
	return object{
		"type": kind, "id": u.ID, "name": u.Name, "content_type": u.Type, "created": u.Created.UnixMilli(), "creator_id": userID,
		"size": len(u.Content), "inc_id": u.Incident, "task_id": u.Task, "actions": []object{}, "vers": 1,
	}
}

// search looks through the data tables of all incidents; cells are keyed by numbers.
func (p *Platform) search(w http.ResponseWriter, r *http.Request, f Faults) {
	var body struct {
		Org   int      `json:"org_id"`
		Query string   `json:"query"`
		Types []string `json:"types"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&body); err != nil || body.Org != OrgID || !slices.Contains(body.Types, "datatable") {
		refuse(w, http.StatusBadRequest, "The search cannot be read")
		return
	}
	results, columns := []object{}, p.columns(f)
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, row := range p.rows {
		cells, found := object{}, false
		for name, value := range row.Cells {
			text, _ := value.(string)
			found = found || strings.Contains(strings.ToLower(text), strings.ToLower(strings.Trim(body.Query, `"`)))
			cells[strconv.Itoa(1000+slices.Index(columns, name))] = object{"row_id": row.ID, "id": object{"name": name}, "value": value}
		}
		if found && !f.NoSearch {
			results = append(results, object{"type_id": "datatable", "obj_id": row.ID, "inc_id": row.Incident, "result": object{"id": row.ID, "cells": cells}})
		}
	}
	reply(w, object{"results": results})
}
