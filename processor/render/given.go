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
// writes into an incident makes a layout too slow, too large or too hungry. All of
// it is several times what one message of Slack's can show; the built-in layout
// has the whole, and a note says what a script has not seen.
const (
	maxGiven     = 16_000   // characters of the text of one field, or of one input
	maxGivenAll  = 48_000   // characters of the texts of all fields
	leastGiven   = 200      // characters that a field gets when the others have taken all
	maxRich      = 64 << 10 // bytes of the rich text of all fields, as JSON
	maxGivenData = 4 * maxGiven
	maxFields    = 400
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
		all := utf8.RuneCountInString(f.Plain)
		size := 0
		for _, element := range f.RichText {
			size += len(element)
		}
		long := all > limit || len(f.Text) > limit && utf8.RuneCountInString(f.Text) > limit
		if !long && size <= rich && len(f.Data) <= maxGivenData {
			text, rich = text-all, rich-size
			continue
		}
		if list == nil {
			list = append(list, fields...)
		}
		if size > rich || long && size > 0 {
			f.RichText = elementsWithin(f, limit, rich)
		}
		if long {
			f.Plain = firstRunes(f.Plain, limit)
			f.Text = mrkdwn.Truncate(f.Text, limit)
		}
		f.Data = shortData(f.Data)
		text -= min(all, limit)
		for _, element := range f.RichText {
			rich -= len(element)
		}
		list[i] = f
		notes = append(notes, fmt.Sprintf("%q is long: the layout was given the first %d of its %d characters", f.Label, min(all, limit), all))
	}
	if list == nil {
		list = fields
	}
	return list, notes
}

// elementsWithin are the first elements of a rich text field that have room, or
// the beginning of its plain text where not even one has.
func elementsWithin(f formatters.Field, characters, bytes int) []json.RawMessage {
	for n, element := range f.RichText {
		if bytes -= len(element); bytes < 0 {
			if n > 0 {
				return f.RichText[:n]
			}
			return richtext.FromText(firstRunes(f.Plain, min(characters, max(leastGiven, (bytes+len(element))/8)))).Elements
		}
	}
	return f.RichText
}

// firstRunes is the beginning of a text, with a sign where it was cut.
func firstRunes(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i] + "…"
		}
	}
	return s
}

// shortData is data of a bearable size: the beginning of a text, nothing of a
// list or an object.
func shortData(data json.RawMessage) json.RawMessage {
	if len(data) <= maxGivenData {
		return data
	}
	var s string
	if data[0] != '"' || json.Unmarshal(data, &s) != nil {
		return json.RawMessage("null")
	}
	return appendString(nil, firstRunes(s, maxGiven))
}
