package resilient

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// ItemKind is what an item is.
type ItemKind string

// The kinds of items.
const (
	ItemDestination ItemKind = "message destination"
	ItemFunction    ItemKind = "function"
	ItemField       ItemKind = "incident field"
	ItemTable       ItemKind = "data table"
	ItemWorkflow    ItemKind = "workflow"
	ItemRule        ItemKind = "rule"
	ItemPlaybook    ItemKind = "playbook"
)

// An Item is one thing that the app needs, compared with what the platform has.
type Item struct {
	Kind ItemKind
	Name string // as people see it; that of the platform where it has another
	ID   string // API name; of a rule its uuid
	// Exists reports whether the platform has it, and Differs in what it is not
	// what the app would make it. What a customer may choose, such as a rule's
	// name or further inputs, is no difference.
	Exists  bool
	Differs []string
	// Adds says that all that differs is missing: nothing that is there is changed.
	Adds bool
	// Needs are the IDs of items, and inputs of functions, without which this one
	// cannot be imported.
	Needs []string
	// Inputs are what a function gives to the needs of other items, and whether the
	// platform has it. With the item it has all of them.
	Inputs map[string]bool

	key      string          // what the platform knows an existing rule or workflow by
	inputs   []ViewItem      // of an existing function, those that are not the app's
	fields   []string        // uuids of the app's fields that come with it
	table    TableDefinition // with what is missing
	playbook Playbook        // mended
}

// String is the kind and the name.
func (i Item) String() string { return fmt.Sprintf("%s %q", i.Kind, i.Name) }

// Compare holds want, which comes from an [App], against what the platform has. The
// items come in an order in which each follows what it needs.
func Compare(want, have Configuration) []Item {
	var items []Item
	for _, d := range want.Destinations {
		items = append(items, Item{Kind: ItemDestination, Name: d.Name, ID: d.ProgrammaticName,
			Exists: slices.ContainsFunc(have.Destinations, func(h DestinationDefinition) bool { return h.ProgrammaticName == d.ProgrammaticName })})
	}
	for _, f := range want.Functions {
		items = append(items, compareFunction(f, want, have))
	}
	for _, f := range want.Fields {
		if f.Type == FieldOfIncident {
			items = append(items, compareField(f, have))
		}
	}
	for _, t := range want.Tables {
		items = append(items, compareTable(t, have))
	}
	for _, w := range want.Workflows {
		items = append(items, compareWorkflow(w, want, have))
	}
	for _, r := range want.Rules {
		items = append(items, compareRule(r, want, have))
	}
	for _, p := range have.Playbooks {
		if item, ours := comparePlaybook(p, want.Functions); ours {
			items = append(items, item)
		}
	}
	return items
}

// inputID and changeID are what an input of a function, and another definition of an
// input, are called among an item's needs.
func inputID(function, name string) string { return "input " + name + " of " + function }
func changeID(name string) string          { return "a change of input " + name }

func compareFunction(f FunctionDefinition, want, have Configuration) Item {
	item := Item{Kind: ItemFunction, Name: f.DisplayName, ID: f.Name, Needs: []string{f.Destination}, Inputs: map[string]bool{}}
	h, ok := find(have.Functions, func(h FunctionDefinition) bool { return h.Name == f.Name })
	if ok {
		item.Exists, item.Name = true, cmp.Or(h.DisplayName, f.DisplayName)
	}
	if ok && h.Destination != f.Destination {
		item.Differs = append(item.Differs, fmt.Sprintf("its message destination is %q, not %q", h.Destination, f.Destination))
	}
	for _, v := range f.Inputs {
		field, _ := find(want.Fields, func(field FieldDefinition) bool { return field.UUID == v.Content })
		has, there := have.field(field.Type, field.Name)
		wrong := there && fieldDiffers(field, has) != ""
		problem := inputDiffers(field, h, have)
		item.Inputs[inputID(f.Name, field.Name)] = there && slices.ContainsFunc(h.Inputs, func(has ViewItem) bool { return has.Content == field.UUID })
		if ok && problem != "" {
			item.Differs = append(item.Differs, problem)
		}
		if !there || ok && wrong {
			item.fields = append(item.fields, field.UUID)
		}
		switch {
		case wrong && ok:
			item.Inputs[changeID(field.Name)] = false
		case wrong: // other functions use it: it is not changed in passing
			item.Needs = append(item.Needs, changeID(field.Name))
		}
	}
	for _, input := range h.Inputs {
		if !slices.ContainsFunc(f.Inputs, func(v ViewItem) bool { return v.Content == input.Content }) {
			item.inputs = append(item.inputs, input)
		}
	}
	return item
}

