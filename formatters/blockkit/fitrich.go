package blockkit

import (
	"encoding/json"
	"maps"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// richText leaves empty texts out and splits what is over the budget of a
// message.
func (f *fitter) richText(b node) []node {
	elements, ok := b["elements"].([]any)
	if !ok {
		return nil
	}
	dropped := 0
	kept := prune(elements, &dropped)
	if dropped == 0 && weight(b) <= budgetOfBlock {
		return nil
	}
	if dropped > 0 {
		f.note("an empty text was left out")
	}
	if len(kept) == 0 {
		f.note("an empty rich_text block was left out")
		return []node{}
	}
	var parts []any
	for _, e := range kept {
		parts = append(parts, splitElement(e, budgetOfBlock)...)
	}
	var out []node
	for _, group := range deal(parts, noLimit, budgetOfBlock) {
		out = append(out, node{"type": "rich_text", "elements": group})
	}
	if len(out) > 1 {
		f.note("a rich text with more than %d characters was split", budgetOfBlock)
	}
	keep(out[0], b, "elements")
	return out
}

// prune returns elements without empty text leaves, and without what held
// nothing else.
func prune(elements []any, dropped *int) []any {
	var kept []any
	for _, e := range elements {
		o, ok := e.(node)
		if !ok {
			kept = append(kept, e)
			continue
		}
		if s, ok := o["text"].(string); ok && s == "" && o["type"] == "text" {
			*dropped++
			continue
		}
		if inner, ok := o["elements"].([]any); ok && len(inner) > 0 {
			if inner = prune(inner, dropped); len(inner) == 0 {
				continue
			}
			o["elements"] = inner
		}
		kept = append(kept, o)
	}
	return kept
}

// splitElement splits a section, a quote, a preformatted text or a list into
// several of at most max characters.
func splitElement(e any, max int) []any {
	o, ok := e.(node)
	if !ok || weight(e) <= max {
		return []any{e}
	}
	inner, ok := o["elements"].([]any)
	if !ok {
		s, ok := o["text"].(string)
		if !ok || o["type"] != "text" && o["type"] != "link" {
			return []any{e}
		}
		var out []any
		for _, part := range mrkdwn.Split(s, max, mrkdwn.PlainMarkup) {
			out = append(out, like(o, "text", part))
		}
		return out
	}
	if len(inner) == 0 {
		return []any{e}
	}
	var out, group []any
	load, number := 0, 0
	flush := func() {
		if len(group) == 0 {
			return
		}
		next := like(o, "elements", group)
		if o["style"] == "ordered" {
			if next["offset"] = number + offset(o); next["offset"] == 0 {
				delete(next, "offset")
			}
			number += len(group)
		}
		out = append(out, next)
		group, load = nil, 0
	}
	for _, child := range inner {
		for _, part := range splitElement(child, max) {
			w := weight(part)
			if load+w > max {
				flush()
			}
			group = append(group, part)
			load += w
		}
	}
	flush()
	return out
}

// offset is the number that an ordered list begins after.
func offset(o node) int {
	n, _ := o["offset"].(json.Number)
	i, _ := n.Int64()
	return int(i)
}

// like is a copy of o with another value for one member.
func like(o node, name string, v any) node {
	c := maps.Clone(o)
	c[name] = v
	return c
}

// table fills empty cells, splits rows that hold too much, and deals the rows
// out to several tables.
func (f *fitter) table(b node) []node {
	rows, ok := b["rows"].([]any)
	if !ok {
		return nil
	}
	for _, r := range rows {
		if _, ok := r.([]any); !ok {
			return nil // it is wrong, and not for us to mend
		}
	}
	filled, divided := false, false
	var all []any
	for _, r := range rows {
		cells := r.([]any)
		for _, cell := range cells {
			if o, s, ok := textOfObject(cell); ok && s == "" && o["type"] == "raw_text" {
				o["text"] = " " // Slack refuses an empty cell
				filled = true
			}
		}
		if weight(r) > maxTableText {
			divided = true
			all = append(all, splitRow(cells)...)
		} else {
			all = append(all, r)
		}
	}
	if filled {
		f.note("empty cells of a table were filled with a blank")
	}
	if len(all) <= maxTableRows && weight(all) <= maxTableText {
		if divided { // what is left fits, so the rest was blanks
			f.note("long blanks in the cells of a table were shortened")
		}
		if !filled && !divided {
			return nil
		}
		b["rows"] = all
		return []node{b}
	}
	f.note("a table with more than %d rows or %d characters was split", maxTableRows, maxTableText)
	var out []node
	for _, group := range deal(all, maxTableRows, maxTableText) {
		next := node{"type": "table", "rows": group}
		if b["column_settings"] != nil {
			next["column_settings"] = b["column_settings"]
		}
		out = append(out, next)
	}
	keep(out[0], b, "rows")
	return out
}

// splitRow continues the cells of a row in rows below it.
func splitRow(cells []any) []any {
	share := maxTableText / len(cells)
	columns := make([][]any, len(cells))
	height := 1
	for i, cell := range cells {
		o, s, ok := textOfObject(cell)
		if !ok || o["type"] != "raw_text" {
			columns[i] = []any{cell}
			continue
		}
		for _, part := range mrkdwn.Split(s, share, mrkdwn.PlainMarkup) {
			columns[i] = append(columns[i], node{"type": "raw_text", "text": part})
		}
		height = max(height, len(columns[i]))
	}
	rows := make([]any, height)
	for y := range rows {
		row := make([]any, len(cells))
		for x := range row {
			if y < len(columns[x]) {
				row[x] = columns[x][y]
			} else {
				row[x] = node{"type": "raw_text", "text": " "}
			}
		}
		rows[y] = row
	}
	return rows
}
