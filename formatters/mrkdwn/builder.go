package mrkdwn

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Joiner is the word joiner: invisible, without width, and no boundary at which
// Slack would look for a mark or a name. Slack makes "*x*" bold, and shows it as
// it is with a Joiner on either side of each star.
const Joiner = "\u2060"

// Builder builds text in Slack's markup from two sources that must not be
// confused: markup, which is ours, and text, which is data.
//
// Slack has no escape for its marks * _ ~ and the backtick, and whether one of
// them formats depends on a partner further on in the line: the first star of
// "*.exe and *.dll" does nothing, that of "*.exe*" does. So marks of data go into
// the buffer as placeholders, and String decides about each when its line is
// whole. A mark that Slack would leave alone stays as it is, so that *.exe and
// snake_case can be copied.
type Builder struct {
	buf    []byte
	active bool // buf holds placeholders
}

// Placeholders are control characters, which Clean keeps out of data.
const (
	dataMark    = 0x01 // to 0x04: a mark of data, in the order of markChars
	literalMark = 0x05 // to 0x08: the same in a URL or in code, where none formats
	wideMark    = 0x0e // to 0x10: the full-width forms, in the order of wideChars
	codeSign    = 0x11 // an @ in code, where it calls nobody
)

const (
	markChars  = "*_~`"
	underscore = "\x02" // its placeholder
	backtick   = 3      // in markChars
)

// wideChars are what Slack's clients format, too, for those who type Japanese.
var wideChars = [...]string{"＊", "＿", "｀"}

// wideKinds are their places in markChars.
var wideKinds = [...]int{0, 1, backtick}

// markKind is the index into markChars of a mark that may format, by its
// placeholder.
func markKind(c byte) (kind int, ok bool) {
	switch {
	case c >= dataMark && c < literalMark:
		return int(c - dataMark), true
	case c >= wideMark && int(c-wideMark) < len(wideChars):
		return wideKinds[c-wideMark], true
	}
	return 0, false
}

// literalKind is the same of a mark that cannot format.
func literalKind(c byte) (kind int, ok bool) {
	return int(c) - literalMark, c >= literalMark && int(c)-literalMark < len(markChars)
}

// Grow makes room for about n bytes.
func (w *Builder) Grow(n int) { w.buf = slices.Grow(w.buf, n) }

// Markup adds text that is meant as Slack's markup.
func (w *Builder) Markup(s string) { w.buf = append(w.buf, s...) }

// Text adds data, which must be clean.
func (w *Builder) Text(s string) {
	if s != "" && startsName(s[0]) && w.EndsInSign() {
		w.Markup(Joiner) // "@" and "here" of two texts must not become @here
	}
	var urls urlFinder
	if n := len(w.buf); n > 0 && IsAlnum(w.buf[n-1]) {
		urls.from = wordEnd(s) // the http of "x" and "http://" is no scheme: the word is xhttp
	}
	joined := Joins(string(bytes.TrimRight(w.buf[max(0, len(w.buf)-2*utf8.UTFMax):], markChars)))
	if w.makesCode(s) {
		w.Markup(Joiner) // ":1" and "00:" of two texts must not become 💯
	}
	if GoesOn(s) {
		w.breakCodes() // nor ":100:" and "3"
	}
	urlEnd, codeEnd := 0, 0 // s[:urlEnd] is inside a URL, s[:codeEnd] has the codes of emoji
	for i := 0; ; {
		from := i
		for i < len(s) && !special[s[i]] {
			i++
		}
		w.buf = append(w.buf, s[from:i]...)
		if i == len(s) {
			return
		}
		switch c := s[i]; c {
		case '&':
			w.Markup("&amp;")
		case '<':
			w.Markup("&lt;")
		case '>':
			if w.lineStart() {
				w.Markup(Joiner) // Slack takes &gt; at the start of a line for a quote
			}
			w.Markup("&gt;")
		case ':':
			w.buf = append(w.buf, c)
			if i < max(urlEnd, codeEnd) {
				break
			}
			if strings.HasPrefix(s[i:], "://") {
				urlEnd = urls.end(s, i)
			} else if end, whole := EmojiCode(s, i); whole && (i > 0 || !joined) {
				codeEnd = end
			} else if end > 0 {
				w.Markup(Joiner)
			}
		case '@', '#':
			w.buf = append(w.buf, c)
			if Live(s, i, i < urlEnd) {
				w.Markup(Joiner)
				urlEnd = min(urlEnd, i) // a Joiner may end a URL for Slack
			}
		case wideLead:
			if n := w.wide(s[i:]); n > 0 {
				i += n
				continue
			}
			w.buf = append(w.buf, c)
		default:
			first := byte(dataMark)
			if i < urlEnd {
				first = literalMark
			}
			w.buf = append(w.buf, first+byte(strings.IndexByte(markChars, c)))
			w.active = true
		}
		i++
	}
}

// Verbatim adds data inside code, where nothing formats and nobody is called, so
// that it needs no Joiner.
func (w *Builder) Verbatim(s string) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '@':
			w.buf = append(w.buf, codeSign)
			w.active = true
		case c < utf8.RuneSelf && strings.IndexByte(markChars, c) >= 0:
			w.buf = append(w.buf, literalMark+byte(strings.IndexByte(markChars, c)))
			w.active = true
		case c == '&' || c == '<' || c == '>':
			w.Markup(escEntities(s[i : i+1]))
		default:
			w.buf = append(w.buf, c)
		}
	}
}

// Last is the rune that a text to be added would stand beside.
func (w *Builder) Last() rune {
	r, _ := utf8.DecodeLastRune(w.buf)
	return r
}

