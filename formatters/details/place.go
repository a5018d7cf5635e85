package details

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A note is what a person should know of a place; more counts the places after
// the first of which the same is to be said.
type note struct {
	text     string
	at, more int
}

// maxNotes bounds the notes: a status message is no place for thousands.
const maxNotes = 20

func (p *reader) note(at int, text string) {
	if p.failed != nil {
		return
	}
	for i := range p.notes {
		if p.notes[i].text == text {
			p.notes[i].more++
			return
		}
	}
	if len(p.notes) <= maxNotes {
		p.notes = append(p.notes, note{text: text, at: at})
	}
}

// told are the notes as sentences.
func (p *reader) told() []string {
	var list []string
	for i, n := range p.notes {
		if i == maxNotes {
			list = append(list, "more of "+p.input+" was repaired, which is not listed")
			break
		}
		e := p.error(n.at, "", "")
		more := ""
		if n.more > 0 {
			more = fmt.Sprintf(" (and %d more)", n.more)
		}
		_, near := p.around(n.at, 30)
		list = append(list, fmt.Sprintf("%s, line %d, column %d: %s%s: %s", p.input, e.Line, e.Column, n.text, more, near))
	}
	return list
}

// A failure is what ends the reading.
type failure struct {
	at     int
	reason string
}

// fail keeps the first failure.
func (p *reader) fail(at int, reason string) {
	if p.failed == nil {
		p.failed = &failure{at, reason}
	}
}

// error is the error for the byte offset at.
func (p *reader) error(at int, reason, rest string) *Error {
	start := strings.LastIndexByte(p.src[:at], '\n') + 1
	before, after := p.around(at, 40)
	return &Error{
		Input:   p.input,
		Line:    1 + strings.Count(p.src[:start], "\n"),
		Column:  1 + utf8.RuneCountInString(p.src[start:at]),
		Excerpt: before + after + "\n" + strings.Repeat(" ", utf8.RuneCountInString(before)) + "^",
		Reason:  reason,
		Rest:    strings.TrimSpace(rest),
	}
}

// around is what stands before and after the byte offset at in its line, in at
// most n characters each. Every character is one column wide, so that a caret
// fits below.
func (p *reader) around(at, n int) (before, after string) {
	text := p.src[strings.LastIndexByte(p.src[:at], '\n')+1 : at]
	lead := []rune(strings.ToValidUTF8(text[max(0, len(text)-4*n-4):], ""))
	if len(lead) > n {
		before, lead = "...", lead[len(lead)-n+3:]
	}
	line, _, _ := strings.Cut(p.src[at:], "\n")
	rest := []rune(line[:min(len(line), 4*n+4)])
	if len(rest) > n {
		rest, after = rest[:n-3], "..."
	}
	return before + visible(lead), visible(rest) + after
}

func visible(text []rune) string {
	for i, r := range text {
		if !unicode.IsPrint(r) {
			text[i] = ' '
		}
	}
	return string(text)
}

// short is a text in quotes, for a note.
func short(s string) string {
	if runes := []rune(s); len(runes) > 60 {
		s = string(runes[:59]) + "…"
	}
	return strconv.Quote(s)
}
