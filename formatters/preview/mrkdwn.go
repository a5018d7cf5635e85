package preview

import (
	"slices"
	"strings"
	"unicode"
)

// parser reads one text.
type parser struct {
	o      Options
	format bool // *bold* and the like mean something
	urls   bool // bare web addresses become links
	names  bool // bare @here and #channel become mentions
	code   bool // only tokens mean something
}

// atom is a rune of the raw text, or a whole token that nothing can break.
type atom struct {
	r   rune
	tok *span
}

// parse reads a text in the order in which Slack does: tokens, then blocks and
// marks, then entities.
func (p *parser) parse(raw string) []element {
	atoms := p.atoms(raw)
	if !p.format {
		return []element{textOf(p.run(atoms, 0)...)}
	}
	var list []element
	quoted := false // after >>>
	add := func(es []element) {
		if quoted && len(list) > 0 {
			q := &list[len(list)-1]
			q.Kids = append(q.Kids, es...)
			return
		}
		list = append(list, es...)
	}
	for len(atoms) > 0 {
		open := fence(atoms)
		if open < 0 {
			break
		}
		// A fence holds at least one character: of four backticks the fourth is it.
		size := -1
		if open+4 < len(atoms) {
			size = fence(atoms[open+4:]) + 1
		}
		if size <= 0 {
			break
		}
		if before := trimBreak(atoms[:open], false); len(before) > 0 {
			es, rest := p.lines(before)
			add(es)
			quoted = quoted || rest
		}
		inside := trimBreak(trimBreak(atoms[open+3:open+3+size], true), false)
		add([]element{{Kind: pre, Spans: p.literal().run(inside, 0)}})
		atoms = trimBreak(atoms[open+6+size:], true)
	}
	if len(atoms) > 0 {
		es, _ := p.lines(atoms)
		add(es)
	}
	return list
}

// atoms finds the tokens: from a < to the next > on its line, whatever lies
// between them. Where that is no token, a later < may begin one.
func (p *parser) atoms(raw string) []atom {
	var list []atom
	at, stop := 0, -1
	for {
		open := strings.IndexByte(raw[at:], '<')
		if open < 0 {
			break
		}
		open += at
		if stop < open {
			n := strings.IndexAny(raw[open:], ">\n")
			if n < 0 {
				break
			}
			stop = open + n
		}
		if raw[stop] == '\n' { // no > on this line: nothing closes there
			list = appendRunes(list, raw[at:stop+1])
			at = stop + 1
			continue
		}
		list = appendRunes(list, raw[at:open])
		if tok, ok := p.token(raw[open+1 : stop]); ok {
			list = append(list, atom{tok: &tok})
			at = stop + 1
			continue
		}
		list = append(list, atom{r: '<'})
		at = open + 1
	}
	return appendRunes(list, raw[at:])
}

func appendRunes(list []atom, s string) []atom {
	for _, r := range s {
		list = append(list, atom{r: r})
	}
	return list
}

// fence is the place of the next ```, or -1.
func fence(atoms []atom) int {
	for i := 0; i+2 < len(atoms); i++ {
		if atoms[i].r == '`' && atoms[i+1].r == '`' && atoms[i+2].r == '`' {
			return i
		}
	}
	return -1
}

// trimBreak takes one newline off an end: the one between a fence and the
// lines beside it.
func trimBreak(atoms []atom, front bool) []atom {
	switch {
	case len(atoms) == 0:
	case front && atoms[0].r == '\n':
		return atoms[1:]
	case !front && atoms[len(atoms)-1].r == '\n':
		return atoms[:len(atoms)-1]
	}
	return atoms
}

