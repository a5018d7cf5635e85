package formatters

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// DetailsError says where and why slack_details could not be read.
type DetailsError struct {
	Line, Column int    // from 1; columns count Unicode code points
	Excerpt      string // the line, cut around the place, and a caret below it
	Reason       string
}

func (e *DetailsError) Error() string {
	return fmt.Sprintf("slack_details cannot be read: line %d, column %d: %s", e.Line, e.Column, e.Reason)
}

// ReadDetails reads slack_details: an object of labels, each with a type and
// data. The order of the labels is kept, and a label that comes twice is there
// twice.
//
// A text that is JSON is read as JSON (strict.go). Any other is made by string
// formatting in the workflows' scripts, and is read as its author meant it:
//
//   - Control characters may stand inside strings. Between members a literal
//     backslash-n, -r or -t is white space, and so are a byte order mark and
//     non-breaking spaces.
//   - None, True, False and undefined are the JSON words; NaN, Infinity and
//     numbers that JSON does not know, such as 007 or +5, are kept as text. A
//     value left out is null. A comma after the last member is allowed.
//   - A quote ends a string only if what follows continues the object: quotes
//     that a script forgot to escape, as in <a href="x">, are text. By the same
//     rule \" ends a string that ends in a backslash, such as "C:\temp\".
//   - Backslashes are read as unescape.go says: \n is a line break, C:\temp\new
//     is a path.
//
// The notes tell a person what was left out or read on a guess. The error is
// always a *DetailsError. It takes time linear in the length of the text.
func ReadDetails(text string) (details []Detail, notes []string, err error) {
	p := reader{src: text}
	if !utf8.ValidString(text) {
		p.src = strings.ToValidUTF8(text, "\uFFFD")
		p.note("some bytes are not UTF-8 and are shown as \uFFFD")
	}
	p.pos = skipSpace(p.src, 0)
	if p.pos == len(p.src) {
		return nil, nil, p.fail(p.pos, "it is empty; it must be an object of labels, each with a type and data")
	}
	if p.src[p.pos] != '{' {
		return nil, nil, p.fail(p.pos, "it must begin with { and hold labels, each with a type and data")
	}
	isJSON, err := p.strict()
	if err == nil && !isJSON {
		err = p.labels()
	}
	if err != nil {
		return nil, nil, err
	}
	if len(p.details) == 0 {
		reason := "it holds no labels, so there is nothing to post"
		if len(p.notes) > 0 {
			reason = "no label has data: " + p.notes[0]
		}
		return nil, p.notes, p.fail(0, reason)
	}
	return p.details, p.notes, nil
}

// labels reads the outer object.
func (p *reader) labels() error {
	p.open('{')
	for first := true; ; first = false {
		more, err := p.member(first, '}')
		if err != nil {
			return err
		}
		if !more {
			break
		}
		label, err := p.key()
		if err != nil {
			return err
		}
		if err := p.label(label); err != nil {
			return err
		}
	}
	if p.pos = skipSpace(p.src, p.pos); p.pos < len(p.src) {
		return p.fail(p.pos, "there is more text after the closing }")
	}
	return nil
}

// label reads what belongs to one label.
func (p *reader) label(label string) error {
	d := Detail{Label: label}
	if p.at(p.pos) != '{' {
		data, err := p.value(nil)
		switch {
		case err != nil:
			return err
		case data[0] == '[' || emptyJSON(data):
			p.note(fmt.Sprintf("label %q is left out: it has no type and data", label))
		default:
			d.Data = data
			p.details = append(p.details, d)
		}
		return nil
	}
	p.open('{')
	for first := true; ; first = false {
		more, err := p.member(first, '}')
		if err != nil {
			return err
		}
		if !more {
			break
		}
		key, err := p.key()
		if err != nil {
			return err
		}
		value, err := p.value(nil)
		if err != nil {
			return err
		}
		switch key {
		case "type":
			d.Type = textOf(value)
		case "data":
			d.Data = value
		}
	}
	if d.Data == nil {
		p.note(fmt.Sprintf("label %q is left out: it has no data", label))
		return nil
	}
	p.details = append(p.details, d)
	return nil
}

// fail makes the error for the byte offset at.
func (p *reader) fail(at int, reason string) error {
	at = min(at, len(p.src))
	start := strings.LastIndexByte(p.src[:at], '\n') + 1
	end := len(p.src)
	if i := strings.IndexByte(p.src[at:], '\n'); i >= 0 {
		end = at + i
	}
	before, after := []rune(p.src[start:at]), []rune(p.src[at:min(end, at+400)])
	line := 1 + strings.Count(p.src[:start], "\n")
	column := len(before) + 1
	lead := ""
	if len(before) > 40 {
		before, lead = before[len(before)-37:], "..."
	}
	tail := ""
	if len(after) > 40 {
		after, tail = after[:37], "..."
	}
	show := func(rs []rune) string { // one column for every rune, so that the caret fits
		for i, r := range rs {
			if r < ' ' || r == 0x7f || invisible(r) {
				rs[i] = ' '
			}
		}
		return string(rs)
	}
	excerpt := lead + show(before) + show(after) + tail + "\n" + strings.Repeat(" ", len(lead)+len(before)) + "^"
	return &DetailsError{Line: line, Column: column, Excerpt: excerpt, Reason: reason}
}

func (p *reader) note(s string) {
	const most = 20 // a status message is no place for thousands of them
	switch {
	case len(p.notes) < most:
		p.notes = append(p.notes, s)
	case len(p.notes) == most:
		p.notes = append(p.notes, "more of the same is not listed")
	}
}

// emptyJSON reports whether strict JSON holds nothing to show.
func emptyJSON(data json.RawMessage) bool {
	switch string(data) {
	case "", "null", `""`, "[]", "{}":
		return true
	}
	return false
}
