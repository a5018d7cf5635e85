package details

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Detail is one label of slack_details as the workflow wrote it.
type Detail struct {
	Label string          `json:"label"`
	Type  string          `json:"type"` // "" where the workflow left it out
	Data  json.RawMessage `json:"data"` // strict JSON; "null" where the workflow left it out
}

// Empty reports whether strict JSON holds nothing to show.
func Empty(data json.RawMessage) bool {
	switch string(data) {
	case "", "null", `""`, "[]", "{}":
		return true
	}
	return false
}

// Error says where and why labels could not be read.
type Error struct {
	Input        string // the function's input that holds them
	Line, Column int    // from 1; columns count Unicode code points
	Excerpt      string // the line, cut around the place, and a caret below it
	Reason       string
	// Rest is the text from the first label on that was not surely read; ""
	// where there is nothing to read.
	Rest string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s cannot be read: line %d, column %d: %s", e.Input, e.Line, e.Column, e.Reason)
}

// Read reads slack_details: an object of labels, each with a type and data. The
// order of the labels is kept, and a label that comes twice is there twice.
//
// A text that is JSON is read as JSON. A byte order mark, a comma after the last
// member and raw control characters in strings are allowed. Beside that the
// words None, True, False, undefined, NaN and Infinity, numbers such as 007, a
// value left out, other white space and a literal backslash-n between members
// are read, and so is a text in Python's notation, which begins with a single
// quote.
//
// Where a text is none of these because of its backslashes, it was pasted
// together by a script that escapes quotes at most. Then every backslash stands
// for itself, but \" is a quote.
//
// The notes tell a person, with the place, what was repaired, left out or may be
// meant otherwise. The error is always an *Error; with it come the labels before
// the place that were surely read. Read takes time linear in the length of text.
func Read(text string) (list []Detail, notes []string, err error) {
	return ReadInput("slack_details", text)
}

// ReadInput is Read for an input of another name, which errors and notes tell.
func ReadInput(input, text string) (list []Detail, notes []string, err error) {
	p := read(input, text, nil)
	if p.failed != nil && strings.Contains(text, `\`) {
		if pasted := read(input, text, p.failed); pasted.failed == nil || pasted.failed.at > p.failed.at {
			p = pasted
		}
	}
	notes = p.told()
	switch {
	case p.failed != nil:
		return p.list[:p.sure], notes, p.error(p.failed.at, p.failed.reason, p.src[p.rest:])
	case len(p.list) == 0 && p.leftOut != "":
		return nil, notes, p.error(0, "no label has data: "+p.leftOut, "")
	case len(p.list) == 0:
		return nil, notes, p.error(0, "it holds no labels, so there is nothing to post", "")
	}
	return p.list, notes, nil
}

// usual is more labels than most calls have.
const usual = 16

// read reads a whole text. noJSON is why its backslashes are not JSON's and
// stand for themselves, nil where they are.
func read(input, text string, noJSON *failure) *reader {
	p := &reader{input: input, src: text, pasted: noJSON != nil, list: make([]Detail, 0, usual)}
	p.quoted = json.NewEncoder(&p.data)
	p.quoted.SetEscapeHTML(false)
	if !utf8.ValidString(text) {
		p.src = strings.ToValidUTF8(text, "\uFFFD")
		p.note(strings.Index(p.src, "\uFFFD"), "some bytes are not UTF-8 and are shown as \uFFFD")
	}
	if p.pasted {
		p.note(noJSON.at, `this is no JSON, because of its backslashes: each stands for itself, but \" is a quote`)
	}
	p.space()
	if p.at(p.pos) != '{' {
		p.rest = p.pos
		if p.pos == len(p.src) {
			p.fail(p.pos, "it is empty; it must be an object of labels, each with a type and data")
		}
		p.fail(p.pos, "it must begin with { and hold labels, each with a type and data")
		return p
	}
	if first := skipSpace(p.src, p.pos+1); p.at(first) == '\'' || p.at(first) == 'u' {
		p.python = true
		p.note(first, "this is read as Python's notation")
	}
	p.members('}', p.label)
	if p.space(); p.pos < len(p.src) {
		p.fail(p.pos, "there is more text after the closing }")
	}
	return p
}

// label reads one label and what belongs to it.
func (p *reader) label() {
	at := p.pos
	d := Detail{Label: p.name()}
	p.confirm(at)
	if p.at(p.pos) == '{' {
		var had given
		p.members('}', func() { p.member(&d, &had) })
	} else if d.Data = p.value(); d.Data[0] == '[' || Empty(d.Data) {
		p.leaveOut(at, d.Label, "no type and data")
		return
	}
	switch {
	case d.Data == nil:
		p.leaveOut(at, d.Label, "no data")
		return
	case p.again(d.Label):
		p.note(at, "label "+short(d.Label)+" comes twice; both are shown")
	}
	p.list = append(p.list, d)
}

// again reports whether a label has come before.
func (p *reader) again(label string) bool {
	if len(p.list) < usual { // a map of so few costs more than to look at all of them
		return slices.ContainsFunc(p.list, func(d Detail) bool { return d.Label == label })
	}
	if p.seen == nil {
		p.seen = map[string]bool{}
		for _, d := range p.list {
			p.seen[d.Label] = true
		}
	}
	before := p.seen[label]
	p.seen[label] = true
	return before
}

func (p *reader) leaveOut(at int, label, lacks string) {
	p.leftOut = "label " + short(label) + " is left out: it has " + lacks
	p.note(at, p.leftOut)
}

// given are the members of a label's object that have come.
type given struct{ typ, data bool }

// member reads one member of a label's object.
func (p *reader) member(d *Detail, had *given) {
	at := p.pos
	name := p.name()
	key := strings.ToLower(name)
	if key != "type" && key != "data" {
		p.note(at, "label "+short(d.Label)+": its member "+short(name)+" is not shown")
		p.value()
		return
	}
	if key != name {
		p.note(at, "label "+short(d.Label)+": "+short(name)+" is read as "+key)
	}
	if key == "type" && had.typ || key == "data" && had.data {
		p.note(at, "label "+short(d.Label)+": its "+key+" comes twice; the last is taken")
	}
	switch {
	case key == "data":
		had.data = true
		d.Data = p.value()
	case p.quote(p.pos) != 0:
		had.typ = true
		d.Type = p.text(false)
	default: // a number, say: no type is called so, and its field will say it
		had.typ = true
		if d.Type = string(p.value()); d.Type == "null" {
			d.Type = ""
		}
	}
}

// confirm counts the labels before the one whose name has been read as surely
// read, and keeps the text from this name on. A reader that has taken data for
// the end of a string reads what stands between strings for a name, such as
// `}, ` or `: `. From there on nothing is sure.
//
// Python's notation has two kinds of quotes, and data may hold the other one.
func (p *reader) confirm(at int) {
	if p.failed == nil && !p.lost && !p.python {
		p.sure, p.rest = len(p.list), at
	}
}
