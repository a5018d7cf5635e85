package richtext

import (
	"strings"
	"unicode/utf8"
)

// Columns that are wider are not padded: a mail's table holds its whole text in
// one cell, and one cell of a megabyte must not make every row as wide.
const maxColumn = 40

// table collects the cells of an open table until it is known what it is.
type table struct {
	rows   [][]cell
	before []block // the blocks outside
	inCell bool
	head   bool // the open cell is a th
	gap    bool
}

type cell struct {
	blocks []block
	head   bool
}

func (w *walker) startTable() {
	if len(w.tables) >= maxTableDepth {
		return
	}
	w.tables = append(w.tables, &table{before: w.blocks, gap: w.gap})
	w.blocks, w.gap = nil, false
}

func (w *walker) table() *table {
	if len(w.tables) == 0 {
		return nil
	}
	return w.tables[len(w.tables)-1]
}

func (w *walker) startRow() {
	w.flush()
	if t := w.table(); t != nil {
		w.endCell()
		t.rows = append(t.rows, nil)
	}
}

func (w *walker) startCell(head bool) {
	w.flush()
	if t := w.table(); t != nil {
		w.endCell()
		t.inCell, t.head = true, head
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
	t.rows[last] = append(t.rows[last], cell{w.blocks, t.head})
	t.inCell, t.head = false, false
	w.blocks, w.gap = nil, false
}

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
	w.blocks, w.gap = t.before, t.gap
	if t.isData() {
		if grid := t.grid(w.ctx().quote); grid.pieces[0].text != "" {
			w.blocks = append(w.blocks, grid)
		}
		return
	}
	for _, row := range t.rows {
		w.blocks = append(w.blocks, lines(row)...)
	}
}

// isData tells a table of values from one that only arranges a page: two
// columns at least, and short plain text in every cell.
func (t *table) isData() bool {
	columns := 0
	for _, row := range t.rows {
		columns = max(columns, len(row))
		for _, c := range row {
			if len(c.blocks) > 1 {
				return false
			}
			for _, b := range c.blocks {
				if b.kind != paragraph {
					return false
				}
				for _, p := range b.pieces {
					if p.url != "" || strings.IndexByte(p.text, '\n') >= 0 {
						return false
					}
				}
			}
		}
	}
	return columns > 1
}

// grid writes the table with its columns aligned.
func (t *table) grid(quote bool) block {
	var widths []int
	for _, row := range t.rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			if n := width(c.text()); n <= maxColumn {
				widths[i] = max(widths[i], n)
			}
		}
	}
	var b strings.Builder
	for r, row := range t.rows {
		if len(row) == 0 {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		due := 0 // blanks, written only if something follows
		heads := true
		for i, c := range row {
			heads = heads && c.head
			text := c.text()
			if text != "" {
				b.WriteString(strings.Repeat(" ", due))
				b.WriteString(text)
				due = 0
			}
			due += max(widths[i]-width(text), 0) + 2
		}
		if heads && r+1 < len(t.rows) {
			b.WriteByte('\n')
			for i, n := range widths {
				if i > 0 {
					b.WriteString("  ")
				}
				b.WriteString(strings.Repeat("-", max(n, 1)))
			}
		}
	}
	return block{kind: preformatted, quote: quote, pieces: []piece{{text: strings.Trim(b.String(), "\n")}}}
}

func (c cell) text() string {
	var b strings.Builder
	for _, blk := range c.blocks {
		for _, p := range blk.pieces {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// lines is a row as blocks: on one line, as "a | b", if its cells are short texts.
func lines(row []cell) []block {
	var out []block
	joined := block{}
	for _, c := range row {
		for _, b := range c.blocks {
			if len(c.blocks) > 1 || b.kind != paragraph || len(b.pieces) > 8 {
				joined.pieces = nil
				out = out[:0]
				for _, c := range row {
					out = append(out, c.blocks...)
				}
				return out
			}
			if len(joined.pieces) > 0 {
				joined.pieces = append(joined.pieces, piece{text: " | "})
			} else {
				joined.quote, joined.gap = b.quote, b.gap
			}
			joined.pieces = append(joined.pieces, b.pieces...)
		}
	}
	if len(joined.pieces) == 0 {
		return nil
	}
	return []block{joined}
}

// width is the number of columns that text takes in a fixed-width font: East
// Asian letters and emoji take two.
func width(s string) int {
	n := 0
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			n++
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case r >= 0x0300 && r <= 0x036f || r >= 0xfe00 && r <= 0xfe0f || r == 0x200c || r == 0x200d:
		case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3,
			r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60,
			r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1faff, r >= 0x20000 && r <= 0x3fffd:
			n += 2
		default:
			n++
		}
	}
	return n
}
