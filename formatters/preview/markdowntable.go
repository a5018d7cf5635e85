package preview

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	md "github.com/yuin/goldmark/parser"
	mdtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// tables finds GitHub's tables in paragraphs. Those of goldmark come with patterns for
// web addresses: to compile them is a quarter of what all packages of the program do
// before main, and a render worker is the program once more.
// https://github.github.com/gfm/#tables-extension-
type tables struct{}

func (tables) Transform(p *ast.Paragraph, r mdtext.Reader, _ md.Context) {
	lines, source := p.Lines(), r.Source()
	if tooManyCells(lines, source) {
		return
	}
	at, columns := tableHead(lines, source)
	if columns == 0 {
		return
	}
	head := tableRow(lines.At(at), source, -1)
	if head.ChildCount() > columns {
		return
	}
	fill(head, columns)
	table := east.NewTable()
	table.AppendChild(table, head)
	for i := at + 2; i < lines.Len(); i++ {
		row := tableRow(lines.At(i), source, columns)
		fill(row, columns)
		table.AppendChild(table, row)
	}
	around := p.Parent()
	around.InsertAfter(around, p, table)
	if at == 0 {
		around.RemoveChild(around, p)
		return
	}
	lines.SetSliced(0, at)
	above := lines.At(at - 1)
	above.Stop-- // the paragraph now ends without a line break
	lines.Set(at-1, above)
}

// tableHead finds the head of a table, the line above one like |---|:-:|, and how many
// columns that makes; 0 where there is none.
func tableHead(lines *mdtext.Segments, source []byte) (at, columns int) {
	for ; at+1 < lines.Len(); at++ {
		under := lines.At(at + 1)
		if columns = tableColumns(under.Value(source)); columns > 0 {
			return at, columns
		}
	}
	return 0, 0
}

// fill gives a row the cells that its line leaves out.
func fill(row *east.TableRow, columns int) {
	for row.ChildCount() < columns {
		row.AppendChild(row, east.NewTableCell())
	}
}

// tooManyCells leaves a table to be text that has far more cells than characters:
// every row is filled up to the width of the head, so that 12,000 characters
// could make millions.
func tooManyCells(lines *mdtext.Segments, source []byte) bool {
	size, widest := 0, 0
	for _, l := range lines.Sliced(0, lines.Len()) {
		size += l.Len()
		widest = max(widest, 1+bytes.Count(l.Value(source), []byte("|")))
	}
	return widest*lines.Len() > 10*size
}

// tableColumns is how many columns a line like |---|:-:| makes; 0 for every other.
func tableColumns(line []byte) int {
	if indent, _ := util.IndentWidth(line, 0); indent > 3 || len(bytes.Trim(line, "-")) == 0 {
		return 0
	}
	cells := bytes.Split(line, []byte("|"))
	if util.IsBlank(cells[0]) {
		cells = cells[1:]
	}
	if n := len(cells); n > 0 && util.IsBlank(cells[n-1]) {
		cells = cells[:n-1]
	}
	for _, cell := range cells {
		cell = bytes.TrimPrefix(bytes.Trim(cell, " \t\r\n\f"), []byte(":"))
		cell = bytes.TrimSuffix(cell, []byte(":"))
		if len(cell) == 0 || len(bytes.Trim(cell, "-")) > 0 {
			return 0
		}
	}
	return len(cells)
}

// tableRow makes a row of so many columns; -1 is as many as the line has.
func tableRow(line mdtext.Segment, source []byte, columns int) *east.TableRow {
	line = line.TrimLeftSpace(source)
	line = line.TrimRightSpace(source)
	text := line.Value(source)
	at, end := 0, len(text)
	if bytes.HasPrefix(text, []byte("|")) {
		at++
	}
	if bytes.HasSuffix(text, []byte("|")) {
		end--
	}
	row := east.NewTableRow(nil)
	for at < end && row.ChildCount() != columns {
		stop := at
		for stop < end && (text[stop] != '|' || stop > 0 && text[stop-1] == '\\') {
			stop++
		}
		content := mdtext.NewSegment(line.Start+at, line.Start+stop)
		content = content.TrimLeftSpace(source)
		cell := east.NewTableCell()
		cell.Lines().Append(content.TrimRightSpace(source))
		row.AppendChild(row, cell)
		at = stop + 1
	}
	return row
}
