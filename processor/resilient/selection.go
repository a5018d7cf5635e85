package resilient

import "slices"

// Select returns the part of c that the items name, with the fields that the platform
// lacks for them. Of items that exist it keeps what the platform knows them by, so that
// an import replaces them, and what a customer has added: inputs of a function, columns
// of a table.
func (c Configuration) Select(items []Item) Configuration {
	chosen := func(kind ItemKind, id string) (Item, bool) {
		return find(items, func(i Item) bool { return i.Kind == kind && i.ID == id })
	}
	part := Configuration{IncidentTypes: c.IncidentTypes, Server: c.Server}
	for _, d := range c.Destinations {
		if _, ok := chosen(ItemDestination, d.ProgrammaticName); ok {
			part.Destinations = append(part.Destinations, d)
		}
	}
	for _, f := range c.Functions {
		if item, ok := chosen(ItemFunction, f.Name); ok {
			f.Inputs, f.DisplayName = slices.Concat(f.Inputs, item.inputs), item.Name
			part.Functions = append(part.Functions, f)
		}
	}
	for _, f := range c.Fields {
		if slices.ContainsFunc(items, func(i Item) bool { return slices.Contains(i.fields, f.UUID) }) {
			part.Fields = append(part.Fields, f)
		}
	}
	for _, w := range c.Workflows {
		if item, ok := chosen(ItemWorkflow, w.ProgrammaticName); ok {
			if item.key != "" {
				w.UUID, w.Name = item.key, item.Name
			}
			part.Workflows = append(part.Workflows, w)
		}
	}
	for _, r := range c.Rules {
		if item, ok := chosen(ItemRule, r.UUID); ok {
			if item.key != "" {
				r.UUID, r.Name, r.ExportKey = item.key, item.Name, item.Name
			}
			part.Rules = append(part.Rules, r)
		}
	}
	for _, item := range items {
		switch item.Kind {
		case ItemTable:
			part.Tables = append(part.Tables, item.table)
		case ItemPlaybook:
			part.Playbooks = append(part.Playbooks, item.playbook)
		}
	}
	return part
}
