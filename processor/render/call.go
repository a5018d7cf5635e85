package render

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// scriptInput is what the driver gets for a call; driver.js makes `message` of
// it. input is
//
//	chosen    the script takes the call without its match
//	tried     its match is asked all the same, for what may be wrong with it
//	mrkdwn    whether the text has markup
//	titled    the built-in layout is the titled one
//	beside    it is the comment of a file, text alone; left out where not
//	isReply   whether it goes into a thread
//	isUpdate  whether a message that is there is shown anew; left out where not
//	keeps     whether what the fields show is wanted for the card; left out where not
//	incident  {id, url} or null
//	title     plain text
//
// and texts are what many scripts do not look at:
//
//	the text of the built-in layout
//	JSON of the call, see appendCall
//	JSON of the fields, see appendFields
//	JSON of the settings
//	what the card showed, as package card writes it, "" where that is not known
func scriptInput(call resilient.Call, in inputs, fields []formatters.Field, chosen, tried bool, settings string) (input json.RawMessage, texts []string) {
	var incident *formatters.Field
	for i, f := range fields {
		if !f.Empty && f.Type == "incident" && incident == nil {
			incident = &fields[i]
		}
	}
	b := make([]byte, 0, 256)
	b = strconv.AppendBool(append(b, `{"chosen":`...), chosen)
	if tried {
		b = append(b, `,"tried":true`...)
	}
	b = strconv.AppendBool(append(b, `,"mrkdwn":`...), in.layout.Markup)
	if in.layout.Titled {
		b = append(b, `,"titled":true`...)
	}
	if in.layout.Beside {
		b = append(b, `,"beside":true`...)
	}
	b = strconv.AppendBool(append(b, `,"isReply":`...), in.base.ThreadTS != "")
	if incident == nil {
		b = append(b, `,"incident":null`...)
	} else {
		b = appendString(append(b, `,"incident":{"id":`...), id(incident.Data))
		b = append(appendString(append(b, `,"url":`...), incident.Plain), '}')
	}
	if in.update {
		b = append(b, `,"isUpdate":true`...)
	}
	if in.base.ThreadTS == "" && !in.layout.Beside {
		b = append(b, `,"keeps":true`...)
	}
	b = append(appendString(append(b, `,"title":`...), in.layout.Title(fields)), '}')
	return b, []string{
		in.layout.Text(fields),
		string(appendCall(make([]byte, 0, 4<<10), call)),
		string(appendFields(make([]byte, 0, 4<<10), fields)),
		settings,
		in.before,
	}
}

// appendCall appends the `call` of the scripts, but for isReply and incident.
// They get the values of all inputs without the platform's wrapping: a select is
// its name, a multi-select the list of its names, a text area its content.
func appendCall(b []byte, call resilient.Call) []byte {
	b = appendString(append(b, `{"function":`...), call.Function)
	b = appendString(append(b, `,"workflow":`...), call.Workflow)
	b = appendString(append(b, `,"objectType":`...), call.ObjectType)
	b = appendString(append(b, `,"principal":`...), call.Principal)
	b = append(b, `,"inputs":{`...)
	for i, name := range call.Inputs.Names() {
		if i > 0 {
			b = append(b, ',')
		}
		raw, _ := call.Inputs.Raw(name)
		b = append(append(appendString(b, name), ':'), shortData(unwrap(raw))...)
	}
	return append(b, "}}"...)
}

// appendFields appends the fields as scripts see them.
func appendFields(b []byte, fields []formatters.Field) []byte {
	b = append(b, '[')
	for i, f := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, `{"label":`...), f.Label)
		b = appendString(append(b, `,"type":`...), f.Type)
		b = append(append(b, `,"data":`...), f.Data...)
		b = appendString(append(b, `,"text":`...), f.Text)
		b = appendString(append(b, `,"plain":`...), f.Plain)
		b = strconv.AppendBool(append(b, `,"empty":`...), f.Empty)
		for j, element := range f.RichText {
			if j == 0 {
				b = append(b, `,"richText":[`...)
			} else {
				b = append(b, ',')
			}
			b = append(b, element...)
		}
		if len(f.RichText) > 0 {
			b = append(b, ']')
		}
		if f.Note != "" {
			b = appendString(append(b, `,"note":`...), f.Note)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// appendString appends s as JSON; what is no UTF-8 is replaced.
func appendString(b []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !escaped[c] {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, `\n`...)
		default:
			b = fmt.Appendf(b, `\u%04x`, c)
		}
	}
	return append(append(b, s[start:]...), '"')
}

// escaped are the bytes that cannot stand in a string of JSON.
var escaped = func() (is [256]bool) {
	for c := range is[:' '] {
		is[c] = true
	}
	is['"'], is['\\'] = true, true
	return is
}()

// id is the incident's number, without what leads on to a task: 2223?task_id=7.
func id(data json.RawMessage) string {
	number, _, _ := strings.Cut(formatters.IncidentID(data), "?")
	return number
}