// inputDiffers says how an input of the app is not one of the platform's
// function.
func inputDiffers(field FieldDefinition, function FunctionDefinition, have Configuration) string {
	h, ok := have.field(field.Type, field.Name)
	switch {
	case !ok:
		return fmt.Sprintf("input %s is missing", field.Name)
	case h.UUID != field.UUID: // by which the workflows know it
		return fmt.Sprintf("%s is not the one of the app: its uuid is %s, not %s", field.Name, h.UUID, field.UUID)
	case !slices.ContainsFunc(function.Inputs, func(v ViewItem) bool { return v.Content == field.UUID }):
		return fmt.Sprintf("input %s is not one of its inputs", field.Name)
	}
	return fieldDiffers(field, h)
}

func (c Configuration) field(typ int, name string) (FieldDefinition, bool) {
	return find(c.Fields, func(f FieldDefinition) bool { return f.Type == typ && f.Name == name })
}

func (c Configuration) workflow(api string) (WorkflowDefinition, bool) {
	return find(c.Workflows, func(w WorkflowDefinition) bool { return w.ProgrammaticName == api })
}

func find[T any](list []T, is func(T) bool) (found T, ok bool) {
	if at := slices.IndexFunc(list, is); at >= 0 {
		return list[at], true
	}
	return found, false
}

// fieldDiffers says how the platform's field has is another than want.
func fieldDiffers(want, has FieldDefinition) string {
	// A customer may have made a text area of a text; its value is read all the same.
	if has.InputType != want.InputType && !(want.InputType == "text" && has.InputType == "textarea") {
		return fmt.Sprintf("%s is of type %s, not %s", want.Name, has.InputType, want.InputType)
	}
	if has.Required != "" && want.Required == "" {
		return fmt.Sprintf("%s is required, which it is not in every call", want.Name)
	}
	for _, option := range want.Values {
		if !slices.ContainsFunc(has.Values, func(o OptionDefinition) bool { return o.UUID == option.UUID && o.Label == option.Label }) {
			return fmt.Sprintf("%s lacks the value %q of the app", want.Name, option.Label)
		}
	}
	return ""
}

// compareField does not mind another uuid: the scripts know the property by its
// name.
func compareField(f FieldDefinition, have Configuration) Item {
	item := Item{Kind: ItemField, Name: f.Name, ID: f.Name, fields: []string{f.UUID}}
	h, ok := have.field(f.Type, f.Name)
	if !ok {
		return item
	}
	item.Exists = true
	if problem := fieldDiffers(f, h); problem != "" {
		item.Differs = []string{problem}
	}
	return item
}

// compareTable minds columns that are missing or of another type; a customer's own
// stay.
func compareTable(t TableDefinition, have Configuration) Item {
	item := Item{Kind: ItemTable, Name: t.DisplayName, ID: t.Name, table: t}
	h, ok := find(have.Tables, func(h TableDefinition) bool { return h.Name == t.Name })
	if !ok {
		return item
	}
	item.Exists, item.Adds, item.Name = true, true, h.DisplayName
	whole := h
	whole.Columns = maps.Clone(h.Columns)
	for _, name := range slices.Sorted(maps.Keys(t.Columns)) {
		column := t.Columns[name]
		has, ok := h.Columns[name]
		if !ok {
			item.Differs = append(item.Differs, fmt.Sprintf("column %s is missing", name))
			whole.Columns[name] = column
		} else if problem := fieldDiffers(column.FieldDefinition, has.FieldDefinition); problem != "" {
			item.Differs, item.Adds = append(item.Differs, problem), false
			whole.Columns[name] = column
		}
	}
	item.table = whole
	return item
}

