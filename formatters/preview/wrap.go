package preview

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// line is one line of the terminal.
type line []span

func (l line) columns() int {
	n := 0
	for _, s := range l {
		n += displaywidth.String(s.Text)
	}
	return n
}

// wrap breaks spans into lines between words; a word that is too long is cut.
func wrap(spans []span, width int) []line {
	w := wrapper{width: max(width, 1)}
	return w.fill(spans)
}

// hardwrap keeps white space, for preformatted text.
func hardwrap(spans []span, width int) []line {
	w := wrapper{width: max(width, 1), exact: true}
	return w.fill(spans)
}

func (w *wrapper) fill(spans []span) []line {
	for _, s := range spans {
		s.Text = visible(strings.ReplaceAll(s.Text, "\t", "    "))
		for i, part := range strings.Split(s.Text, "\n") {
			if i > 0 {
				w.end()
			}
			for part != "" {
				n := w.wordEnd(part)
				w.word(s, part[:n])
				part = part[n:]
			}
		}
	}
	w.end()
	return w.lines
}

// wordEnd is the length of the spaces or of the word at the front of s.
func (w *wrapper) wordEnd(s string) int {
	switch {
	case w.exact:
		return len(s)
	case s[0] == ' ':
		return len(s) - len(strings.TrimLeft(s, " "))
	}
	word, _, _ := strings.Cut(s, " ")
	return len(word)
}

type wrapper struct {
	width int
	exact bool // white space counts: what fits into a line is one word
	lines []line
	now   line
	used  int
	glued int // spans at the end of now that have no space before the next word
}

func (w *wrapper) word(s span, text string) {
	size := displaywidth.String(text)
	switch full := w.used+size > w.width; {
	case w.exact:
	case text[0] == ' ' && full:
		w.fold(0)
		return
	case text[0] == ' ':
		w.put(s, text, size)
		w.glued = 0
		return
	case full && w.used > 0:
		w.fold(w.glued)
	}
	for w.used+size > w.width {
		cut, cols := 0, 0
		for g := displaywidth.StringGraphemes(text); g.Next(); {
			c := g.Width()
			if w.used+cols+c > w.width && (cut > 0 || w.used > 0) {
				break
			}
			cut, cols = cut+len(g.Value()), cols+c
		}
		if cut > 0 {
			w.put(s, text[:cut], cols)
			text, size = text[cut:], size-cols
		}
		if text == "" {
			return
		}
		w.fold(0)
	}
	w.put(s, text, size)
	w.glued++
}

func (w *wrapper) put(s span, text string, size int) {
	s.Text = text
	w.now = append(w.now, s)
	w.used += size
}

// fold begins a new line and takes the last spans along that belong to the
// word which goes on.
func (w *wrapper) fold(keep int) {
	if keep >= len(w.now) {
		keep = 0 // the word fills the line: it is cut here
	}
	moved := append(line{}, w.now[len(w.now)-keep:]...)
	w.now = w.now[:len(w.now)-keep]
	w.end()
	w.now, w.used, w.glued = moved, moved.columns(), keep
}

func (w *wrapper) end() {
	for !w.exact && len(w.now) > 0 && strings.TrimRight(w.now[len(w.now)-1].Text, " ") == "" && w.now[len(w.now)-1].Text != "" {
		w.now = w.now[:len(w.now)-1]
	}
	w.lines = append(w.lines, w.now)
	w.now, w.used, w.glued = nil, 0, 0
}
