package resilient

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"
)

// A Playbook is a playbook of the platform's. The app brings none; it knows those
// that call its functions, and mends their scripts.
type Playbook struct {
	Name, DisplayName string          // API name; as people see it
	Raw               json.RawMessage // all of it, as the platform exports it
}

// UnmarshalJSON keeps everything, as an import replaces everything.
func (p *Playbook) UnmarshalJSON(js []byte) error {
	var names struct {
		Name        string `json:"name"`
		DisplayName string `json:"display_name"`
	}
	if err := json.Unmarshal(js, &names); err != nil {
		return err
	}
	*p = Playbook{names.Name, names.DisplayName, slices.Clone(js)}
	return nil
}

// MarshalJSON writes what was read.
func (p Playbook) MarshalJSON() ([]byte, error) { return p.Raw, nil }

// A playbook keeps what a function gave under the name of the call's output. The
// original's scripts ask for the function's results without that name, and fail.
var resultOfNoOutput = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\bplaybook\.functions\.results\.(url|channel|user_info)\b`)
})

// mended is a playbook whose scripts ask for the results of the app's function where
// they are, with the names of the scripts that did not. ours says that it calls one
// of the functions with these uuids. One that cannot be read is nobody's.
func (p Playbook) mended(functions []string) (mended Playbook, scripts []string, ours bool) {
	var parts struct {
		Content struct {
			XML string `json:"xml"`
		} `json:"content"`
		Scripts []map[string]json.RawMessage `json:"local_scripts"`
	}
	if json.Unmarshal(p.Raw, &parts) != nil {
		return p, nil, false
	}
	steps, err := readSteps(parts.Content.XML)
	if err != nil {
		return p, nil, false
	}
	outputs := map[string]bool{} // of all calls; true for the app's
	for _, s := range steps {
		outputs[s.Result] = slices.Contains(functions, s.Function)
		ours = ours || outputs[s.Result]
	}
	output, one := onlyOurs(outputs)
	if !one { // no telling which call a script means
		return p, nil, ours
	}
	for _, s := range parts.Scripts {
		var name, text string
		if json.Unmarshal(s["name"], &name) != nil || json.Unmarshal(s["script_text"], &text) != nil {
			continue
		}
		right := resultOfNoOutput().ReplaceAllStringFunc(text, func(found string) string {
			member := resultOfNoOutput().FindStringSubmatch(found)[1]
			if _, is := outputs[member]; is {
				return found
			}
			return "playbook.functions.results." + output + "." + member
		})
		if right != text {
			s["script_text"] = encode(right)
			scripts = append(scripts, name)
		}
	}
	if scripts != nil {
		p.Raw = p.with("local_scripts", encode(parts.Scripts))
	}
	return p, scripts, ours
}

func onlyOurs(outputs map[string]bool) (name string, one bool) {
	maps.DeleteFunc(outputs, func(name string, _ bool) bool { return name == "" })
	for output, ours := range outputs {
		if ours && name != "" {
			return "", false
		}
		if ours {
			name = output
		}
	}
	return name, name != ""
}

// with is the playbook's JSON with another value of a member.
func (p Playbook) with(member string, value json.RawMessage) json.RawMessage {
	all := map[string]json.RawMessage{}
	_ = json.Unmarshal(p.Raw, &all) // it was read before
	all[member] = value
	return encode(all)
}

func comparePlaybook(p Playbook, functions []FunctionDefinition) (item Item, ours bool) {
	var uuids []string
	for _, f := range functions {
		uuids = append(uuids, f.UUID)
	}
	mended, scripts, ours := p.mended(uuids)
	item = Item{Kind: ItemPlaybook, Name: p.DisplayName, ID: p.Name, Exists: true, playbook: mended}
	for _, name := range scripts {
		item.Differs = append(item.Differs, fmt.Sprintf("its script %q fails: it asks for the function's results without the name of their output", name))
	}
	return item, ours
}