// lines makes quotes and paragraphs. rest tells that a >>> quotes everything
// that follows.
func (p *parser) lines(atoms []atom) (list []element, rest bool) {
	var para []atom
	inQuote := false
	flush := func() {
		if para == nil {
			return
		}
		e := textOf(p.run(trimBreak(para, false), 0)...)
		if inQuote {
			e = element{Kind: quote, Kids: []element{e}}
		}
		list = append(list, e)
		para = nil
	}
	for len(atoms) > 0 {
		if after, ok := mark(atoms, 3); ok && len(after) > 0 {
			flush()
			inQuote, para = true, after
			flush()
			return list, true
		}
		end := 1 + slices.IndexFunc(atoms, func(a atom) bool { return a.r == '\n' })
		if end == 0 {
			end = len(atoms)
		}
		l := atoms[:end] // with its newline
		atoms = atoms[end:]
		after, q := mark(l, 1)
		if q != inQuote {
			flush()
			inQuote = q
		}
		if q {
			l = after
		}
		if para == nil {
			para = []atom{}
		}
		para = append(para, l...)
	}
	flush()
	return list, false
}

// mark takes n quote marks and a space off the front. Slack takes the escaped
// mark for one too: that is how its own clients send quotes.
func mark(atoms []atom, n int) ([]atom, bool) {
	for range n {
		switch {
		case len(atoms) > 0 && atoms[0].r == '>':
			atoms = atoms[1:]
		case len(atoms) > 3 && atoms[0].r == '&' && atoms[1].r == 'g' && atoms[2].r == 't' && atoms[3].r == ';':
			atoms = atoms[4:]
		default:
			return atoms, false
		}
	}
	if len(atoms) > 0 && atoms[0].r == ' ' {
		atoms = atoms[1:]
	}
	return atoms, true
}

// run reads the marks within a paragraph.
func (p *parser) run(atoms []atom, st style) []span {
	var spans []span
	var plainText strings.Builder
	flush := func() {
		spans = append(spans, p.loose(plainText.String(), st)...)
		plainText.Reset()
	}
	open := map[rune]int{} // up to where a mark is known to have no end: keeps a text of marks only from taking quadratic time
	for i := 0; i < len(atoms); i++ {
		a := atoms[i]
		if a.tok != nil {
			flush()
			tok := *a.tok
			tok.Style |= st
			spans = append(spans, tok)
			continue
		}
		mark, ok := marks[a.r]
		if p.format && ok && st&mark == 0 && i >= open[a.r] && opens(atoms, i) {
			end, eol := closing(atoms, i)
			if end == 0 {
				open[a.r] = eol
			} else {
				flush()
				if mark == code {
					spans = append(spans, p.literal().run(atoms[i+1:end], st|code)...)
				} else {
					spans = append(spans, p.run(atoms[i+1:end], st|mark)...)
				}
				i = end
				continue
			}
		}
		plainText.WriteRune(a.r)
	}
	flush()
	return spans
}

var marks = map[rune]style{'*': bold, '_': italic, '~': strike, '`': code}

// literal reads the inside of code: tokens are still tokens.
func (p *parser) literal() *parser { return &parser{o: p.o, code: true} }

// opens tells whether the mark at i stands where a mark can open: not within a
// word, and before something.
func opens(atoms []atom, i int) bool {
	if i > 0 && (wordAt(atoms, i-1) || atoms[i-1].r == atoms[i].r) {
		return false
	}
	return i+1 < len(atoms) && !blankAt(atoms, i+1) && atoms[i+1].r != atoms[i].r
}

// closing finds the mark that closes the one at i on the same line, or 0 and
// where the line ends.
func closing(atoms []atom, i int) (end, eol int) {
	j := i + 2
	for ; j < len(atoms) && atoms[j-1].r != '\n'; j++ {
		if atoms[j].r != atoms[i].r || blankAt(atoms, j-1) && atoms[i].r != '`' {
			continue
		}
		if j+1 == len(atoms) || !wordAt(atoms, j+1) && atoms[j+1].r != atoms[i].r {
			return j, 0
		}
	}
	return 0, j
}

// wordAt counts the word joiner in: neither white space nor punctuation, it is
// what keeps a mark beside it from formatting.
func wordAt(atoms []atom, i int) bool {
	return atoms[i].tok == nil && (unicode.IsLetter(atoms[i].r) || unicode.IsDigit(atoms[i].r) || atoms[i].r == '\u2060')
}

func blankAt(atoms []atom, i int) bool {
	return atoms[i].tok == nil && unicode.IsSpace(atoms[i].r)
}
