package engine

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/engine/bundle"
	"github.com/fn-slack/fn-slack/engine/wire"
)

// scriptError completes what a worker says about a script.
func (s *Script) scriptError(w *wire.Error) *ScriptError {
	dir := path.Dir(s.File)
	e := &ScriptError{
		Kind:    w.Kind,
		Script:  s.Name,
		File:    s.File,
		Message: w.Message,
		Hint:    w.Hint,
		Limit:   w.Limit,
	}
	if w.File != "" { // the position is already that of the file
		e.File = path.Join(dir, w.File)
		if len(w.Frames) > 0 {
			f := w.Frames[0]
			line := bundle.LineOf(s.bundle.Texts[w.File], f.Line)
			e.Line, e.Column = f.Line, utf8.RuneCountInString(line[:min(max(f.Column-1, 0), len(line))])+1
			e.Excerpt = excerpt(line, e.Line, e.Column)
		}
		return e
	}
	for _, f := range w.Frames {
		pos, ok := s.bundle.Locate(f)
		if !ok {
			continue
		}
		name := path.Join(dir, pos.File)
		if e.Line == 0 {
			e.File, e.Line, e.Column = name, pos.Line, pos.Column
			e.Excerpt = excerpt(bundle.LineOf(s.bundle.Texts[pos.File], pos.Line), pos.Line, pos.Column)
		}
		if w.Kind == wire.KindSyntax { // nothing was running
			break
		}
		where := fmt.Sprintf("%s:%d:%d", name, pos.Line, pos.Column)
		if f.Func != "" {
			where = f.Func + " (" + where + ")"
		}
		e.Frames = append(e.Frames, where)
	}
	if e.Line == 0 { // the caller's own check: what it complains of stands in the script
		if at := s.Mention(quotedName(e.Message)); at != nil {
			e.File, e.Line, e.Column, e.Excerpt = at.File, at.Line, at.Column, at.Excerpt
		}
	}
	if w.Kind == wire.KindThrow && e.Hint == "" {
		e.Hint = s.warning(e.File, e.Line)
	}
	return e
}

// excerptWidth is how much of a long line is shown.
const excerptWidth = 120

// excerpt draws a caret below a column. Tabs are kept, so that it stands right
// however wide they are shown.
func excerpt(line string, number, column int) string {
	runes := []rune(line)
	column = min(max(column, 1), len(runes)+1)
	first, last := 0, len(runes)
	before, after := "", ""
	if len(runes) > excerptWidth {
		first = max(0, min(column-1-excerptWidth/2, len(runes)-excerptWidth))
		last = first + excerptWidth
		if first > 0 {
			before = "…"
		}
		if last < len(runes) {
			after = "…"
		}
	}
	label := fmt.Sprintf("%5d | ", number)
	var b strings.Builder
	b.WriteString(label + before)
	for _, r := range runes[first:last] {
		if unicode.IsControl(r) && r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	b.WriteString(after + "\n")
	b.WriteString(strings.Repeat(" ", len(label)-2) + "| ")
	if before != "" {
		b.WriteByte(' ')
	}
	for _, r := range runes[first : column-1] {
		b.WriteString(blank(r))
	}
	b.WriteByte('^')
	return b.String()
}

// blank is as wide in a terminal as a rune.
func blank(r rune) string {
	switch {
	case r == '\t':
		return "\t"
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return ""
	case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) || r >= 0x1F300 && r <= 0x1FAFF || r >= 0xFF01 && r <= 0xFF60:
		return "  "
	}
	return " "
}
