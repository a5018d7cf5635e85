package formatters

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/formatters/richtext"
)

// Known reports whether typ is one of the built-in types.
func Known(typ string) bool {
	switch typ {
	case "string", "incident", "richtext", "boolean", "datetime":
		return true
	}
	return false
}

// Fields makes every detail ready to be shown, in the order given.
func (o Options) Fields(list []details.Detail) []Field {
	fields := make([]Field, len(list))
	for i, d := range list {
		fields[i] = o.Field(d)
	}
	return fields
}

// Field makes one detail ready to be shown. It never fails: what is not what
// its type promises is shown as it was given, and the Note says so.
func (o Options) Field(d details.Detail) Field {
	f := Field{Label: d.Label, Type: d.Type, Data: d.Data}
	if len(f.Data) == 0 {
		f.Data = json.RawMessage("null")
	}
	if details.Empty(f.Data) {
		f.Empty = true
		return f
	}
	switch strings.ToLower(strings.TrimSpace(d.Type)) {
	case "incident":
		o.incident(&f)
	case "richtext":
		richText(&f)
	case "boolean":
		boolean(&f)
	case "datetime":
		o.datetime(&f)
	case "string":
		text := textOf(f.Data)
		if o.Lists {
			text = pythonList(text)
		}
		f.show(text)
	case "":
		f.show(textOf(f.Data))
		f.Note = "it has no type and is shown as text"
	default:
		f.show(textOf(f.Data))
		f.Note = fmt.Sprintf("its type %q is not known, it is shown as text", d.Type)
	}
	return f
}

// show sets the texts from data.
func (f *Field) show(data string) {
	f.Plain = strings.TrimSpace(mrkdwn.Clean(data))
	if mrkdwn.Blank(f.Plain) {
		f.Plain, f.Empty = "", true
	}
	f.Text = mrkdwn.Esc(f.Plain)
}

// incident shows the page of the incident or task whose id is the data. Scripts
// write 0 where there is none.
func (o Options) incident(f *Field) {
	id := IncidentID(f.Data)
	switch {
	case id == "" || id == "0" || id == "None":
		f.Empty = true
	case o.BaseURL == "":
		f.show(id)
		f.Note = "the platform's address is not configured, so there is no link"
	default:
		f.Plain = incidentURL(o.BaseURL, id, o.OrgID)
		f.Text = mrkdwn.EscOnce(f.Plain)
	}
}

// IncidentID is the number of an incident, or with ?task_id= of a task in it, that
// the data of a field gives. A workflow that computes with numbers may write 2095.0.
func IncidentID(data json.RawMessage) string {
	id := mrkdwn.OneLine(textOf(data))
	number, query, task := strings.Cut(id, "?")
	if number = whole(number); task {
		i := strings.LastIndexByte(query, '=') + 1
		return number + "?" + query[:i] + whole(query[i:])
	}
	return number
}

