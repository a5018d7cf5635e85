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

// scriptCall is the `call` of the scripts, but for isReply and incident.
type scriptCall struct {
	Function   string                     `json:"function"`
	Workflow   string                     `json:"workflow"`
	ObjectType string                     `json:"objectType"`
	Principal  string                     `json:"principal"`
	Inputs     map[string]json.RawMessage `json:"inputs"`
}

// scriptInput is what the driver gets for a call; driver.js makes `message` of
// it. What many scripts do not look at is JSON within a string, so that it is
// read only when it is asked for.
//
//	chosen    the script takes the call without its match
//	mrkdwn    whether the text has markup
//	isReply   whether it goes into a thread
//	incident  {id, url} or null
//	title     plain text
//	classic   the text of the built-in layout
//	call      JSON of a scriptCall
//	fields    JSON, see appendFields
//	options   JSON of settings
func scriptInput(call resilient.Call, in inputs, fields []formatters.Field, chosen bool, o formatters.Options) (json.RawMessage, error) {
	settings, err := encode(settingsOf(o))
	if err != nil {
		return nil, err
	}
	about, err := encode(scriptCall{
		Function:   call.Function,
		Workflow:   call.Workflow,
		ObjectType: call.ObjectType,
		Principal:  call.Principal,
		Inputs:     scriptInputs(call.Inputs),
	})
	if err != nil {
		return nil, err
	}
	var title string
	var incident *formatters.Field
	for i, f := range fields {
		switch {
		case f.Empty:
		case f.Type == "string" && title == "":
			title = f.Plain
		case f.Type == "incident" && incident == nil:
			incident = &fields[i]
		}
	}
	b := make([]byte, 0, 8<<10)
	b = strconv.AppendBool(append(b, `{"chosen":`...), chosen)
	b = strconv.AppendBool(append(b, `,"mrkdwn":`...), in.mrkdwn)
	b = strconv.AppendBool(append(b, `,"isReply":`...), in.base.ThreadTS != "")
	if incident == nil {
		b = append(b, `,"incident":null`...)
	} else {
		b = appendString(append(b, `,"incident":{"id":`...), id(incident.Data))
		b = append(appendString(append(b, `,"url":`...), incident.Plain), '}')
	}
	b = appendString(append(b, `,"title":`...), title)
	b = appendString(append(b, `,"classic":`...), formatters.Classic(fields, in.mrkdwn))
	b = appendString(append(b, `,"call":`...), string(about))
	b = appendString(append(b, `,"fields":`...), string(appendFields(nil, fields)))
	b = appendString(append(b, `,"options":`...), string(settings))
	return append(b, '}'), nil
}

// appendFields appends each field as the list of its members, because the names
// of members would be most of what the driver has to read.
func appendFields(b []byte, fields []formatters.Field) []byte {
	b = append(b, '[')
	for i, f := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, '['), f.Label)
		b = appendString(append(b, ','), f.Type)
		b = append(append(b, ','), f.Data...)
		b = appendString(append(b, ','), f.Text)
		b = appendString(append(b, ','), f.Plain)
		b = strconv.AppendBool(append(b, ','), f.Empty)
		if f.RichText != nil || f.Note != "" {
			b = append(b, ",["...)
			for j, element := range f.RichText {
				if j > 0 {
					b = append(b, ',')
				}
				b = append(b, element...)
			}
			b = appendString(append(b, "],"...), f.Note)
		}
		b = append(b, ']')
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
		if c >= ' ' && c != '"' && c != '\\' {
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

// id is the incident's number, which the workflow wrote with or without quotes,
// and perhaps with what leads on to a task: 2223?task_id=7.
func id(data json.RawMessage) string {
	s := string(data)
	if len(data) > 0 && data[0] == '"' {
		_ = json.Unmarshal(data, &s) // it was read before
	}
	number, _, _ := strings.Cut(s, "?")
	return number
}