// scriptNames are what a workflow's scripts use of an object.
func scriptNames(w WorkflowDefinition, object string) []string {
	steps, _ := w.Steps() // the app's can be read
	var names []string
	for _, s := range steps {
		for _, m := range regexp.MustCompile(`\b`+object+`\.(\w+)`).FindAllStringSubmatch(s.Pre+s.Post, -1) {
			names = append(names, m[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// needs are a workflow's: its function, with the inputs that it sets, and the property
// of incidents.
func needs(w WorkflowDefinition, want Configuration) (needs []string, function string) {
	steps, _ := w.Steps() // the app's can be read
	for _, s := range steps {
		f, _ := find(want.Functions, func(f FunctionDefinition) bool { return f.UUID == s.Function })
		function = f.Name
		needs = append(needs, function)
		for _, field := range want.Fields {
			if _, fixed := s.Inputs[field.UUID]; fixed {
				needs = append(needs, inputID(function, field.Name))
			}
		}
	}
	for _, name := range scriptNames(w, "inputs") {
		needs = append(needs, inputID(function, name))
	}
	if slices.Contains(scriptNames(w, `incident\.properties`), slackThread) {
		needs = append(needs, slackThread)
	}
	return needs, function
}

// missing are the fields of rules that the platform lacks, by their uuids.
func missing(want, have Configuration, wanted func(FieldDefinition) bool) (uuids []string) {
	for _, f := range want.Fields {
		if _, there := have.field(f.Type, f.Name); f.Type == FieldOfRule && !there && wanted(f) {
			uuids = append(uuids, f.UUID)
		}
	}
	return uuids
}

func compareWorkflow(w WorkflowDefinition, want, have Configuration) Item {
	item := Item{Kind: ItemWorkflow, Name: w.Name, ID: w.ProgrammaticName}
	var function string
	item.Needs, function = needs(w, want)
	names := scriptNames(w, `rule\.properties`)
	item.fields = missing(want, have, func(f FieldDefinition) bool { return slices.Contains(names, f.Name) })
	h, ok := have.workflow(w.ProgrammaticName)
	if !ok {
		return item
	}
	item.Exists, item.Name, item.key = true, h.Name, h.UUID
	if h.ObjectType != w.ObjectType {
		item.Differs = append(item.Differs, fmt.Sprintf("it is for objects of type %s, not %s", h.ObjectType, w.ObjectType))
	}
	steps, err := h.Steps()
	if err != nil {
		item.Differs = append(item.Differs, err.Error())
		return item
	}
	ours, err := w.Steps()
	if err != nil || len(ours) != 1 || len(steps) != 1 || steps[0].Function != ours[0].Function {
		item.Differs = append(item.Differs, fmt.Sprintf("it calls other functions than %s alone", function))
		return item
	}
	item.Differs = append(item.Differs, compareStep(ours[0], steps[0], want.Fields)...)
	return item
}

func compareStep(want, have Step, fields []FieldDefinition) []string {
	var list []string
	for _, f := range fields {
		w, h := want.Inputs[f.UUID].Value, have.Inputs[f.UUID].Value
		if f.Type != FieldOfFunction || w.Text == h.Text && w.Select == h.Select {
			continue
		}
		list = append(list, fmt.Sprintf("%s is %s; the app's is %s", f.Name, shown(h, f), shown(w, f)))
	}
	if !sameScript(want.Pre, have.Pre) {
		list = append(list, "its pre-processing script is another")
	}
	if !sameScript(want.Post, have.Post) {
		list = append(list, "its post-processing script is another")
	}
	return list
}

func shown(v FixedValue, f FieldDefinition) string {
	for _, option := range f.Values {
		if option.UUID == v.Select {
			return fmt.Sprintf("%q", option.Label)
		}
	}
	switch {
	case v.Select != "":
		return "an unknown value"
	case v.Text != "":
		return fmt.Sprintf("%q", v.Text)
	}
	return "not set"
}

// sameScript passes over the white space that editors and XML change at the
// ends of lines.
func sameScript(a, b string) bool {
	lines := func(text string) string {
		list := strings.Split(text, "\n")
		for i := range list {
			list[i] = strings.TrimRight(list[i], " \t\r")
		}
		return strings.TrimSpace(strings.Join(list, "\n"))
	}
	return lines(a) == lines(b)
}

// compareRule finds a rule by its uuid, or by what it runs: a second one that
// runs the same workflow would post everything twice.
func compareRule(r RuleDefinition, want, have Configuration) Item {
	item := Item{Kind: ItemRule, Name: r.Name, ID: r.UUID, Needs: r.Workflows}
	item.fields = missing(want, have, func(f FieldDefinition) bool {
		return slices.ContainsFunc(r.ViewItems, func(v ViewItem) bool { return v.Content == f.UUID })
	})
	h, ok := find(have.Rules, func(h RuleDefinition) bool { return h.UUID == r.UUID })
	if !ok {
		h, ok = find(have.Rules, func(h RuleDefinition) bool {
			return h.Name == r.Name || h.Type == r.Type && h.ObjectType == r.ObjectType && slices.Contains(h.Workflows, r.Workflows[0])
		})
	}
	if !ok {
		return item
	}
	item.Exists, item.Name, item.key = true, h.Name, h.UUID
	if h.Type != r.Type || h.ObjectType != r.ObjectType {
		item.Differs = append(item.Differs, "it is started by something else")
	}
	if !slices.Contains(h.Workflows, r.Workflows[0]) {
		item.Differs = append(item.Differs, fmt.Sprintf("it does not run the workflow %s", r.Workflows[0]))
	}
	for _, c := range r.Conditions {
		if c.Method == "changed" { // which fields are worth it is the customer's choice
			continue
		}
		if !slices.ContainsFunc(h.Conditions, c.same) {
			item.Differs = append(item.Differs, fmt.Sprintf("it lacks the condition %s", c))
		}
	}
	return item
}

func (c RuleCondition) same(d RuleCondition) bool { return c.String() == d.String() }

// String is the field and what is asked of it.
func (c RuleCondition) String() string {
	if c.FieldName == nil {
		return c.Method
	}
	return *c.FieldName + " " + c.Method
}
