package preview

import (
	"bufio"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// layout gives the lines of an element.
func layout(e element, width int) []line {
	width = max(width, 8)
	switch e.Kind {
	case text:
		return wrap(addressed(e.Spans), width)
	case heading:
		return wrap(with(e.Spans, bold), width)
	case pre:
		return prefix(hardwrap(with(addressed(e.Spans), code), width-2), words("  ", 0)[0])
	case quote:
		return prefix(stack(e.Kids, width-2), span{Text: "▌ ", Style: muted})
	case list:
		return layoutList(e, width)
	case divider:
		return []line{words(strings.Repeat("─", width), muted)}
	case group:
		return stack(e.Kids, width)
	case fields:
		return layoutFields(e, width)
	case row:
		if e.Tone == "context" {
			return styled(flow(e.Kids, width), muted)
		}
		return flow(e.Kids, width)
	case beside:
		return layoutBeside(e, width)
	case button:
		return wrap(addressed(pressed(e)), width)
	case control:
		spans := append(words("[ ", muted), e.Spans...)
		if e.Label != "" && len(e.Spans) > 0 {
			spans = append(spans, span{Text: " "})
		}
		spans = append(spans, span{Text: e.Label}, span{Text: " ]", Style: muted})
		return wrap(spans, width)
	case choices:
		var lines []line
		for _, c := range e.Kids {
			lines = append(lines, hang(stack(c.Kids, width-2), span{Text: c.Label + " "})...)
		}
		return lines
	case image:
		spans := words("🖼  ", 0)
		if len(e.Spans) > 0 {
			spans = append(append(spans, e.Spans...), span{Text: ": "})
		}
		return wrap(addressed(append(spans, span{What: link, Text: e.Label, Href: e.Href, Title: e.Href})), width)
	case table:
		return layoutTable(e, width)
	case attachment:
		return prefix(stack(e.Kids, width-2), span{Text: "▌ ", Color: e.Color})
	case box:
		lines := wrap(words("┌ "+e.Label, muted), width)
		return append(lines, prefix(stack(e.Kids, width-2), span{Text: "│ ", Style: muted})...)
	}
	return nil
}

func stack(list []element, width int) []line {
	var lines []line
	for _, e := range list {
		lines = append(lines, layout(e, width)...)
	}
	return lines
}

// addressed adds the address to every link whose text is not the address: a
// label can hide its target, and a terminal has no tool tips.
func addressed(spans []span) []span {
	var list []span
	for _, s := range spans {
		list = append(list, s)
		if s.What == link && s.Title != "" && s.Text != s.Title && "mailto:"+s.Text != s.Title {
			list = append(list, span{Text: " (" + s.Title + ")", Style: muted})
		}
	}
	return list
}

func pressed(e element) []span {
	spans := append(words("[ ", muted), with(e.Spans, bold)...)
	spans = append(spans, span{Text: " ]", Style: muted})
	if e.Href != "" {
		spans = append(spans, span{Text: " (" + e.Href + ")", Style: muted})
	}
	return spans
}

func prefix(lines []line, mark span) []line {
	for i, l := range lines {
		lines[i] = append(line{mark}, l...)
	}
	return lines
}

// hang puts the mark before the first line and as much space before the others.
func hang(lines []line, mark span) []line {
	blank := span{Text: strings.Repeat(" ", displaywidth.String(mark.Text))}
	lines = prefix(lines, blank)
	if len(lines) > 0 {
		lines[0][0] = mark
	}
	return lines
}

func styled(lines []line, st style) []line {
	for i, l := range lines {
		lines[i] = with(l, st)
	}
	return lines
}

func layoutList(e element, width int) []line {
	var lines []line
	for i, item := range e.Kids {
		mark := []string{"• ", "◦ ", "▪ "}[e.N%3]
		if e.Start != "" {
			mark = number(e.Start, e.From+i+1) + ". "
		}
		mark = strings.Repeat("  ", e.N) + mark
		lines = append(lines, hang(layout(item, width-displaywidth.String(mark)), span{Text: mark})...)
	}
	return lines
}

// number counts as HTML's list types 1, a and i do.
func number(kind string, n int) string {
	switch {
	case kind == "a":
		s := ""
		for ; n > 0; n = (n - 1) / 26 {
			s = string(rune('a'+(n-1)%26)) + s
		}
		return s
	case kind == "i" && n < 4000:
		s := ""
		for _, d := range []struct {
			value int
			text  string
		}{{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"}, {40, "xl"}, {10, "x"}, {9, "ix"}, {5, "v"}, {4, "iv"}, {1, "i"}} {
			for ; n >= d.value; n -= d.value {
				s += d.text
			}
		}
		return s
	}
	return strconv.Itoa(n)
}

// layoutFields puts fields into two columns, as Slack's desktop clients do.
func layoutFields(e element, width int) []line {
	if width < 48 {
		return stack(e.Kids, width)
	}
	half := (width - 2) / 2
	var lines []line
	for i := 0; i < len(e.Kids); i += 2 {
		left := layout(e.Kids[i], half)
		var right []line
		if i+1 < len(e.Kids) {
			right = layout(e.Kids[i+1], half)
		}
		lines = append(lines, columnsOf([][]line{left, right}, []int{half, half}, nil, span{Text: "  "})...)
	}
	return lines
}

// columnsOf puts columns of lines side by side.
func columnsOf(cols [][]line, widths []int, right map[int]bool, gap span) []line {
	height := 0
	for _, c := range cols {
		height = max(height, len(c))
	}
	lines := make([]line, height)
	for y := range lines {
		for x, c := range cols {
			var l line
			if y < len(c) {
				l = c[y]
			}
			if x > 0 {
				lines[y] = append(lines[y], gap)
			}
			pad := span{Text: strings.Repeat(" ", max(widths[x]-l.columns(), 0))}
			if right[x] {
				lines[y] = append(append(lines[y], pad), l...)
			} else {
				lines[y] = append(append(lines[y], l...), pad)
			}
		}
	}
	return lines
}

// flow puts elements side by side while there is room.
func flow(list []element, width int) []line {
	var lines []line
	room := 0
	for _, e := range list {
		ls := layout(e, width)
		if len(ls) == 1 && ls[0].columns()+2 <= room {
			last := len(lines) - 1
			lines[last] = append(append(lines[last], span{Text: "  "}), ls[0]...)
			room -= ls[0].columns() + 2
			continue
		}
		lines = append(lines, ls...)
		room = 0
		if len(ls) == 1 {
			room = width - ls[0].columns()
		}
	}
	return lines
}

func widest(lines []line) int {
	n := 0
	for _, l := range lines {
		n = max(n, l.columns())
	}
	return n
}

func layoutBeside(e element, width int) []line {
	side := layout(e.Kids[1], width)
	size := widest(side)
	if size > width/3 {
		return append(layout(e.Kids[0], width), side...)
	}
	main := width - size - 2
	return columnsOf([][]line{layout(e.Kids[0], main), side}, []int{main, size}, nil, span{Text: "  "})
}

func layoutTable(e element, width int) []line {
	n := 0
	for _, r := range e.Rows {
		n = max(n, len(r))
	}
	if n == 0 {
		return nil
	}
	widths := make([]int, n)
	for _, r := range e.Rows {
		for x, c := range r {
			widths[x] = max(widths[x], widest(layout(c, width)))
		}
	}
	// The widest column gives way until the table fits.
	total := 3 * (n - 1)
	for _, w := range widths {
		total += w
	}
	for ; total > width && slices.Max(widths) > 8; total-- {
		widths[slices.Index(widths, slices.Max(widths))]--
	}
	var lines []line
	for y, r := range e.Rows {
		cols := make([][]line, n)
		for x := range cols {
			if x < len(r) {
				cols[x] = layout(r[x], widths[x])
			}
			if y == 0 {
				cols[x] = styled(cols[x], bold)
			}
		}
		lines = append(lines, columnsOf(cols, widths, e.Right, span{Text: " │ ", Style: muted})...)
		if y == 0 {
			var rule []string
			for _, w := range widths {
				rule = append(rule, strings.Repeat("─", w))
			}
			lines = append(lines, words(strings.Join(rule, "─┼─"), muted))
		}
	}
	return lines
}

// writeLine writes a line, in colour or as plain text.
func writeLine(b *bufio.Writer, l line, color bool) {
	for len(l) > 0 && strings.TrimRight(l[len(l)-1].Text, " ") == "" {
		l = l[:len(l)-1]
	}
	for i, s := range l {
		text := s.Text
		if i == len(l)-1 {
			text = strings.TrimRight(text, " ")
		}
		if sgr := s.sgr(); color && sgr != "" {
			b.WriteString("\x1b[" + sgr + "m" + text + "\x1b[0m")
		} else {
			b.WriteString(text)
		}
	}
	b.WriteByte('\n')
}

// sgr gives the ANSI codes of a span: "Select Graphic Rendition", ECMA-48 8.3.117.
func (s span) sgr() string {
	var codes []string
	for _, c := range []struct {
		style style
		code  string
	}{{bold, "1"}, {muted, "2"}, {italic, "3"}, {underline, "4"}, {strike, "9"}, {highlight, "7"}, {code, "36"}} {
		if s.Style&c.style != 0 {
			codes = append(codes, c.code)
		}
	}
	switch s.What {
	case link:
		codes = append(codes, "4", "34")
	case mention:
		codes = append(codes, "33")
	case broadcast:
		codes = append(codes, "1", "33")
	}
	if s.Color != "" {
		n, _ := strconv.ParseUint(strings.TrimPrefix(s.Color, "#"), 16, 32)
		codes = append(codes, fmt.Sprintf("38;2;%d;%d;%d", n>>16, n>>8&255, n&255))
	}
	return strings.Join(codes, ";")
}
