package bundle

import (
	"strings"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/engine/wire"
)

// Program is a script with its imports in one piece, and the way back.
type Program struct {
	Code     string            `json:"code"`     // a function expression that takes the receiver of the default export
	Mappings string            `json:"mappings"` // of the source map, for Code
	Sources  []string          `json:"sources"`  // the files that Mappings numbers
	Texts    map[string]string `json:"texts"`    // all files that it is made of
}

// Size is what it holds of the service's memory, in bytes.
func (b *Program) Size() int {
	n := len(b.Code) + len(b.Mappings)
	for _, text := range b.Texts {
		n += len(text)
	}
	return n
}

// position is a place in a file as it was written: line and column from 1, the
// column in code points.
type position struct {
	File         string
	Line, Column int
}

// Locate leads a frame of the bundle back to the file that was written.
func (b *Program) Locate(f wire.Position) (position, bool) {
	line := f.Line - strings.Count(bundleHead, "\n")
	if line < 1 {
		return position{}, false
	}
	column := utf16Column(LineOf(b.Code, f.Line), f.Column)
	source, srcLine, srcColumn, ok := original(b.Mappings, line, column)
	if !ok || source < 0 || source >= len(b.Sources) {
		return position{}, false
	}
	name := b.Sources[source]
	text, ok := b.Texts[name]
	if !ok {
		return position{}, false
	}
	return position{File: name, Line: srcLine, Column: runeColumn(LineOf(text, srcLine), srcColumn)}, true
}

// LineOf returns a line without its end; JavaScript ends lines with more than
// a newline.
func LineOf(text string, line int) string {
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