// EndsInSign reports whether the text ends in an @ or a #, so that letters added
// to it would be read as a name.
func (w *Builder) EndsInSign() bool {
	n := len(w.buf)
	return n > 0 && (w.buf[n-1] == '@' || w.buf[n-1] == '#')
}

// wideLead is the byte that all full-width forms begin with in UTF-8.
const wideLead = 0xef

// special are the bytes that Text must look at; all others it copies.
var special = [256]bool{'&': true, '<': true, '>': true, ':': true, '@': true, '#': true,
	'*': true, '_': true, '~': true, '`': true, wideLead: true}

// asItIs are the bytes of data that need neither Clean nor Text.
var asItIs = func() (is [256]bool) {
	for c := range is {
		is[c] = (c >= ' ' && c < 0x7f || c == '\n' || c == '\t') && !special[c]
	}
	return is
}()

// isPlain reports whether a text has no other bytes than those.
func isPlain(text string) bool {
	for i := range len(text) {
		if !asItIs[text[i]] {
			return false
		}
	}
	return true
}

// wide handles the full-width forms that Slack reads like the narrow ones, and
// returns the length of one that it has added.
func (w *Builder) wide(s string) int {
	for i, form := range wideChars {
		if strings.HasPrefix(s, form) {
			w.buf = append(w.buf, byte(wideMark+i))
			w.active = true
			return len(form)
		}
	}
	if strings.HasPrefix(s, "＞") && w.lineStart() {
		w.Markup(Joiner)
	}
	return 0
}

// lineStart reports whether nothing but blanks stands before in the line.
func (w *Builder) lineStart() bool {
	for i := len(w.buf) - 1; i >= 0; i-- {
		switch w.buf[i] {
		case '\n':
			return true
		case ' ', '\t':
		default:
			return false
		}
	}
	return true
}

// String returns the text with every data mark decided.
func (w *Builder) String() string {
	if !w.active {
		return guardBroadcasts(string(w.buf))
	}
	out := make([]byte, 0, len(w.buf)+len(w.buf)/8)
	tick := string(rune(dataMark + backtick))
	fences := bytes.Count(w.buf, []byte(tick+tick+tick)) + bytes.Count(w.buf, []byte(fence))
	rest := w.buf
	for len(rest) > 0 {
		line := rest
		for i, c := range rest {
			if c == '\n' {
				line = rest[:i+1]
				break
			}
		}
		rest = rest[len(line):]
		out = guardLine(out, line, fences > 1)
	}
	return strings.ReplaceAll(guardBroadcasts(string(out)), string(rune(codeSign)), "@")
}

// guardLine appends one line to out, with a Joiner on either side of those data
// marks that Slack would pair: of "*a* 2*3" the first two stars, as the third
// stands inside a word. A mark of ours is a partner, too, for those of its kind.
// With fenced, backticks count as paired: a fence spans lines.
func guardLine(out, line []byte, fenced bool) []byte {
	paired := pairs(line)
	paired[backtick] = paired[backtick] || fenced
	for i, c := range line {
		if kind, ok := literalKind(c); ok {
			out = append(out, markChars[kind])
			continue
		}
		kind, ok := markKind(c)
		if !ok {
			out = append(out, c)
			continue
		}
		opens, closes := couldFormat(line, i)
		guard := paired[kind] && (opens || closes || kind == backtick)
		if guard && !strings.HasSuffix(string(out[max(0, len(out)-len(Joiner)):]), Joiner) {
			out = append(out, Joiner...)
		}
		if c >= wideMark {
			out = append(out, wideChars[c-wideMark]...)
		} else {
			out = append(out, markChars[kind])
		}
		if guard {
			out = append(out, Joiner...)
		}
	}
	return out
}

// pairs reports for each kind of mark whether one of data may format in the line:
// because one can open and a later one close, or because a mark of ours is there.
func pairs(line []byte) (paired [len(markChars)]bool) {
	var opened [len(markChars)]bool
	token := false // inside <...>, where marks do not format
	for i, c := range line {
		switch {
		case c == '<':
			token = true
		case c == '>' || c == '|':
			token = false
		case !token && strings.IndexByte(markChars, c) >= 0:
			paired[strings.IndexByte(markChars, c)] = true // ours
		}
		kind, ok := markKind(c)
		if !ok {
			continue
		}
		opens, closes := couldFormat(line, i)
		if kind == backtick {
			opens, closes = true, true // code begins and ends inside words, too
		}
		paired[kind] = paired[kind] || closes && opened[kind]
		opened[kind] = opened[kind] || opens
	}
	return paired
}

// couldFormat reports whether a mark at line[i] stands where Slack lets a mark
// open or close: at a word's edge, with no space on the inner side. In "a *b* c"
// the first star opens and the second closes, in "2 * 3" and "2*3" neither does
// either.
func couldFormat(line []byte, i int) (opens, closes bool) {
	before, _ := utf8.DecodeLastRune(line[:i])
	after, _ := utf8.DecodeRune(line[i+1:])
	start := i == 0
	end := i+1 == len(line) || after == '\n'
	opens = (start || !WordRune(before)) && !end && !unicode.IsSpace(after)
	closes = !start && !unicode.IsSpace(before) && (end || !WordRune(after))
	return opens, closes
}

// WordRune reports whether r is part of a word for Slack: a mark beside it on the
// outer side does not format.
func WordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 0 && IsAlnum(byte(r))
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// IsAlnum reports whether c is a letter or a digit of ASCII.
func IsAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// IsLetter reports whether c is a letter of ASCII.
func IsLetter(c byte) bool { return IsAlnum(c) && c > '9' }
