package resilienttest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/fn-slack/fn-slack/processor/resilient"
)

// The numbers by which the platform knows the service's accounts.
const (
	userID    = 3
	keyHandle = 4
)

// Deployed is the app's part of the organisation's configuration as it is now.
func (p *Platform) Deployed() resilient.Configuration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.deployed
}

// export answers with what is deployed, as a new export of the organisation.
func (p *Platform) export(w http.ResponseWriter, _ *http.Request, f Faults) {
	if f.NoPermission {
		refuse(w, http.StatusForbidden, "You do not have permission to export configurations")
		return
	}
	reply(w, p.Deployed())
}

// pendingImport is an import that waits for its PUT.
type pendingImport struct {
	ID       int                       `json:"id"`
	Status   string                    `json:"status"`
	Messages []resilient.ImportMessage `json:"messages"`
	document resilient.Configuration
}

// begin takes an import, checks it, and says what it would replace.
func (p *Platform) begin(w http.ResponseWriter, r *http.Request, f Faults) {
	if f.NoPermission {
		refuse(w, http.StatusForbidden, "You do not have permission to import configurations")
		return
	}
	var document resilient.Configuration
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<20)).Decode(&document); err != nil {
		refuse(w, http.StatusBadRequest, "Invalid configuration: "+err.Error())
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := check(document, merge(p.deployed, document)); err != nil {
		refuse(w, http.StatusBadRequest, "Invalid configuration: "+err.Error())
		return
	}
	i := &pendingImport{ID: len(p.imports) + 1, Status: "PENDING", Messages: []resilient.ImportMessage{}, document: document}
	for _, item := range resilient.Compare(document, p.deployed) {
		if item.Exists {
			i.Messages = append(i.Messages, resilient.ImportMessage{Type: "INFO", Text: fmt.Sprintf("The %s %s exists and will be replaced", item.Kind, item.Name)})
		}
	}
	p.imports = append(p.imports, i)
	reply(w, i)
}

// finish accepts or rejects an import.
func (p *Platform) finish(w http.ResponseWriter, r *http.Request, f Faults) {
	var body struct {
		ID     int    `json:"id"`
		Status string `json:"status"`
	}
	id, err := strconv.Atoi(r.PathValue("id"))
	if err == nil {
		err = json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<20)).Decode(&body)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case f.NoPermission:
		refuse(w, http.StatusForbidden, "You do not have permission to import configurations")
		return
	case err != nil || id != body.ID || body.Status != "ACCEPTED" && body.Status != "REJECTED":
		refuse(w, http.StatusBadRequest, "Invalid import")
		return
	case id < 1 || id > len(p.imports) || p.imports[id-1].Status != "PENDING":
		refuse(w, http.StatusNotFound, "Unable to find the object")
		return
	}
	i := p.imports[id-1]
	if i.Status = body.Status; i.Status == "ACCEPTED" {
		p.deployed = merge(p.deployed, i.document)
	}
	reply(w, i)
}

// Imports lists the states of the imports so far: PENDING, ACCEPTED, REJECTED.
func (p *Platform) Imports() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var states []string
	for _, i := range p.imports {
		states = append(states, i.Status)
	}
	return states
}

// merge puts what is new over what is there, by the names that the platform
// goes by. The lists that it was given stay as they are.
func merge(old, new resilient.Configuration) resilient.Configuration {
	return resilient.Configuration{
		Fields:    over(old.Fields, new.Fields, func(a, b resilient.FieldDefinition) bool { return a.Type == b.Type && a.Name == b.Name }),
		Functions: over(old.Functions, new.Functions, func(a, b resilient.FunctionDefinition) bool { return a.Name == b.Name }),
		Destinations: over(old.Destinations, new.Destinations, func(a, b resilient.DestinationDefinition) bool {
			return a.ProgrammaticName == b.ProgrammaticName
		}),
		Workflows: over(old.Workflows, new.Workflows, func(a, b resilient.WorkflowDefinition) bool {
			return a.ProgrammaticName == b.ProgrammaticName
		}),
		Rules:     over(old.Rules, new.Rules, func(a, b resilient.RuleDefinition) bool { return a.UUID == b.UUID || a.Name == b.Name }),
		Tables:    over(old.Tables, new.Tables, func(a, b resilient.TableDefinition) bool { return a.Name == b.Name }),
		Playbooks: over(old.Playbooks, new.Playbooks, func(a, b resilient.Playbook) bool { return a.Name == b.Name }),
	}
}

func over[T any](old, new []T, same func(a, b T) bool) []T {
	list := slices.Clone(old)
	for _, n := range new {
		at := slices.IndexFunc(list, func(o T) bool { return same(o, n) })
		if at < 0 {
			list = append(list, n)
		} else {
			list[at] = n
		}
	}
	return list
}

