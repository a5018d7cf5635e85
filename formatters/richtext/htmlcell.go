package richtext

import (
	"slices"
	"strings"
)

type cell struct {
	blocks        []block
	head          bool
	columns, rows int // that it takes; 0 is 1
	column        int // where it begins
	text          string
	linked        bool
}

// pieces are those of the cell, as one line: a line break in a cell is no row.
func (c *cell) pieces() (line []piece) {
	if len(c.blocks) == 1 {
		line = make([]piece, 0, len(c.blocks[0].pieces))
	}
	for i, b := range c.blocks {
		if i > 0 && b.row != "" {
			line = append(line, piece{text: "; "})
		} else if i > 0 {
			line = append(line, piece{text: " "})
		}
		if b.kind == item && !b.more {
			if b.countdown != nil {
				b.number += *b.countdown
			}
			line = append(line, piece{text: b.marker.text(b.number) + " "})
		}
		if b.within != "" {
			line = append(line, piece{text: b.within})
			continue
		}
		for _, p := range b.pieces {
			p.text = strings.ReplaceAll(p.text, "\n", " ")
			if b.row != "" && (p.text == b.row || p.text == empty+b.row) { // which the cells around have
				p.text = strings.TrimSuffix(p.text, b.row) + ", "
			}
			line = append(line, p)
		}
	}
	return line
}

// pageRow is a row of a table that arranges a page: its texts on one line, as
// "a | b", if each is one.
func pageRow(row []cell) []block {
	var all []block
	single := true
	for _, c := range row {
		all = append(all, c.blocks...)
		for _, b := range c.blocks {
			single = single && len(c.blocks) == 1 && b.kind == paragraph && len(b.pieces) <= 8
		}
	}
	if !single || len(all) == 0 {
		return all
	}
	line := all[0]
	line.pieces = slices.Clone(line.pieces)
	for _, b := range all[1:] {
		line.pieces = append(append(line.pieces, piece{text: " | "}), b.pieces...)
	}
	return []block{line}
}
