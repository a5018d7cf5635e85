package render

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/processor/card"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// origin is who can have made what acts in a message: our own fields, what the
// helpers have made for the script, and the script itself.
func (r *Renderer) origin(in inputs, fields []formatters.Field, script *engine.Script, made []string) *blockkit.Origin {
	call, source, was := in.call, in.source, in.was
	o := &blockkit.Origin{Made: made, Hosts: r.hosts, Input: func() []blockkit.Input { return brought(call, source, was, fields) }}
	for _, f := range fields {
		if strings.IndexByte(f.Text, '<') >= 0 {
			o.Made = append(o.Made, f.Text)
		}
	}
	if script != nil {
		o.Script = script.Source()
	}
	return o
}

// hostsOf are the hosts to which the platform's own links lead.
func hostsOf(baseURL string) []string {
	u, err := url.Parse(baseURL)
	if err != nil || u.Host == "" {
		return nil
	}
	return []string{u.Host, u.Hostname()}
}

// brought is everything that a call brought, what is inside of its text first, so
// that it is named for its label.
func brought(call resilient.Call, source string, was *card.State, fields []formatters.Field) []blockkit.Input {
	var list []blockkit.Input
	for _, f := range fields {
		list = append(list, blockkit.Input{
			Name: strconv.Quote(f.Label) + " in " + source,
			Text: f.Label + "\n" + plainJSON(f.Data) + "\n" + f.Plain,
		})
	}
	if was != nil {
		for _, v := range was.Known() {
			list = append(list, blockkit.Input{Name: strconv.Quote(v.Label) + " as it was before", Text: v.Label + "\n" + v.Text})
		}
	}
	for _, name := range call.Inputs.Names() {
		raw, _ := call.Inputs.Raw(name)
		list = append(list, blockkit.Input{Name: name, Text: plainJSON(unwrap(raw))})
	}
	return append(list,
		blockkit.Input{Name: "the workflow's name", Text: call.Workflow},
		blockkit.Input{Name: "the object's type", Text: call.ObjectType},
		blockkit.Input{Name: "the name of who started it", Text: call.Principal},
	)
}

// plainJSON is JSON as a text in which nothing is escaped: a string without its
// quotes, all else as it is written but for its escapes.
func plainJSON(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var x any
	if json.Unmarshal(raw, &x) != nil {
		return string(raw)
	}
	plain, err := encode(x)
	if err != nil {
		return string(raw)
	}
	return string(plain)
}