// check finds what the platform would refuse in a document, given what the
// organisation would have with it.
func check(document, all resilient.Configuration) error {
	if len(document.IncidentTypes) == 0 {
		return fmt.Errorf("incident_types is empty")
	}
	field := func(uuid string) (resilient.FieldDefinition, error) {
		return known(all, "input", resilient.FieldOfFunction, uuid)
	}
	for i, f := range all.Fields {
		if slices.ContainsFunc(all.Fields[:i], func(g resilient.FieldDefinition) bool { return g.UUID == f.UUID }) {
			return fmt.Errorf("field %s: the uuid %s is taken", f.Name, f.UUID)
		}
	}
	for _, f := range document.Functions {
		if !slices.ContainsFunc(all.Destinations, func(d resilient.DestinationDefinition) bool { return d.ProgrammaticName == f.Destination }) {
			return fmt.Errorf("function %s: there is no message destination %s", f.Name, f.Destination)
		}
		for _, item := range f.Inputs {
			if _, err := field(item.Content); err != nil {
				return fmt.Errorf("function %s: %w", f.Name, err)
			}
		}
	}
	for _, w := range document.Workflows {
		steps, err := w.Steps()
		if err != nil {
			return err
		}
		for _, step := range steps {
			if !slices.ContainsFunc(all.Functions, func(f resilient.FunctionDefinition) bool { return f.UUID == step.Function }) {
				return fmt.Errorf("workflow %s: there is no function %s", w.ProgrammaticName, step.Function)
			}
			for uuid, input := range step.Inputs {
				f, err := field(uuid)
				if err == nil && input.Value.Select != "" && !slices.ContainsFunc(f.Values, func(o resilient.OptionDefinition) bool { return o.UUID == input.Value.Select }) {
					err = fmt.Errorf("input %s has no value %s", f.Name, input.Value.Select)
				}
				if err != nil {
					return fmt.Errorf("workflow %s: %w", w.ProgrammaticName, err)
				}
			}
		}
	}
	return checkRules(document, all)
}

func known(all resilient.Configuration, what string, typ int, uuid string) (resilient.FieldDefinition, error) {
	for _, f := range all.Fields {
		if f.UUID == uuid && f.Type == typ {
			return f, nil
		}
	}
	return resilient.FieldDefinition{}, fmt.Errorf("there is no %s %s", what, uuid)
}

func checkRules(document, all resilient.Configuration) error {
	for _, r := range document.Rules {
		for _, name := range r.Workflows {
			if !slices.ContainsFunc(all.Workflows, func(w resilient.WorkflowDefinition) bool {
				return w.ProgrammaticName == name && w.ObjectType == r.ObjectType
			}) {
				return fmt.Errorf("rule %s: there is no workflow %s for a %s", r.Name, name, r.ObjectType)
			}
		}
		for _, item := range r.ViewItems {
			if _, err := known(all, "field of rules", resilient.FieldOfRule, item.Content); err != nil {
				return fmt.Errorf("rule %s: %w", r.Name, err)
			}
		}
	}
	return nil
}

// destination answers with one message destination and those who may use it.
func (p *Platform) destination(w http.ResponseWriter, r *http.Request, _ Faults) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := p.destinationAt(r); at >= 0 {
		reply(w, destinationObject(at, p.deployed.Destinations[at]))
		return
	}
	refuse(w, http.StatusNotFound, "Unable to find the object")
}

// destinationAt finds the message destination of a request. The caller holds the lock.
func (p *Platform) destinationAt(r *http.Request) int {
	id, err := strconv.Atoi(r.PathValue("id"))
	if at := id - destinationID; err == nil && at >= 0 && at < len(p.deployed.Destinations) {
		return at
	}
	return -1
}

func destinationObject(at int, d resilient.DestinationDefinition) object {
	return object{
		"id": destinationID + at, "name": d.Name, "programmatic_name": d.ProgrammaticName, "destination_type": d.DestinationType,
		"expect_ack": d.ExpectAck, "users": d.Users, "api_keys": d.APIKeys, "uuid": d.UUID,
	}
}

// changeDestination replaces those who may use a message destination.
func (p *Platform) changeDestination(w http.ResponseWriter, r *http.Request, f Faults) {
	var body struct {
		ID      int   `json:"id"`
		Users   []int `json:"users"`
		APIKeys []int `json:"api_keys"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&body)
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.destinationAt(r)
	switch {
	case f.NoPermission:
		refuse(w, http.StatusForbidden, "You do not have permission to edit message destinations")
		return
	case at < 0:
		refuse(w, http.StatusNotFound, "Unable to find the object")
		return
	case err != nil || body.ID != destinationID+at:
		refuse(w, http.StatusBadRequest, "Invalid message destination")
		return
	case p.faults.Conflicts > 0:
		p.faults.Conflicts--
		refuse(w, http.StatusConflict, "The object was modified by another user")
		return
	}
	list := slices.Clone(p.deployed.Destinations)
	list[at].Users, list[at].APIKeys = numbers(body.Users), numbers(body.APIKeys)
	p.deployed.Destinations = list
	reply(w, destinationObject(at, list[at]))
}

func numbers(list []int) []any {
	values := make([]any, len(list))
	for i, n := range list {
		values[i] = n
	}
	return values
}
