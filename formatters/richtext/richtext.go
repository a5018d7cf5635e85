package richtext

import (
	"strings"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// richPlain writes the document as text without markup. A link shows its
// address after the label.
func richPlain(blocks []block) string {
	var b strings.Builder
	b.Grow(sizeOf(blocks))
	for i := range blocks {
		blk := &blocks[i]
		first, rest := blk.prefixes()
		if i > 0 {
			b.WriteString(blk.separator())
		}
		b.WriteString(first)
		for j, p := range blk.pieces {
			writeLines(&b, p.text, rest)
			address := strings.TrimPrefix(p.url, "mailto:")
			if p.url != "" && p.text != p.url && p.text != address && lastOfLink(blk.pieces, j) {
				b.WriteString(" (")
				b.WriteString(address)
				b.WriteByte(')')
			}
		}
	}
	return b.String()
}

// sizeOf is about what the blocks take as text, in bytes.
func sizeOf(blocks []block) (size int) {
	for i := range blocks {
		size += len("\n")
		for _, p := range blocks[i].pieces {
			size += len(p.text) + len(p.text)/8 + len(p.url)
		}
	}
	return size
}

func (b *block) separator() string {
	if b.gap {
		return "\n\n"
	}
	return "\n"
}

// prefixes returns what stands before the first and before every other line.
func (b *block) prefixes() (first, rest string) {
	if b.kind == item {
		indent := strings.Repeat("    ", min(b.indent, MaxIndent))
		switch {
		case b.more:
			first = indent + "  "
		default:
			first = indent + b.marker.text(b.number) + " "
		}
		rest = indent + "  "
	}
	if b.quote && b.kind != preformatted {
		first, rest = "> "+first, "> "+rest
	}
	return first, rest
}

// writeLines writes text with prefix at the start of every line but the first.
func writeLines(b *strings.Builder, text, prefix string) {
	for prefix != "" {
		line, after, ok := strings.Cut(text, "\n")
		if !ok {
			break
		}
		b.WriteString(line)
		b.WriteByte('\n')
		b.WriteString(prefix)
		text = after
	}
	b.WriteString(text)
}

// lastOfLink reports whether the link of pieces[j] ends with this piece: a link
// with several styles is several pieces.
func lastOfLink(pieces []piece, j int) bool {
	return j+1 == len(pieces) || pieces[j+1].url != pieces[j].url
}

// richMrkdwn writes the document in Slack's markup, for which a style must
// begin and end at a word's edge and cannot cross a line.
func richMrkdwn(blocks []block) string {
	w := new(mrkdwn.Builder)
	w.Grow(sizeOf(blocks))
	var line []piece
	for i := range blocks {
		b := &blocks[i]
		if i > 0 {
			w.Markup(b.separator())
		}
		if b.kind == preformatted {
			w.Markup("```\n")
			for _, p := range b.pieces {
				w.Verbatim(mrkdwn.BreakFences(p.text))
			}
			w.Markup("\n```")
			continue
		}
		first, rest := b.prefixes()
		w.Markup(first)
		line = line[:0]
		for _, p := range b.pieces {
			text := p.text
			for {
				head, after, ok := strings.Cut(text, "\n")
				if head != "" {
					line = append(line, piece{head, p.style, p.url})
				}
				if !ok {
					break
				}
				styled(w, oneStyle(line), marks[:], '\n')
				w.Markup("\n")
				w.Markup(rest)
				line, text = line[:0], after
			}
		}
		styled(w, oneStyle(line), marks[:], '\n')
	}
	return w.String()
}

// oneStyle gives all pieces of a link the styles that they share: in mrkdwn a
// link is one token, and marks go around it.
func oneStyle(line []piece) []piece {
	for i := 0; i < len(line); {
		n, shared := i+1, line[i].style
		for n < len(line) && line[i].url != "" && line[n].url == line[i].url {
			shared &= line[n].style
			n++
		}
		for ; i < n; i++ {
			line[i].style = shared
		}
	}
	return line
}

type styleMark struct {
	style style
	char  string
}

// marks in the order in which they are nested. mrkdwn has none for underline.
var marks = [...]styleMark{{bold, "*"}, {italic, "_"}, {strike, "~"}, {code, "`"}}

// styled writes pieces of one line with the marks that are left to set; after
// is what follows them. Blanks at the edges of a style go outside of its marks,
// because Slack does not format "* x *". pieces is changed.
func styled(w *mrkdwn.Builder, pieces []piece, left []styleMark, after rune) {
	if len(left) == 0 {
		for i := 0; i < len(pieces); {
			n := i + 1
			for n < len(pieces) && pieces[i].url != "" && pieces[n].url == pieces[i].url {
				n++
			}
			leaf(w, pieces[i:n])
			i = n
		}
		return
	}
	m := left[0]
	for i := 0; i < len(pieces); {
		n := i + 1
		for n < len(pieces) && pieces[n].style&m.style == pieces[i].style&m.style {
			n++
		}
		run, next := pieces[i:n], after
		if n < len(pieces) {
			next, _ = utf8.DecodeRuneInString(pieces[n].text)
		}
		i = n
		if run[0].style&m.style == 0 {
			styled(w, run, left[1:], next)
			continue
		}
		trailing := trim(w, run)
		if trailing != "" {
			next = ' '
		}
		named := m.char == "_" // may be part of a name
		if mrkdwn.WordRune(w.Last()) || mrkdwn.WordRune(next) || textOf(run) == "" || named && w.EndsInSign() {
			for j := range run { // in the middle of a word, where no mark works
				run[j].style &^= m.style // leaf must not take for code what is shown as text
			}
			styled(w, run, left[1:], next)
		} else {
			w.Markup(m.char)
			styled(w, run, left[1:], rune(m.char[0]))
			if named && w.EndsInSign() {
				w.Markup(mrkdwn.Joiner)
			}
			w.Markup(m.char)
		}
		w.Markup(trailing)
	}
}

// trim writes the blanks at the start of a run, and returns those at its end.
func trim(w *mrkdwn.Builder, run []piece) (trailing string) {
	for i := range run {
		first := &run[i]
		text := strings.TrimLeft(first.text, " \t")
		w.Markup(first.text[:len(first.text)-len(text)])
		if first.text = text; text != "" {
			break
		}
	}
	for i := len(run) - 1; i >= 0; i-- {
		last := &run[i]
		text := strings.TrimRight(last.text, " \t")
		trailing = last.text[len(text):] + trailing
		if last.text = text; text != "" {
			break
		}
	}
	return trailing
}

// leaf writes the pieces of one link, or one piece of text.
func leaf(w *mrkdwn.Builder, pieces []piece) {
	url, trailing := pieces[0].url, ""
	if url != "" {
		trailing = trim(w, pieces)
		w.Markup("<")
		w.Markup(mrkdwn.EscOnce(url))
		if len(pieces) == 1 && (pieces[0].text == url || pieces[0].text == "") {
			w.Markup(">")
			w.Markup(trailing)
			return
		}
		w.Markup("|")
	}
	for _, p := range pieces {
		if p.style&code != 0 {
			w.Verbatim(strings.ReplaceAll(p.text, "`", mrkdwn.CodeBacktick))
		} else {
			w.Text(p.text)
		}
	}
	if url != "" {
		w.Markup(">")
		w.Markup(trailing)
	}
}

// block-kit/blocks/rich-text-block
const MaxIndent = 8 // of a list
