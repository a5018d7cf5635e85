package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// The rules of ini text are those of Python's RawConfigParser, which the
// original uses. The usual ini decoders for Go cannot stand in for it: measured
// with the one that viper has, a value in backticks or in three quotes
// loses what follows them, %(host)s is replaced, comments between continuation
// lines become part of the value, a key that occurs twice silently wins, and
// no line number is left for a message to a person. A password may contain all
// of these.
//
//   - A line whose first visible character is # or ; is a comment. There are no
//     others: # and ; inside a value belong to it.
//   - [section], then key = value or key: value, split at the first = or :.
//   - Keys do not depend on upper and lower case; sections do.
//   - A line that is indented more than its key continues the value. The lines
//     are joined by line breaks, each without white space at its ends.
//   - Values lose the white space at their ends and nothing else: no quotes,
//     backslashes or percent signs are special.
//   - A section or a key that occurs twice is an error.
//   - [DEFAULT] holds values for every section that does not have them.

// maxFile bounds a settings file in bytes.
const maxFile = 1 << 20

// entry is one key of the file.
type entry struct {
	section, key, value string
	line                int // counted from 1
}

// header is one section of the file.
type header struct {
	name string
	line int
}

// document is a file as it was read. Entries and sections are in file order.
type document struct {
	sections []header
	entries  []entry
}

func (d *document) find(section, key string) (entry, bool) {
	if e, ok := d.own(section, key); ok {
		return e, true
	}
	return d.own("DEFAULT", key)
}

// own does not look into [DEFAULT].
func (d *document) own(section, key string) (own entry, ok bool) {
	i := slices.IndexFunc(d.entries, func(e entry) bool { return e.section == section && e.key == key })
	if i < 0 {
		return own, false
	}
	return d.entries[i], true
}

var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// parse reads the text of a file. It goes on after a problem, so that all of
// them are found.
func parse(file string, text []byte) (*document, []*Problem) {
	p := &parser{file: file, doc: &document{}}
	for i, line := range strings.Split(lineBreaks.Replace(strings.TrimPrefix(string(text), "\uFEFF")), "\n") {
		p.line = i + 1
		if !utf8.ValidString(line) {
			p.problem("", "the line is not UTF-8 text", "save the file as UTF-8")
			line = strings.ToValidUTF8(line, "\uFFFD")
		}
		p.read(line)
	}
	for i := range p.doc.entries {
		p.doc.entries[i].value = strings.TrimRight(p.doc.entries[i].value, "\n")
	}
	return p.doc, p.problems
}

type parser struct {
	file     string
	line     int
	doc      *document
	problems []*Problem

	section string
	inKey   bool   // whether an indented line continues the last key
	indent  int    // of the last key
	value   *entry // the last key; nil when it is not kept because it occurs twice
}

// problem never gets the text of a line: it may be half of a secret.
func (p *parser) problem(key, what, remedy string) {
	p.problems = append(p.problems, &Problem{Key: key, File: p.file, Line: p.line, What: what, Remedy: remedy})
}

func (p *parser) read(line string) {
	text := strings.TrimSpace(line)
	depth := len(line) - len(strings.TrimLeft(line, " \t\f\v"))
	switch {
	case text == "":
		p.add("") // goes again when the value does not go on
	case text[0] == '#' || text[0] == ';':
	case p.inKey && depth > p.indent:
		p.add(text)
	case text[0] == '[':
		p.inKey = false
		p.header(text)
	default:
		p.inKey = false
		p.key(text, depth)
	}
}

// add continues the value of the last key by a line.
func (p *parser) add(text string) {
	if p.inKey && p.value != nil {
		p.value.value += "\n" + text
	}
}

func (p *parser) header(text string) {
	// What follows the bracket is not looked at.
	name, _, closed := strings.Cut(text[1:], "]")
	if !closed || name == "" {
		p.problem("", "the line begins with [ and is not a section", "write [name]")
		return
	}
	p.section = name
	if i := slices.IndexFunc(p.doc.sections, func(h header) bool { return h.name == name }); i >= 0 {
		p.problem("", fmt.Sprintf("section [%s] occurs twice, first in line %d", name, p.doc.sections[i].line), "move its keys into the first one")
		return
	}
	p.doc.sections = append(p.doc.sections, header{name, p.line})
}

func (p *parser) key(text string, depth int) {
	at := strings.IndexAny(text, "=:")
	name := strings.ToLower(strings.TrimSpace(text[:max(at, 0)]))
	switch {
	case name == "":
		p.problem(p.section, "the line is neither a comment nor key=value", "write key=value, begin a comment with #, or indent the line to continue a value")
		return
	case p.section == "":
		p.problem(name, "the key stands before the first section", "put it below [resilient] or [fn_slack]")
		return
	}
	p.inKey, p.indent, p.value = true, depth, nil
	if first, twice := p.doc.own(p.section, name); twice {
		p.problem(p.section+"."+name, fmt.Sprintf("the key occurs twice, first in line %d", first.line), "delete one of the two")
		return
	}
	p.doc.entries = append(p.doc.entries, entry{p.section, name, strings.TrimSpace(text[at+1:]), p.line})
	p.value = &p.doc.entries[len(p.doc.entries)-1] // good until the next key
}

// shorten quotes text of the file for a message.
func shorten(text string) string {
	const limit = 40
	if runes := []rune(text); len(runes) > limit {
		text = string(runes[:limit]) + "…"
	}
	return fmt.Sprintf("%q", text)
}
