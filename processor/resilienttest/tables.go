package resilienttest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/fn-slack/fn-slack/processor/resilient"
)

// ConversationTable is the one data table: which channel is whose.
const ConversationTable = resilient.ConversationTable

// originalColumns are those that the original package brings.
var originalColumns = []string{"slack_db_time", "slack_db_res_id", "slack_db_channel", "slack_db_channel_type", "slack_db_permalink"}

// Row is a row of the data table, with its cells as scripts of the platform see
// them: a time is a number.
type Row struct {
	ID, Incident int
	Cells        map[string]any
}

// Rows are those of an incident.
func (p *Platform) Rows(incident int) []Row {
	p.mu.Lock()
	defer p.mu.Unlock()
	var list []Row
	for _, r := range p.rows {
		if r.Incident == incident {
			list = append(list, Row{r.ID, r.Incident, maps.Clone(r.Cells)})
		}
	}
	return list
}

// PutRow adds a row, as the original app or a person does.
func (p *Platform) PutRow(incident int, cells map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.put(incident, cells)
}

// put is PutRow for who holds the lock.
func (p *Platform) put(incident int, cells map[string]any) *Row {
	p.lastRow++
	r := &Row{p.lastRow, incident, cells}
	p.rows = append(p.rows, r)
	return r
}

// columns are those of the table: the deployed one's, or where none is deployed the
// original's, as if it were.
func (p *Platform) columns(f Faults) []string {
	if f.Columns != nil {
		return f.Columns
	}
	for _, t := range p.Deployed().Tables {
		if t.Name == ConversationTable {
			return slices.Sorted(maps.Keys(t.Columns))
		}
	}
	return originalColumns
}

// holds says whether a request is to hang.
func (f Faults) holds(r *http.Request) bool {
	method, end, ok := strings.Cut(f.Hold, " ")
	return ok && r.Method == method && strings.Contains(r.URL.Path, end)
}

func (p *Platform) tableType(w http.ResponseWriter, _ *http.Request, f Faults) {
	if f.NoTable {
		refuse(w, http.StatusNotFound, "Unable to find the object")
		return
	}
	fields := object{}
	for _, name := range p.columns(f) {
		fields[name] = object{"name": name, "type_id": 1000}
	}
	reply(w, object{"id": 1001, "type_id": 8, "type_name": ConversationTable, "fields": fields})
}

// tableOf is the incident of a request for its table; zero where it was refused.
func (p *Platform) tableOf(w http.ResponseWriter, r *http.Request, f Faults) int {
	id, _ := strconv.Atoi(r.PathValue("incident"))
	if f.NoIncidents || f.NoPermission && r.Method != http.MethodGet {
		refuse(w, http.StatusForbidden, "You do not have permission for this incident")
		return 0
	}
	if _, there := p.Incident(id); !there || f.NoTable {
		refuse(w, http.StatusNotFound, "Unable to find the object")
		return 0
	}
	return id
}

func (p *Platform) tableRows(w http.ResponseWriter, r *http.Request, f Faults) {
	incident := p.tableOf(w, r, f)
	if incident == 0 {
		return
	}
	rows := []object{}
	for _, row := range p.Rows(incident) {
		rows = append(rows, row.json())
	}
	reply(w, object{"id": 1001, "rows": rows})
}

func (r Row) json() object {
	cells := object{}
	for name, value := range r.Cells {
		cells[name] = object{"row_id": r.ID, "id": name, "value": value}
	}
	return object{"id": r.ID, "cells": cells, "actions": []object{}, "playbooks": []object{}, "version": 1}
}

// cells reads the cells of a change; nil where it was refused.
func (p *Platform) cells(w http.ResponseWriter, r *http.Request, f Faults) map[string]any {
	var body struct {
		Cells map[string]struct {
			Value any `json:"value"`
		} `json:"cells"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&body); err != nil || body.Cells == nil {
		refuse(w, http.StatusBadRequest, "The row cannot be read")
		return nil
	}
	got := map[string]any{}
	for name, cell := range body.Cells {
		if !slices.Contains(p.columns(f), name) {
			refuse(w, http.StatusBadRequest, fmt.Sprintf("Unknown field %q", name))
			return nil
		}
		got[name] = cell.Value
	}
	return got
}

func (p *Platform) addRow(w http.ResponseWriter, r *http.Request, f Faults) {
	incident := p.tableOf(w, r, f)
	if incident == 0 {
		return
	}
	got := p.cells(w, r, f)
	if got == nil {
		return
	}
	p.mu.Lock()
	row := p.put(incident, got).json()
	p.mu.Unlock()
	reply(w, row)
}

// changeRow replaces all cells: those that are not named are emptied.
func (p *Platform) changeRow(w http.ResponseWriter, r *http.Request, f Faults) {
	if p.tableOf(w, r, f) == 0 {
		return
	}
	got := p.cells(w, r, f)
	if got == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.faults.Conflicts > 0 {
		p.faults.Conflicts--
		refuse(w, http.StatusConflict, "The object has been changed by somebody else")
		return
	}
	at := p.rowAt(r)
	if at < 0 {
		refuse(w, http.StatusNotFound, "Unable to find the object")
		return
	}
	p.rows[at].Cells = got
	reply(w, p.rows[at].json())
}

func (p *Platform) deleteRow(w http.ResponseWriter, r *http.Request, f Faults) {
	if p.tableOf(w, r, f) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.rowAt(r)
	if at < 0 {
		refuse(w, http.StatusNotFound, "Unable to find the object")
		return
	}
	p.rows = slices.Delete(p.rows, at, at+1)
	reply(w, object{"success": true, "title": nil, "message": nil, "hints": []string{}})
}

// rowAt finds the row of a request. The caller holds the lock.
func (p *Platform) rowAt(r *http.Request) int {
	id, _ := strconv.Atoi(r.PathValue("row"))
	return slices.IndexFunc(p.rows, func(row *Row) bool { return row.ID == id })
}
