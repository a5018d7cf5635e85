package resilient

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// later reports whether the platform has the original package of 2019 or after. It
// gave the workflows, the rules and some inputs of 1.0.0 another meaning: who has it
// has no use for what they were.
func (c Configuration) later() bool {
	const details = "85d20b77-734f-4930-9c4b-b5f8d98c581c" // of slack_details, then of slack_text
	if text, ok := c.field(FieldOfFunction, slackText); ok && text.UUID == details {
		return true
	}
	for _, api := range []string{MessageWorkflow, ReplyWorkflow} {
		w, _ := c.workflow(api)
		steps, err := w.Steps()
		if err == nil && slices.ContainsFunc(steps, func(s Step) bool {
			return strings.Contains(s.Pre, "inputs."+slackText) && !strings.Contains(s.Pre, "inputs."+slackDetails)
		}) {
			return true
		}
	}
	return false
}

// originalInputs are those of 1.0.0 that the later package has no more, or has under
// another name or type.
func originalInputs() []string {
	return []string{slackDetails, "slack_thread_id", "slack_user_id", "slack_reply_broadcast", "slack_markdwn", "slack_parse", "slack_link_names", "slack_as_user"}
}

// takeOver gives the workflows for incidents and notes the places that those of 1.0.0
// had, as the later package does, and drops the latter.
func (c *Configuration) takeOver() {
	for original, later := range map[string]string{MessageWorkflow: incidentWorkflow, ReplyWorkflow: noteWorkflow} {
		w, r := c.place(original)
		old, rule := c.Workflows[w], c.Rules[r]
		c.Workflows, c.Rules = slices.Delete(c.Workflows, w, w+1), slices.Delete(c.Rules, r, r+1)
		w, r = c.place(later)
		c.Workflows[w].UUID, c.Workflows[w].ProgrammaticName, c.Workflows[w].Content.ID, c.Workflows[w].ExportKey = old.UUID, original, original, original
		c.Rules[r].Workflows = []string{original}
		if c.Rules[r].Type == rule.Type { // that of notes is another rule: it does not run by itself
			c.Rules[r].UUID = rule.UUID
		}
	}
	f := slices.IndexFunc(c.Functions, func(f FunctionDefinition) bool { return f.Name == SlackFunction })
	c.Functions[f].Workflows = nil
	c.Functions[f].Inputs = slices.DeleteFunc(c.Functions[f].Inputs, func(v ViewItem) bool {
		field, _ := find(c.Fields, func(field FieldDefinition) bool { return field.UUID == v.Content })
		return slices.Contains(originalInputs(), field.Name)
	})
}

// place says where a workflow and its rule are.
func (c *Configuration) place(workflow string) (w, r int) {
	return slices.IndexFunc(c.Workflows, func(w WorkflowDefinition) bool { return w.ProgrammaticName == workflow }),
		slices.IndexFunc(c.Rules, func(r RuleDefinition) bool { return r.Workflows[0] == workflow })
}

// keep drops what is for none of the functions: workflows by their recipes, with their
// rules, and fields. nil keeps all functions.
func (c *Configuration) keep(functions []string, recipes []recipe) {
	if functions != nil {
		c.Functions = slices.DeleteFunc(c.Functions, func(f FunctionDefinition) bool { return !slices.Contains(functions, f.Name) })
	}
	kept := map[string]bool{} // workflows
	for _, r := range recipes {
		kept[r.workflow] = slices.ContainsFunc(c.Functions, func(f FunctionDefinition) bool { return f.Name == r.function })
	}
	c.Workflows = slices.DeleteFunc(c.Workflows, func(w WorkflowDefinition) bool { return !kept[w.ProgrammaticName] })
	c.Rules = slices.DeleteFunc(c.Rules, func(r RuleDefinition) bool { return !kept[r.Workflows[0]] })
	shown := map[string]bool{} // uuids of fields
	for _, f := range c.Functions {
		for _, v := range f.Inputs {
			shown[v.Content] = true
		}
	}
	threads := false // the property is for the automatic rule of 1.0.0
	for _, r := range c.Rules {
		for _, v := range r.ViewItems {
			shown[v.Content] = true
		}
		threads = threads || r.Type == RuleAutomatic
	}
	c.Fields = slices.DeleteFunc(c.Fields, func(f FieldDefinition) bool {
		if f.Type == FieldOfIncident {
			return !threads
		}
		return !shown[f.UUID]
	})
}

// adopt gives everything the uuid by which the platform knows it, and a function the
// message destination that it has there. Where another field of the platform has the
// uuid of one that is missing there, that one gets a uuid of its own.
func (c *Configuration) adopt(on Configuration) {
	later := on.later()
	ids := map[string]string{} // the platform's by ours
	for i := range c.Fields {
		f := &c.Fields[i]
		ours := f.UUID
		if h, ok := on.field(f.Type, f.Name); ok {
			f.UUID = h.UUID
			if later || !strings.HasPrefix(f.Name, "slack_") { // nothing else of the app's needs it to be another, or it is not the app's alone
				f.Required = h.Required
			}
			for o := range f.Values {
				if option, ok := find(h.Values, func(h OptionDefinition) bool { return h.Label == f.Values[o].Label }); ok {
					f.Values[o].UUID = option.UUID
				}
			}
		} else if slices.ContainsFunc(on.Fields, func(h FieldDefinition) bool { return h.UUID == f.UUID }) {
			f.UUID = derived(f.UUID, f.Name)
		}
		ids[ours] = f.UUID
	}
	views := func(list []ViewItem) {
		for i := range list {
			list[i].Content = ids[list[i].Content]
		}
	}
	for i := range c.Functions {
		f := &c.Functions[i]
		views(f.Inputs)
		if h, ok := find(on.Functions, func(h FunctionDefinition) bool { return h.Name == f.Name }); ok {
			f.UUID = h.UUID
			if h.Destination != "" {
				f.Destination = h.Destination
			}
		}
	}
	for _, r := range c.Rules {
		views(r.ViewItems)
	}
	c.Destinations = slices.DeleteFunc(c.Destinations, func(d DestinationDefinition) bool {
		return !slices.ContainsFunc(c.Functions, func(f FunctionDefinition) bool { return f.Destination == d.ProgrammaticName })
	})
}

// derived is always the same uuid for a name, and another than the given one.
func derived(uuid, name string) string {
	sum := sha256.Sum256([]byte(uuid + " " + name))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // version 8 of RFC 9562: free
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
