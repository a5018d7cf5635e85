package engine

import (
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// position is a place in a file as it was written: line and column from 1, the
// column in code points.
type position struct {
	file         string
	line, column int
}

// locate leads a frame of the bundle back to the file that was written.
func (b *bundle) locate(f wireFrame) (position, bool) {
	line := f.Line - strings.Count(bundleHead, "\n")
	if line < 1 {
		return position{}, false
	}
	column := utf16Column(lineOf(b.Code, f.Line), f.Column)
	source, srcLine, srcColumn, ok := original(b.Mappings, line, column)
	if !ok || source < 0 || source >= len(b.Sources) {
		return position{}, false
	}
	name := b.Sources[source]
	text, ok := b.Texts[name]
	if !ok {
		return position{}, false
	}
	return position{file: name, line: srcLine, column: runeColumn(lineOf(text, srcLine), srcColumn)}, true
}

// scriptError completes what a worker says about a script.
func (s *Script) scriptError(w *wireError) *ScriptError {
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
			line := lineOf(s.bundle.Texts[w.File], f.Line)
			e.Line, e.Column = f.Line, utf8.RuneCountInString(line[:min(max(f.Column-1, 0), len(line))])+1
			e.Excerpt = excerpt(line, e.Line, e.Column)
		}
		return e
	}
	for _, f := range w.Frames {
		pos, ok := s.bundle.locate(f)
		if !ok {
			continue
		}
		name := path.Join(dir, pos.file)
		if e.Line == 0 {
			e.File, e.Line, e.Column = name, pos.line, pos.column
			e.Excerpt = excerpt(lineOf(s.bundle.Texts[pos.file], pos.line), pos.line, pos.column)
		}
		if w.Kind == KindSyntax { // nothing was running
			break
		}
		where := fmt.Sprintf("%s:%d:%d", name, pos.line, pos.column)
		if f.Func != "" {
			where = f.Func + " (" + where + ")"
		}
		e.Frames = append(e.Frames, where)
	}
	return e
}

// lineOf returns a line without its end; JavaScript ends lines with more than
// a newline.
func lineOf(text string, line int) string {
	for range line - 1 {
		i := strings.IndexAny(text, "\n\r\u2028\u2029")
		if i < 0 {
			return ""
		}
		if strings.HasPrefix(text[i:], "\r\n") {
			i++
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		text = text[i+size:]
	}
	if i := strings.IndexAny(text, "\n\r\u2028\u2029"); i >= 0 {
		text = text[:i]
	}
	return text
}

// utf16Column turns a column in bytes from 1 into one in UTF-16 units from 0.
func utf16Column(line string, column int) int {
	n := 0
	for i, r := range line {
		if i >= column-1 {
			break
		}
		n += utf16Len(r)
	}
	return n
}

// runeColumn turns a column in UTF-16 units from 0 into one in code points
// from 1.
func runeColumn(line string, column int) int {
	n := 1
	for _, r := range line {
		if column <= 0 {
			break
		}
		column -= utf16Len(r)
		n++
	}
	return n
}

func utf16Len(r rune) int {
	if r >= 0x10000 {
		return 2
	}
	return 1
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