// whole is a number without a fraction that says nothing, and without an exponent.
func whole(s string) string {
	if !strings.ContainsAny(s, ".eE") || strings.Trim(s, "+-.0123456789eE") != "" {
		return s
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n != math.Trunc(n) || math.Abs(n) > 1<<53 {
		return s
	}
	return strconv.FormatInt(int64(n), 10)
}

// boolean shows Yes and No for everything that clearly means one of them.
// None, for which the original says No, is what a script writes for a field
// that nobody has answered.
func boolean(f *Field) {
	given := textOf(f.Data)
	switch strings.ToLower(strings.TrimSpace(given)) {
	case "":
		f.Empty = true
	case "1", "1.0", "true", "yes", "y", "on", "t":
		f.Text, f.Plain = "Yes", "Yes"
	case "0", "0.0", "false", "no", "n", "off", "f", "none", "null":
		f.Text, f.Plain = "No", "No"
	default:
		f.show(given)
		f.Note = "it is neither true nor false and is shown as given"
	}
}

// datetime shows a number of milliseconds since 1970. Seconds are not guessed:
// a date in January 1970 shows the mistake. Scripts write 0 or None where there
// is no date.
func (o Options) datetime(f *Field) {
	given := textOf(f.Data)
	switch strings.TrimSpace(given) {
	case "", "0", "0.0", "-0", "None", "null", "false", "False":
		f.Empty = true
		return
	}
	ms, ok := milliseconds(given)
	if !ok {
		f.show(given)
		f.Note = "it is not a date in milliseconds and is shown as given"
		return
	}
	f.Plain = mrkdwn.Clean(o.date(time.UnixMilli(ms)))
	f.Text = mrkdwn.Esc(f.Plain)
}

// richText shows HTML.
func richText(f *Field) {
	r := richtext.Text{}
	if html, ok := htmlOf(f.Data); ok {
		r = richtext.FromHTML(html)
	} else {
		r = richtext.FromText(html)
	}
	if f.Empty = mrkdwn.Blank(r.Plain); !f.Empty {
		f.Text, f.Plain, f.RichText = r.Mrkdwn, r.Plain, r.Elements
	}
}

// Table is the table that a rich text holds, and nothing else beside it, as the rows
// of a table block; nil for every other field.
func (f *Field) Table() json.RawMessage {
	if html, ok := htmlOf(f.Data); ok && f.RichText != nil {
		return richtext.TableRows(html)
	}
	return nil
}

// htmlOf is the HTML of a rich text, or its text where that is no HTML. The
// platform's own form {"format", "content"} and lists of texts are taken too.
func htmlOf(data json.RawMessage) (text string, html bool) {
	if len(data) == 0 {
		return "", false
	}
	switch data[0] {
	case '{':
		var v struct {
			Format  string          `json:"format"`
			Content json.RawMessage `json:"content"`
		}
		if json.Unmarshal(data, &v) == nil && v.Content != nil && strings.IndexByte(`"n`, v.Content[0]) >= 0 {
			return textOf(v.Content), v.Format != "text"
		}
		return textOf(data), false
	case '[':
		var items []json.RawMessage
		_ = json.Unmarshal(data, &items) // Data is strict JSON
		var b strings.Builder
		for _, item := range items {
			b.WriteString("<div>")
			b.WriteString(textOf(item))
			b.WriteString("</div>")
		}
		return b.String(), true
	}
	return textOf(data), true
}

// textOf is JSON data as text: strings without their quotes, numbers as they
// are written, lists and objects with commas between what they hold. null and
// empty members are left out.
func textOf(data json.RawMessage) string {
	if len(data) == 0 {
		return ""
	}
	switch data[0] {
	case '"':
		inner := data[1 : len(data)-1]
		if bytes.IndexByte(inner, '\\') < 0 {
			return string(inner)
		}
		var s string
		_ = json.Unmarshal(data, &s) // Data is strict JSON
		return s
	case '[', '{':
		var b strings.Builder
		flatten(&b, json.NewDecoder(bytes.NewReader(data)))
		return b.String()
	case 'n':
		return ""
	}
	return string(data)
}

// flatten writes the members of a list or object. The decoder's tokens come in
// the order of the text, which a map would lose.
func flatten(b *strings.Builder, dec *json.Decoder) {
	dec.UseNumber()
	type level struct{ object, key bool } // key: a name comes next
	var stack []level
	names := "" // "a: b: " before the next value
	for {
		token, err := dec.Token()
		if err != nil {
			return
		}
		top := len(stack) - 1
		if top >= 0 && stack[top].key {
			if name, ok := token.(string); ok {
				names += name + ": "
				stack[top].key = false
				continue
			}
		}
		delim, ok := token.(json.Delim)
		switch {
		case ok && (delim == '{' || delim == '['):
			stack = append(stack, level{delim == '{', delim == '{'})
			continue
		case ok:
			stack = stack[:top]
			names = ""
		default:
			if value := scalar(token); value != "" {
				if b.Len() > 0 {
					b.WriteString(", ")
				}
				b.WriteString(names)
				b.WriteString(value)
			}
			names = ""
		}
		if top := len(stack) - 1; top >= 0 {
			stack[top].key = stack[top].object
		}
	}
}

func scalar(token json.Token) string {
	switch v := token.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	return fmt.Sprint(token)
}

// incidentURL is the platform's page of an incident or, with ?task_id=, of a
// task.
func incidentURL(base, id string, org int) string {
	const unsafe = "|<>\"`\\^{}[]'()#*_~,;:@$!/"
	path, query, ok := strings.Cut(id, "?")
	page := strings.TrimRight(base, "/") + "/#incidents/" + mrkdwn.Percent(path, unsafe+"&=")
	separator := "?"
	if ok {
		page += "?" + mrkdwn.Percent(query, strings.Replace(unsafe, "_", "", 1))
		separator = "&"
	}
	if org != 0 {
		page += separator + "orgId=" + strconv.Itoa(org)
	}
	return page
}

// pythonList are the parts of a list of texts as Python writes it, with commas
// between them; every other text is as it was. Nothing of a text is taken apart that
// is not such a list from its beginning to its end.
func pythonList(s string) string {
	rest, open := strings.CutPrefix(strings.TrimSpace(s), "[")
	rest, closed := strings.CutSuffix(rest, "]")
	if !open || !closed {
		return s
	}
	var parts []string
	for {
		rest = strings.TrimPrefix(rest, "u")
		if rest == "" || rest[0] != '\'' && rest[0] != '"' {
			return s
		}
		part, after, found := strings.Cut(rest[1:], rest[:1])
		if !found || strings.Contains(part, `\`) {
			return s
		}
		parts = append(parts, part)
		if after == "" {
			return strings.Join(parts, ", ")
		}
		if rest, found = strings.CutPrefix(after, ", "); !found {
			return s
		}
	}
}
