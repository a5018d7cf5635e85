package richtext

import (
	"strings"

	"golang.org/x/net/html"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// texts adds text of the source.
func (w *walker) texts(source string) {
	if w.skipNL {
		w.skipNL = false
		source = strings.TrimPrefix(strings.TrimPrefix(source, "\r"), "\n")
	}
	if source != "" {
		w.text(html.UnescapeString(source))
	}
}

const nbsp = "\u00a0"

// text adds text with its white space treated as the context wants it.
func (w *walker) text(s string) {
	ctx := w.ctx()
	if w.hides() {
		return
	}
	s = mrkdwn.Clean(s)
	if ctx.script != 0 {
		s = ctx.script.text(s)
	}
	if ctx.white == whitePre {
		w.add(strings.ReplaceAll(s, nbsp, " "))
		return
	}
	for s != "" {
		n := 0
		for n < len(s) && blankSize(s[n:]) == 0 {
			n++
		}
		w.add(s[:n])
		s = s[n:]
		for n = 0; n < len(s) && blankSize(s[n:]) > 0; {
			n += blankSize(s[n:])
		}
		w.blanks(s[:n], ctx)
		s = s[n:]
	}
}

// blankSize is the length of the blank that s begins with, 0 for none. Half of the
// time for a source goes into this: [strings.IndexAny] is slow at no-break blanks.
func blankSize(s string) int {
	switch s[0] {
	case ' ', '\t', '\n':
		return 1
	case nbsp[0]:
		if strings.HasPrefix(s, nbsp) {
			return len(nbsp)
		}
	}
	return 0
}

// blanks adds white space. The editor shows all blanks that somebody has typed, and
// its HTML has them as they are, or as no-break spaces. Mail programs write line
// breaks where they like, with the indentation of the source behind them, and mean
// one blank.
func (w *walker) blanks(s string, ctx *context) {
	if s == "" {
		return
	}
	if breaks := strings.Count(s, "\n"); breaks > 0 && ctx.white == whiteLines {
		if w.cur != nil {
			w.raw(strings.Repeat("\n", min(breaks, 2)))
		}
		w.due = w.due[:0]
		s = s[strings.LastIndexByte(s, '\n')+1:]
	} else if breaks > 0 {
		if s = strings.Repeat(nbsp, strings.Count(s, nbsp)); s == "" {
			s = " "
		}
	}
	if len(w.due) == 0 {
		w.dueAs = piece{style: ctx.style, url: ctx.url}
	} else { // only the styles that all of them have
		w.dueAs.style &= ctx.style
		if w.dueAs.url != ctx.url {
			w.dueAs.url = ""
		}
	}
	if s != " " || len(w.due) == 0 || ctx.white == whiteLines {
		w.due = append(w.due, s...)
	}
}

// add adds text that begins and ends without collapsible white space.
func (w *walker) add(s string) {
	if s == "" || w.hides() {
		return
	}
	due := string(w.due)
	if w.cur == nil {
		w.begin()
		// What is indented goes on, as code does.
		w.cur.gap = w.cur.gap && (due == "" || due == " ")
	}
	// A single blank at the start of a line is the source's.
	if due != "" && !(w.atLineStart() && (due == " " || w.cur.kind == item)) {
		w.append(piece{strings.ReplaceAll(due, nbsp, " "), w.dueAs.style, w.dueAs.url})
	}
	w.due = w.due[:0]
	w.raw(s)
}

// begin opens the block that the context asks for.
func (w *walker) begin() {
	ctx := w.ctx()
	w.store = block{quote: ctx.quote, gap: w.gap && len(w.blocks) > 0}
	w.cur = &w.store
	w.gap = false
	switch l := ctx.list; {
	case ctx.pre:
		w.cur.kind = preformatted
	case l != nil && l.item != 0: // else no item has begun
		w.cur.kind = item
		w.cur.indent = min(l.indent+l.extra, MaxIndent)
		w.cur.marker, w.cur.number, w.cur.countdown = l.item, l.number, l.countdown
		w.cur.more = l.started
		w.cur.gap = false
		l.started = true
	}
}

// raw appends to the open block as it is.
func (w *walker) raw(s string) {
	if w.cur == nil {
		w.begin()
	}
	ctx := w.ctx()
	w.append(piece{s, ctx.style, ctx.url})
}

// append adds text to the open piece, or begins another one.
func (w *walker) append(p piece) {
	w.codeLine = false
	if w.cur.kind == preformatted {
		p.style, p.url = 0, ""
	}
	if len(w.run) > 0 && (p.style != w.runAs.style || p.url != w.runAs.url) {
		w.seal()
	}
	w.runAs.style, w.runAs.url = p.style, p.url
	w.run = append(w.run, p.text...)
}

// seal ends the open piece.
func (w *walker) seal() {
	if len(w.run) > 0 {
		w.cur.pieces = append(w.cur.pieces, piece{string(w.run), w.runAs.style, w.runAs.url})
		w.run = w.run[:0]
	}
}

func (w *walker) atLineStart() bool {
	if n := len(w.run); n > 0 {
		return w.run[n-1] == '\n'
	}
	return true
}

// lineBreak is <br>.
func (w *walker) lineBreak() {
	if w.hides() {
		return
	}
	w.due = w.due[:0]
	w.raw("\n")
}

// flush ends the open block. A line break at its end only ends it; a block with
// nothing else is a blank line.
func (w *walker) flush() {
	blank := strings.Contains(string(w.due), nbsp)
	w.due = w.due[:0]
	if w.cur == nil {
		// Editors write <p>&nbsp;</p> for a blank line.
		w.gap = w.gap || blank && len(w.blocks) > 0
		return
	}
	w.seal()
	b := *w.cur
	w.cur = nil
	if b.kind != preformatted {
		breaks := trimBlanks(&b)
		if len(b.pieces) == 0 {
			w.gap = len(w.blocks) > 0
			if b.kind == item && !b.more { // the bullet waits for text
				if l := w.ctx().list; l != nil {
					l.started = false
				}
			}
			return
		}
		w.gap = breaks > 1
	} else {
		trimBlanks(&b)
		if len(b.pieces) == 0 {
			return
		}
	}
	w.blocks = append(w.blocks, b)
}

// trimBlanks removes white space from the block's end, line breaks from its
// start, and returns how many line breaks stood at the end.
func trimBlanks(b *block) int {
	breaks := 0
	for len(b.pieces) > 0 {
		last := &b.pieces[len(b.pieces)-1]
		text := strings.TrimRight(last.text, " \t\n")
		breaks += strings.Count(last.text[len(text):], "\n")
		last.text = text
		if text != "" {
			break
		}
		b.pieces = b.pieces[:len(b.pieces)-1]
	}
	for len(b.pieces) > 0 {
		first := &b.pieces[0]
		if first.text = strings.TrimLeft(first.text, "\n"); first.text != "" {
			break
		}
		b.pieces = b.pieces[1:]
	}
	return breaks
}

// showAddresses takes the link off every label that looks like another address
// than it leads to, and writes the true one behind it. What stands beside counts:
// in bank.<a href="https://evil.example">com</a> a reader sees bank.com.
func showAddresses(pieces []piece) []piece {
	shown := make([]piece, 0, len(pieces))
	for len(pieces) > 0 {
		url, n := pieces[0].url, 1
		for url != "" && n < len(pieces) && pieces[n].url == url {
			n++
		}
		link := pieces[:n]
		pieces = pieces[n:]
		if url == "" || !mrkdwn.DeceivesAmid(wordBefore(shown), textOf(link), wordAfter(pieces), url) {
			shown = append(shown, link...)
			continue
		}
		for _, p := range link {
			p.url = ""
			shown = append(shown, p)
		}
		shown = append(shown, piece{text: " ("}, piece{text: url, url: url}, piece{text: ")"})
	}
	return shown
}

func textOf(pieces []piece) string {
	if len(pieces) == 1 {
		return pieces[0].text
	}
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.text)
	}
	return b.String()
}

// besides is how much of what stands beside a label is looked at, in bytes; no
// address that somebody would trust is longer.
const besides = 128

// wordBefore is the end of the word that the pieces end in.
func wordBefore(pieces []piece) (word string) {
	for i := len(pieces) - 1; i >= 0 && len(word) < besides; i-- {
		text := pieces[i].text
		cut := strings.LastIndexAny(text, " \t\n") + 1
		if word = text[max(cut, len(text)-besides):] + word; cut > 0 {
			break
		}
	}
	return word
}

// wordAfter is the beginning of the word that the pieces begin with.
func wordAfter(pieces []piece) (word string) {
	for i := 0; i < len(pieces) && len(word) < besides; i++ {
		text := pieces[i].text
		cut := strings.IndexAny(text, " \t\n")
		if cut < 0 {
			cut = len(text)
		}
		if word += text[:min(cut, besides)]; cut < len(text) {
			break
		}
	}
	return word
}
