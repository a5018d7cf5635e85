package richtext

import (
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// Columns that are wider are not padded: a mail's table holds its whole text in
// one cell, and one cell of a megabyte must not make every row as wide.
const maxColumn = 40

// maxSpan is how many columns or rows a cell may take, and how many columns know
// of a cell that reaches down into their row. It is what a table of Slack's has of
// columns, and keeps what is written linear in what was read.
const maxSpan = 20

// maxRow is what Slack takes of text in one table, here in bytes.
const maxRow = 10_000

// maxManyLines is how long the text of a cell may be, in bytes, that has several
// lines, and is still a value and no part of a page.
const maxManyLines = 300

// table collects the cells of an open table until it is known what it is.
type table struct {
	rows    [][]cell
	caption []block
	before  []block // the blocks outside
	cell    cell    // the open one
	inCell  bool
	gap     bool
	columns int
}

// startTable has what comes next collected apart from the blocks around the table,
// until endTable knows what it is.
func (w *walker) startTable() {
	if len(w.tables) >= maxTableDepth {
		return
	}
	w.tables = append(w.tables, &table{before: w.blocks, gap: w.gap})
	w.blocks, w.gap = nil, false
}

// table is the innermost open one, nil outside of tables.
func (w *walker) table() *table {
	if len(w.tables) == 0 {
		return nil
	}
	return w.tables[len(w.tables)-1]
}

// startRow ends an open cell: HTML leaves out </td> and </tr>.
func (w *walker) startRow() {
	w.flush()
	if t := w.table(); t != nil {
		w.endCell()
		t.rows = append(t.rows, nil)
	}
}

// startCell takes c for what the attributes say of the cell.
func (w *walker) startCell(c cell) {
	w.flush()
	if t := w.table(); t != nil {
		w.endCell()
		t.inCell, t.cell = true, c
	}
}

// endCell puts what has come since the cell began into the open row. Text between
// cells, which browsers move out of the table, becomes a cell of its own.
func (w *walker) endCell() {
	w.flush()
	t := w.table()
	if t == nil || !t.inCell && len(w.blocks) == 0 {
		return
	}
	if len(t.rows) == 0 {
		t.rows = append(t.rows, nil)
	}
	last := len(t.rows) - 1
	t.cell.blocks = w.blocks
	t.rows[last] = append(t.rows[last], t.cell)
	t.inCell, t.cell = false, cell{}
	w.blocks, w.gap = nil, false
}

// endCaption takes what has come for the table's caption, a line above it.
func (w *walker) endCaption() {
	if t := w.table(); t != nil && !t.inCell {
		t.caption = append(t.caption, w.blocks...)
		w.blocks, w.gap = nil, false
	}
}

// endTable puts the table back among the blocks around it: values as a grid or as
// rows, a page as its texts one after the other.
func (w *walker) endTable() {
	w.flush()
	t := w.table()
	if t == nil {
		return
	}
	// A table too deep to be one is not on the list of tables.
	open := 0
	for i := range w.open {
		if w.open[i].kind == tagTable {
			open++
		}
	}
	if open >= len(w.tables) {
		return
	}
	w.endCell()
	w.tables = w.tables[:len(w.tables)-1]
	quote := w.ctx().quote
	w.blocks, w.gap = append(t.before, t.caption...), t.gap
	if !t.isData() {
		for _, row := range t.rows {
			w.blocks = append(w.blocks, pageRow(row)...)
		}
		return
	}
	t.layOut()
	if text, ok := t.grid(); ok {
		w.blocks = append(w.blocks, block{kind: preformatted, quote: quote, pieces: []piece{{text: text}}, within: t.within()})
	} else {
		w.blocks = append(w.blocks, t.lines(quote)...)
	}
	if len(w.tables) == 0 && len(t.before)+len(t.caption) == 0 {
		w.first, w.firstBlocks = t, len(w.blocks)
	}
}

// isData tells a table of values from one that only arranges a page: two columns
// at least in one row, and in every cell one text, or some short ones, as a list has
// them, beside another cell. A short table may be in a cell where two rows have
// columns.
func (t *table) isData() bool {
	wide, nested := 0, false // rows of more than one cell with text; a table in one
	for _, row := range t.rows {
		filled, several := 0, false
		for i := range row {
			c := &row[i]
			lines := len(c.blocks)
			several = several || lines > 1
			for _, b := range c.blocks {
				if b.kind == preformatted && b.within == "" && (len(b.pieces) != 1 || strings.Contains(b.pieces[0].text, "\n")) {
					return false
				}
				nested = nested || b.within != ""
				for _, p := range b.pieces {
					if b.within == "" {
						lines += strings.Count(p.text, "\n")
					}
					c.linked = c.linked || p.url != ""
				}
			}
			c.text = strings.TrimSpace(textOf(c.pieces()))
			if lines > 1 && len(c.text) > maxManyLines {
				return false
			}
			if c.text != "" {
				filled++
			}
		}
		if several && filled == 1 {
			return false
		}
		if filled > 1 {
			wide++
		}
	}
	return wide > 1 || wide == 1 && !nested
}

// layOut gives each cell its column, and how many of them it takes, and counts
// them. A column in which no text begins, as mails have them for a
// margin, is none.
func (t *table) layOut() {
	var below [maxSpan]int // how many rows a cell above still takes, by column
	var places []int       // whether a text begins in the column, then the number of those before it
	for _, row := range t.rows {
		column := 0
		for i := range row {
			c := &row[i]
			for column < maxSpan && below[column] > 0 {
				column++
			}
			c.column, c.columns = column, min(max(c.columns, 1), maxSpan)
			column += c.columns
			for k := c.column; c.rows > 1 && k < min(column, maxSpan); k++ {
				below[k] = c.rows
			}
			for len(places) < column {
				places = append(places, 0)
			}
			if c.text != "" {
				places[c.column] = 1
			}
		}
		for k := range below {
			below[k] = max(below[k]-1, 0)
		}
	}
	for i, one := range places {
		places[i] = t.columns
		t.columns += one
	}
	places = append(places, t.columns)
	for _, row := range t.rows {
		for i := range row {
			c := &row[i]
			end := places[c.column+c.columns]
			c.column = places[c.column]
			c.columns = end - c.column
		}
	}
}

// grid writes the table with its columns aligned. It does not where a cell has a
// link, which preformatted text cannot hold, or where most of what is written
// would be blanks.
func (t *table) grid() (text string, ok bool) {
	starts, size, ok := t.starts()
	if !ok {
		return "", false
	}
	var b strings.Builder
	for r, row := range t.rows {
		if len(row) == 0 {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		at, heads := 0, true
		for _, c := range row {
			heads = heads && c.head
			if c.text == "" {
				continue
			}
			blanks := starts[c.column] - at
			if at > 0 {
				blanks = max(blanks, 2)
			}
			b.WriteString(strings.Repeat(" ", blanks))
			b.WriteString(c.text)
			at += blanks + displaywidth.String(c.text)
		}
		if b.Len() > 8*size+4_000 {
			return "", false
		}
		if heads && r+1 < len(t.rows) {
			b.WriteByte('\n')
			for i := range t.columns {
				if i > 0 {
					b.WriteString("  ")
				}
				b.WriteString(strings.Repeat("-", max(starts[i+1]-starts[i]-2, 1)))
			}
		}
	}
	return strings.Trim(b.String(), "\n"), true
}

// within is a short table as one line, for the cell that it may be in: "a, b; c, d".
func (t *table) within() string {
	var b strings.Builder
	for _, row := range t.rows {
		sign := "; "
		for _, c := range row {
			if c.text == "" {
				continue
			}
			if b.Len() > 0 {
				b.WriteString(sign)
			}
			b.WriteString(c.text)
			if sign = ", "; b.Len() > maxManyLines {
				return ""
			}
		}
	}
	return b.String()
}

// starts are where the columns begin in a line, and at the end where one more
// would; size is that of all texts. It is not ok if one has a link.
func (t *table) starts() (starts []int, size int, ok bool) {
	starts = make([]int, t.columns+1)
	var wide []cell
	for _, row := range t.rows {
		for _, c := range row {
			size += len(c.text) + 2
			switch n := displaywidth.String(c.text); {
			case c.linked:
				return nil, 0, false
			case n > maxColumn || n == 0:
			case c.columns > 1:
				wide = append(wide, c)
			default:
				starts[c.column+1] = max(starts[c.column+1], n)
			}
		}
	}
	for _, c := range wide { // the last of its columns has what it is wider
		have := -2
		for _, n := range starts[c.column+1 : c.column+c.columns+1] {
			have += n + 2
		}
		starts[c.column+c.columns] += max(displaywidth.String(c.text)-have, 0)
	}
	for i := range t.columns {
		starts[i+1] += starts[i] + 2
	}
	return starts, size, true
}

// empty stands in the place of an empty cell.
const empty = "-"

// between returns what stands between the cells of a row: a bar that stands in none
// of them.
func (t *table) between() string {
	for _, bar := range []string{" | ", " \u00a6 "} {
		in := func(c cell) bool { return strings.Contains(" "+c.text+" ", bar) }
		if !slices.ContainsFunc(t.rows, func(row []cell) bool { return slices.ContainsFunc(row, in) }) {
			return bar
		}
	}
	return " \u2016 "
}

// lines writes the rows as "a | b", with a dash where a cell is empty or belongs to
// one before it or above.
func (t *table) lines(quote bool) (out []block) {
	between := t.between()
	for _, row := range t.rows {
		line := block{quote: quote, row: between}
		next := 0
		for _, c := range row {
			if c.text == "" {
				continue
			}
			for ; next < c.column; next++ {
				line.pieces = append(line.pieces, piece{text: empty + between})
			}
			line.pieces = append(append(line.pieces, c.pieces()...), piece{text: between})
			next++
		}
		if n := len(line.pieces); n > 0 {
			line.pieces = line.pieces[:n-1]
			out = append(out, line)
		}
	}
	return out
}
