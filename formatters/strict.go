package formatters

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// strict reads the labels of a text that is JSON, with three liberties that can
// move no label: a comma after the last member, raw control characters in
// strings, and white space or a byte order mark around it all. It reports false,
// and has read nothing, where the text is anything else.
//
// It comes before the lenient reading, which looks for the end of a string and
// so can be led astray by data: "name\"}, 'Severity': {'data': 'Low" is a text
// for JSON and a second label for a reader that guesses.
func (p *reader) strict() (ok bool, err error) {
	text, deep := normalJSON(strings.Trim(p.src, "\ufeff \t\r\n"))
	if !json.Valid(text) || text[0] != '{' {
		return false, nil
	}
	if deep {
		return true, p.fail(0, "lists and objects are nested too deeply")
	}
	members := json.NewDecoder(bytes.NewReader(text))
	_, err = members.Token()
	for err == nil && members.More() {
		var label json.Token
		var value json.RawMessage
		if label, err = members.Token(); err != nil {
			break
		}
		if err = members.Decode(&value); err == nil {
			p.strictLabel(label.(string), value)
		}
	}
	if err != nil {
		return true, fmt.Errorf("read what is valid JSON: %w", err)
	}
	return true, nil
}

func (p *reader) strictLabel(label string, value json.RawMessage) {
	var object struct {
		Type json.RawMessage
		Data json.RawMessage
	}
	switch {
	case value[0] == '{':
		members := map[string]json.RawMessage{}
		if json.Unmarshal(value, &members) == nil {
			object.Type, object.Data = members["type"], members["data"]
		}
		if object.Data == nil {
			p.note(fmt.Sprintf("label %q is left out: it has no data", label))
			return
		}
	case value[0] == '[' || emptyJSON(value):
		p.note(fmt.Sprintf("label %q is left out: it has no type and data", label))
		return
	default:
		object.Data = value
	}
	d := Detail{Label: label, Data: object.Data}
	if object.Type != nil {
		d.Type = textOf(object.Type)
	}
	p.details = append(p.details, d)
}

// normalJSON copies a text without the commas that stand before a closing
// bracket, and with the control characters in strings escaped. It also reports
// whether it is nested more deeply than is read.
func normalJSON(s string) (out []byte, deep bool) {
	out = make([]byte, 0, len(s))
	depth, inString, comma := 0, false, -1 // comma: where the last one is in out, if only white space follows
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case inString && c == '\\' && i+1 < len(s):
			out = append(out, c, s[i+1])
			i++
			continue
		case inString && c < ' ':
			out = fmt.Appendf(out, `\u%04x`, c)
			continue
		case c == '"':
			inString, comma = !inString, -1
		case inString, c == ' ', c == '\t', c == '\r', c == '\n':
		case c == ',':
			comma = len(out)
		case c == '{' || c == '[':
			depth++
			deep, comma = deep || depth > maxNesting, -1
		case c == '}' || c == ']':
			depth--
			if comma >= 0 {
				out[comma] = ' '
			}
			comma = -1
		default:
			comma = -1
		}
		out = append(out, c)
	}
	return out, deep
}
