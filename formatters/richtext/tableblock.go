package richtext

import "encoding/json"

// TableRows are the rows of Slack's table block for HTML that is one table of
// values and nothing else; nil for all other, and for a table that is too wide, or has
// a row that is too long for one message: a cell that is rich text cannot be split.
func TableRows(source string) json.RawMessage {
	w := walk(source)
	if w.first == nil || len(w.blocks) != w.firstBlocks || w.first.columns > maxSpan {
		return nil
	}
	js := []byte{'['}
	for _, row := range w.first.rows {
		if len(row) == 0 {
			continue
		}
		if len(js) > 1 {
			js = append(js, ',')
		}
		js = append(js, '[')
		size := 0
		for column, next := 0, 0; column < w.first.columns; column++ {
			for next < len(row) && (row[next].column < column || row[next].columns == 0) {
				next++
			}
			if column > 0 {
				js = append(js, ',')
			}
			var line []piece
			if next < len(row) && row[next].column == column {
				line = showAddresses(row[next].pieces())
			}
			if size += max(len(textOf(line)), 1); size > maxRow {
				return nil
			}
			js = appendCell(js, line)
		}
		js = append(js, ']')
	}
	return append(js, ']')
}

// appendCell writes a cell of a table block, as rich text where something in it has
// a style or a link.
func appendCell(js []byte, line []piece) []byte {
	switch {
	case len(line) == 0: // Slack refuses an empty one
		return append(js, `{"type":"raw_text","text":" "}`...)
	case len(line) == 1 && line[0].url == "" && line[0].style == 0:
		return append(appendQuoted(append(js, `{"type":"raw_text","text":`...), line[0].text), '}')
	}
	js = append(js, `{"type":"rich_text","elements":[`+sectionStart...)
	return append(appendPieces(js, line, ^style(0)), `]}]}`...)
}
