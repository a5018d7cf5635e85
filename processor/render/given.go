package render

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/formatters/richtext"
)

// A script is given so much of a call and no more, so that no text that somebody
// writes into an incident makes a layout too slow, too large or too hungry. What it
// makes of it, also when it shows a text twice, stays within the engine's limit of
// output. The built-in layout has the whole, and a note says what a script has not
// seen. All numbers but the last are bytes.
const (
	maxGiven    = 112 << 10 // of the text of one field, and of the data of a field or an input
	maxGivenAll = 144 << 10 // of the texts of all fields
	leastGiven  = 400       // of a field when the others have taken all
	maxRich     = 64 << 10  // of the rich text of all fields, as JSON
	maxFields   = 400
)

// given are the fields as a script sees them.
func given(fields []formatters.Field) (list []formatters.Field, notes []string) {
	if len(fields) > maxFields {
		notes = append(notes, fmt.Sprintf("the layout was given the first %d of %d fields", maxFields, len(fields)))
		fields = fields[:maxFields]
	}
	text, rich := maxGivenAll, maxRich
	for i := range fields {
		f := fields[i]
		limit := max(leastGiven, min(maxGiven, text))
		size := 0
		for _, element := range f.RichText {
			size += len(element)
		}
		text -= min(limit, max(len(f.Text), len(f.Plain)))
		if len(f.Text) <= limit && len(f.Plain) <= limit && size <= rich && len(f.Data) <= maxGiven {
			rich -= size
			continue
		}
		all := utf8.RuneCountInString(f.Plain)
		f.RichText = elementsWithin(f, limit, rich)
		for _, element := range f.RichText {
			rich -= len(element)
		}
		f.Plain = beginning(f.Plain, limit)
		f.Text = mrkdwn.Truncate(f.Text, utf8.RuneCountInString(beginning(f.Text, limit)))
		f.Data = shortData(f.Data)
		if list == nil {
			list = append(list, fields...)
		}
		list[i] = f
		notes = append(notes, fmt.Sprintf("%q is long: the layout was given the first %d of its %d characters", f.Label, utf8.RuneCountInString(f.Plain), all))
	}
	if list == nil {
		list = fields
	}
	return list, notes
}

// elementsWithin are the first elements of a rich text field that have room, or
// the beginning of its plain text where not even one has.
func elementsWithin(f formatters.Field, text, rich int) []json.RawMessage {
	for n, element := range f.RichText {
		if rich -= len(element); rich >= 0 {
			continue
		}
		if n > 0 {
			return f.RichText[:n]
		}
		// As JSON, a text of ASCII takes twice its room at the most.
		return richtext.FromText(beginning(f.Plain, min(text, max(leastGiven, (rich+len(element))/2)))).Elements
	}
	return f.RichText
}

// beginning is a text of at most so many bytes, and a sign where it was cut.
func beginning(s string, size int) string {
	if len(s) <= size {
		return s
	}
	for size > 0 && !utf8.RuneStart(s[size]) {
		size--
	}
	return s[:size] + "…"
}

// shortData is data of a bearable size: the beginning of a text, nothing of a
// list or an object.
func shortData(data json.RawMessage) json.RawMessage {
	if len(data) <= maxGiven {
		return data
	}
	var s string
	if data[0] != '"' || json.Unmarshal(data, &s) != nil {
		return json.RawMessage("null")
	}
	return appendString(nil, beginning(s, maxGiven/2))
}
