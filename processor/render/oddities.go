package render

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// Oddities are what a message says that hardly anybody wants to say, though Slack
// takes it. What stands in the inputs of the call is its own business.
func Oddities(call resilient.Call, m blockkit.Message) (found []string) {
	inputs, err := call.Inputs.MarshalJSON()
	if err != nil {
		return nil
	}
	o := oddities{inputs: string(inputs)}
	o.message(m)
	return o.found
}

func (o *oddities) message(m blockkit.Message) {
	if m.IconEmoji != "" && !emojiName().MatchString(m.IconEmoji) {
		o.note("icon_emoji", "%q is no name of an emoji; it looks like :rotating_light:", m.IconEmoji)
	}
	o.text("text", m.Text)
	for name, list := range map[string][]json.RawMessage{"blocks": m.Blocks, "attachments": m.Attachments} {
		for i, js := range list {
			var x any
			if json.Unmarshal(js, &x) == nil {
				o.look(fmt.Sprintf("%s[%d]", name, i), "", x)
			}
		}
	}
	slices.Sort(o.found)
	o.found = slices.Compact(o.found)
}

type oddities struct {
	inputs string
	found  []string
	slips  []string // those of slipWords
}

var (
	// emojiName is large, and seldom asked for.
	emojiName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^:[\p{L}\p{N}_+'-]+:$`) })
	barColor  = regexp.MustCompile(`^(#?[0-9a-fA-F]{6}|good|warning|danger)$`)
	linkable  = regexp.MustCompile(`^(https?://[^/\s]|mailto:|slack://)`)
	slipWords = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\[object \w+\]|\bundefined\b|\bNaN\b|\$\{`) })
)

func (o *oddities) note(at, format string, args ...any) {
	o.found = append(o.found, at+": "+fmt.Sprintf(format, args...))
}

func (o *oddities) text(at, text string) {
	for _, slip := range slipWords().FindAllString(text, -1) {
		if strings.Contains(o.inputs, slip) {
			continue
		}
		o.slips = append(o.slips, slip)
		why := "a value that is not there, or is no number, was put into the text"
		switch slip[0] {
		case '[':
			why = "an object was put into the text; name the member that is meant"
		case '$':
			why = "${…} is filled in only between backticks"
		}
		o.note(at, "it says %q: %s", slip, why)
	}
}

// look goes through a decoded block or attachment; kind is the type of the object
// that x is a member of.
func (o *oddities) look(at, kind string, x any) {
	switch x := x.(type) {
	case []any:
		for i, v := range x {
			o.look(fmt.Sprintf("%s[%d]", at, i), kind, v)
		}
	case map[string]any:
		own, _ := x["type"].(string)
		for name, v := range x {
			s, isText := v.(string)
			switch {
			case !isText:
				o.look(at+"."+name, own, v)
			case name == "color" && own == "":
				if !barColor.MatchString(s) {
					o.note(at+".color", "Slack has no colour %q; write it as #d00000, or good, warning or danger", s)
				}
			case name == "url" && own == "button":
				if !linkable.MatchString(s) {
					o.note(at+".url", "a button cannot lead to %q: want an address with https://, http://, mailto: or slack://", s)
				}
			default:
				o.text(at+"."+name, s)
			}
		}
	case string:
		o.text(at, x)
	}
}
