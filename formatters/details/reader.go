package details

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxNesting bounds lists and objects inside each other; a workflow needs two.
const maxNesting = 200

// reader reads one text from its beginning to its end. After a failure it reads
// nothing more.
type reader struct {
	input  string // its name
	src    string
	pos    int
	open   []byte // the brackets that must close what is open, the innermost last
	python bool   // the notation is Python's, whose strings stand in either kind of quotes
	pasted bool   // backslashes stand for themselves

	data   bytes.Buffer  // the value that is read, as strict JSON
	quoted *json.Encoder // to data

	list []Detail
	seen map[string]bool // labels, once there are many
	sure int             // how many of the list are surely read
	rest int             // where the text that is not surely read begins
	lost bool            // what stands between strings was read for a name

	leftOut string // the last label without data, and why
	notes   []note
	failed  *failure
}

// at returns the byte at i, 0 at the end. A 0 in the text is white space.
func (p *reader) at(i int) byte {
	if i < len(p.src) {
		return p.src[i]
	}
	return 0
}

// space moves past white space.
func (p *reader) space() {
	for c := p.at(p.pos); c == ' ' || c == '\n'; c = p.at(p.pos) {
		p.pos++
	}
	if c := p.at(p.pos); c > ' ' && c < 0x7f && c != '\\' {
		return // as in nearly every text; what follows is for the others
	}
	end := skipSpace(p.src, p.pos)
	if strings.Trim(p.src[p.pos:end], " \t\r\n\ufeff") != "" {
		p.note(p.pos, "this is no white space of JSON's; it is skipped")
	}
	p.pos = end
}

// skipSpace returns the offset of what follows white space at i. In a script
// that means to write a line break a literal backslash-n may be left.
func skipSpace(s string, i int) int {
	for i < len(s) {
		switch c := s[i]; {
		case c <= ' ' || c == 0x7f:
			i++
		case c == '\\' && i+1 < len(s) && strings.IndexByte("nrt", s[i+1]) >= 0:
			i += 2
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			if !unicode.IsSpace(r) && !unicode.Is(unicode.Cf, r) {
				return i
			}
			i += size
		}
	}
	return i
}

// members reads an object or a list, whose opening bracket is at the position.
// each is called where a member begins.
func (p *reader) members(end byte, each func()) {
	if len(p.open) == maxNesting {
		p.fail(p.pos, "lists and objects are nested too deeply")
		return
	}
	p.open = append(p.open, end)
	p.pos++
	for first := true; p.failed == nil; first = false {
		afterText := p.quote(p.pos-1) != 0
		p.space()
		switch c := p.at(p.pos); {
		case first || c == end || p.pos == len(p.src):
		case c == ',':
			p.pos++
			p.space()
		case afterText:
			p.fail(p.pos, "a comma or "+string(end)+" should stand here, or a backslash before the last quote")
		default:
			p.fail(p.pos, "a comma or "+string(end)+" should stand here")
		}
		switch {
		case p.failed != nil:
		case p.pos == len(p.src):
			p.fail(p.pos, "the text ends before the closing "+string(end))
		case p.src[p.pos] == end:
			p.open = p.open[:len(p.open)-1]
			p.pos++
			return
		default:
			each()
		}
	}
}

// name reads a member's name and the colon.
func (p *reader) name() string {
	if p.quote(p.pos) == 0 {
		p.fail(p.pos, "a name in double quotes should stand here")
		return ""
	}
	name := p.text(true)
	p.space()
	if p.at(p.pos) != ':' {
		p.fail(p.pos, "a colon should stand here") // unless the name has failed
		return ""
	}
	p.pos++
	p.space()
	if start := skipSpace(name, 0); start < len(name) && strings.IndexByte(",:]}", name[start]) >= 0 {
		p.lost = true
	}
	return name
}

// value reads the value of a member and returns it as strict JSON.
func (p *reader) value() json.RawMessage {
	p.data.Reset()
	p.memberValue()
	if p.failed != nil {
		return json.RawMessage("null")
	}
	return bytes.Clone(p.data.Bytes())
}

// memberValue reads the value of a member, which scripts leave out where they
// have none.
func (p *reader) memberValue() {
	if c := p.at(p.pos); p.failed == nil && (c == ',' || c == '}') {
		p.note(p.pos, "a value is missing; it is read as null")
		p.data.WriteString("null")
		return
	}
	p.anyValue()
}

// anyValue appends the value at the position to data.
func (p *reader) anyValue() {
	if p.failed != nil {
		return
	}
	if p.quote(p.pos) != 0 {
		p.writeText(p.text(false))
		return
	}
	comma := ""
	switch p.at(p.pos) {
	case '{':
		p.data.WriteByte('{')
		p.members('}', func() {
			p.data.WriteString(comma)
			p.writeText(p.name())
			p.data.WriteByte(':')
			p.memberValue()
			comma = ","
		})
		p.data.WriteByte('}')
	case '[':
		p.data.WriteByte('[')
		p.members(']', func() {
			p.data.WriteString(comma)
			p.anyValue()
			comma = ","
		})
		p.data.WriteByte(']')
	default:
		p.word()
	}
}

// writeText appends a string, of which most need no escapes.
func (p *reader) writeText(s string) {
	i := 0
	for i < len(s) && s[i] >= ' ' && s[i] < 0x7f && s[i] != '"' && s[i] != '\\' {
		i++
	}
	if i == len(s) {
		p.data.WriteByte('"')
		p.data.WriteString(s)
		p.data.WriteByte('"')
		return
	}
	_ = p.quoted.Encode(s) // a buffer and a string do not fail
	p.data.Truncate(p.data.Len() - 1)
}

// words are values without quotes, of JSON and of scripts, and what is read.
var words = []struct{ word, json string }{
	{"null", "null"}, {"true", "true"}, {"false", "false"},
	{"None", "null"}, {"undefined", "null"}, {"True", "true"}, {"False", "false"},
	{"NaN", `"NaN"`}, {"nan", `"nan"`}, {"Infinity", `"Infinity"`}, {"inf", `"inf"`},
}

// word reads a number or a word.
func (p *reader) word() {
	start := p.pos
	for c := p.at(p.pos); isLetter(c) || strings.IndexByte("+-.0123456789", c) >= 0; c = p.at(p.pos) {
		p.pos++
	}
	word := p.src[start:p.pos]
	for _, w := range words {
		if w.word == word {
			if w.json != word {
				p.note(start, word+" is read as "+w.json)
			}
			p.data.WriteString(w.json)
			return
		}
	}
	if p.python {
		word = strings.TrimSuffix(word, "L") // how Python 2 writes a long number
	}
	switch {
	case word == "" || strings.IndexByte("+-.0123456789", word[0]) < 0:
		p.fail(start, "a value should stand here: text needs double quotes")
	case json.Valid([]byte(word)):
		p.data.WriteString(word)
	default:
		p.note(start, "JSON knows no such number; it is read as text")
		p.writeText(word)
	}
}
