package preview

import (
	"bufio"
	"strconv"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// layout gives the lines of an element.
func layout(e element, width int) []line {
	width = max(width, 8)
	switch e.kind {
	case text:
		return wrap(addressed(e.spans), width)
	case heading:
		return wrap(with(e.spans, bold), width)
	case pre:
		return prefix(hardwrap(with(addressed(e.spans), code), width-2), words("  ", 0)[0])
	case quote:
		return prefix(stack(e.kids, width-2), span{text: "▌ ", style: muted})
	case list:
		return layoutList(e, width)
	case divider:
		return []line{words(strings.Repeat("─", width), muted)}
	case group:
		return stack(e.kids, width)
	case fields:
		return layoutFields(e, width)
	case row:
		if e.tone == "context" {
			return muteLines(flow(e.kids, width))
		}
		return flow(e.kids, width)
	case beside:
		return layoutBeside(e, width)
	case button:
		return wrap(addressed(pressed(e)), width)
	case control:
		spans := append(words("[ ", muted), e.spans...)
		if e.label != "" && len(e.spans) > 0 {
			spans = append(spans, span{text: " "})
		}
		spans = append(spans, span{text: e.label}, span{text: " ]", style: muted})
		return wrap(spans, width)
	case choices:
		var lines []line
		for _, c := range e.kids {
			lines = append(lines, hang(stack(c.kids, width-2), span{text: c.label + " "})...)
		}
		return lines
	case image:
		spans := words("🖼  ", 0)
		if len(e.spans) > 0 {
			spans = append(append(spans, e.spans...), span{text: ": "})
		}
		return wrap(addressed(append(spans, span{what: link, text: e.label, href: e.href, title: e.href})), width)
	case table:
		return layoutTable(e, width)
	case attachment:
		return prefix(stack(e.kids, width-2), span{text: "▌ ", color: e.color})
	case box:
		lines := wrap(words("┌ "+e.label, muted), width)
		return append(lines, prefix(stack(e.kids, width-2), span{text: "│ ", style: muted})...)
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
		if s.what == link && s.title != "" && s.text != s.title && "mailto:"+s.text != s.title {
			list = append(list, span{text: " (" + s.title + ")", style: muted})
		}
	}
	return list
}

func pressed(e element) []span {
	spans := []span{{text: "[ ", style: muted}}
	for _, s := range e.spans {
		s.style |= bold
		spans = append(spans, s)
	}
	spans = append(spans, span{text: " ]", style: muted})
	if e.href != "" {
		spans = append(spans, span{text: " (" + e.href + ")", style: muted})
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
	blank := span{text: strings.Repeat(" ", displaywidth.String(mark.text))}
	for i, l := range lines {
		if i == 0 {
			lines[i] = append(line{mark}, l...)
		} else {
			lines[i] = append(line{blank}, l...)
		}
	}
	return lines
}

func muteLines(lines []line) []line {
	for i, l := range lines {
		lines[i] = with(l, muted)
	}
	return lines
}

func layoutList(e element, width int) []line {
	var lines []line
	for i, item := range e.kids {
		mark := []string{"• ", "◦ ", "▪ "}[e.n%3]
		if e.start != "" {
			mark = number(e.start, e.from+i+1) + ". "
		}
		mark = strings.Repeat("  ", e.n) + mark
		lines = append(lines, hang(layout(item, width-displaywidth.String(mark)), span{text: mark})...)
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
		return stack(e.kids, width)
	}
	half := (width - 2) / 2
	var lines []line
	for i := 0; i < len(e.kids); i += 2 {
		left := layout(e.kids[i], half)
		var right []line
		if i+1 < len(e.kids) {
			right = layout(e.kids[i+1], half)
		}
		lines = append(lines, columnsOf([][]line{left, right}, []int{half, half}, nil, span{text: "  "})...)
	}
	return lines
}

// columnsOf puts columns of lines side by side.
func columnsOf(cols [][]line, widths []int, right []bool, gap span) []line {
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
			pad := span{text: strings.Repeat(" ", max(widths[x]-l.columns(), 0))}
			if x < len(right) && right[x] {
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
			lines[last] = append(append(lines[last], span{text: "  "}), ls[0]...)
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

func layoutBeside(e element, width int) []line {
	side := layout(e.kids[1], width)
	size := 0
	for _, l := range side {
		size = max(size, l.columns())
	}
	if size > width/3 {
		return append(layout(e.kids[0], width), side...)
	}
	main := width - size - 2
	return columnsOf([][]line{layout(e.kids[0], main), side}, []int{main, size}, nil, span{text: "  "})
}

func layoutTable(e element, width int) []line {
	n := 0
	for _, r := range e.rows {
		n = max(n, len(r))
	}
	if n == 0 {
		return nil
	}
	widths := make([]int, n)
	for _, r := range e.rows {
		for x, c := range r {
			for _, l := range layout(c, width) {
				widths[x] = max(widths[x], l.columns())
			}
		}
	}
	// The widest column gives way until the table fits.
	for total := sum(widths) + 3*(n-1); total > width; total-- {
		widest := 0
		for x := range widths {
			if widths[x] > widths[widest] {
				widest = x
			}
		}
		if widths[widest] <= 8 {
			break
		}
		widths[widest]--
	}
	var lines []line
	for y, r := range e.rows {
		cols := make([][]line, n)
		for x := range cols {
			if x < len(r) {
				cols[x] = layout(r[x], widths[x])
			}
			if y == 0 {
				for i, l := range cols[x] {
					cols[x][i] = with(l, bold)
				}
			}
		}
		lines = append(lines, columnsOf(cols, widths, e.right, span{text: " │ ", style: muted})...)
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

func sum(list []int) int {
	n := 0
	for _, v := range list {
		n += v
	}
	return n
}

// termWriter writes lines, in colour or as plain text.
type termWriter struct{ color bool }

func (t termWriter) line(b *bufio.Writer, l line) {
	for len(l) > 0 && strings.TrimRight(l[len(l)-1].text, " ") == "" {
		l = l[:len(l)-1]
	}
	for i, s := range l {
		text := s.text
		if i == len(l)-1 {
			text = strings.TrimRight(text, " ")
		}
		if sgr := s.sgr(); t.color && sgr != "" {
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
		if s.style&c.style != 0 {
			codes = append(codes, c.code)
		}
	}
	switch s.what {
	case link:
		codes = append(codes, "4", "34")
	case mention:
		codes = append(codes, "33")
	case broadcast:
		codes = append(codes, "1", "33")
	}
	if s.color != "" {
		n, _ := strconv.ParseUint(strings.TrimPrefix(s.color, "#"), 16, 32)
		codes = append(codes, "38;2;"+strconv.Itoa(int(n>>16))+";"+strconv.Itoa(int(n>>8&255))+";"+strconv.Itoa(int(n&255)))
	}
	return strings.Join(codes, ";")
}
