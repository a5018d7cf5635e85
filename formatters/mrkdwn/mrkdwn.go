package mrkdwn

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Joiner is the word joiner: invisible, without width, and no boundary at which
// Slack would look for a mark or a name.
const Joiner = "\u2060"

// Builder builds text in Slack's markup from two sources that must not be
// confused: markup, which is ours, and text, which is data.
//
// Slack has no escape for its marks * _ ~ and the backtick, and whether one of
// them formats depends on a partner further on in the line. So data marks go
// into the buffer as placeholders (control characters, which clean keeps out of
// data) and String decides about each when the line is known. A mark that Slack
// would leave alone stays as it is, so that *.exe and snake_case can be copied.
type Builder struct {
	buf    []byte
	active bool // buf holds placeholders
}

// Placeholders. The first four are marks that may format, in the order of
// markChars; the next four are the same inside a URL, where they cannot.
const (
	markFirst = 0x01
	inert     = 0x04 // distance from a mark to its inert form
	markWide  = 0x0e // to 0x10: the full-width forms, which Japanese clients format too
)

const markChars = "*_~`"

var wideChars = [...]string{"＊", "＿", "｀"}

// markKind is the index into markChars of the placeholder c.
func markKind(c byte) (kind int, ok bool) {
	switch {
	case c >= markFirst && c < markFirst+inert:
		return int(c - markFirst), true
	case c == markWide:
		return 0, true
	case c == markWide+1:
		return 1, true
	case c == markWide+2:
		return 3, true
	}
	return 0, false
}

// Markup adds text that is meant as Slack's markup.
func (w *Builder) Markup(s string) { w.buf = append(w.buf, s...) }

// Text adds data, which must be clean.
func (w *Builder) Text(s string) {
	if s != "" && startsName(s[0]) && w.EndsInSign() {
		w.Markup(Joiner)
	}
	var urls urlFinder
	if n := len(w.buf); n > 0 && IsAlnum(w.buf[n-1]) {
		urls.from = wordEnd(s) // a scheme at the start is the end of a longer word
	}
	urlEnd := 0 // s[:urlEnd] is inside a URL
	for i := 0; i < len(s); {
		c := s[i]
		if !special[c] {
			w.buf = append(w.buf, c)
			i++
			continue
		}
		switch c {
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
			if i >= urlEnd && strings.HasPrefix(s[i:], "://") {
				urlEnd = urls.end(s, i)
			}
		case '@', '#':
			w.buf = append(w.buf, c)
			if Live(s, i, i < urlEnd) {
				w.Markup(Joiner)
				urlEnd = min(urlEnd, i) // which ends a URL, perhaps
			}
		case 0xef: // the lead byte of all full-width forms
			if n := w.wide(s[i:]); n > 0 {
				i += n
				continue
			}
			w.buf = append(w.buf, c)
		default:
			kind := byte(strings.IndexByte(markChars, c))
			if i < urlEnd && i+1 < urlEnd {
				kind += inert
			}
			w.buf = append(w.buf, markFirst+kind)
			w.active = true
		}
		i++
	}
}

// Verbatim adds data inside code, where marks do not format.
func (w *Builder) Verbatim(s string) {
	from := len(w.buf)
	w.Text(s)
	for i := from; i < len(w.buf); i++ {
		if c := w.buf[i]; c >= markFirst && c < markFirst+inert {
			w.buf[i] = c + inert
		}
	}
}

// Last is the rune that a text to be added would stand beside.
func (w *Builder) Last() rune {
	r, _ := utf8.DecodeLastRune(w.buf)
	return r
}

// EndsInSign reports whether a name could go on from here.
func (w *Builder) EndsInSign() bool {
	n := len(w.buf)
	return n > 0 && (w.buf[n-1] == '@' || w.buf[n-1] == '#')
}

var special = [256]bool{'&': true, '<': true, '>': true, ':': true, '@': true, '#': true,
	'*': true, '_': true, '~': true, '`': true, 0xef: true}

// wide handles the full-width forms that Slack reads like the narrow ones.
func (w *Builder) wide(s string) int {
	for i, form := range wideChars {
		if strings.HasPrefix(s, form) {
			w.buf = append(w.buf, byte(markWide+i))
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

// Live reports whether Slack might take the sign @ or # at s[i] with the word
// after it for a name. It does so with parse=full and with link_names, at the
// start of a word: the @ of an e-mail address and the # of a URL are left alone,
// so that both can be copied.
func Live(s string, i int, inURL bool) bool {
	if i+1 == len(s) || !startsName(s[i+1]) {
		return false
	}
	if s[i] == '@' && callsAll(s, i) {
		return true
	}
	return !inURL && !(i > 0 && IsAlnum(s[i-1]))
}

func startsName(c byte) bool {
	return IsAlnum(c) || c == '_' || c == '-' || c == '.' || c >= utf8.RuneSelf
}

// Broadcasts are the words that call everybody; group is an older one.
var Broadcasts = [...]string{"here", "channel", "everyone", "group"}

// callsAll reports whether the @ at s[i] and the word behind it call everybody.
// One that goes on with - or _ counts too, as a word joiner may come to stand
// there. Not meant are hosts of addresses, joe@here.example and joe@here-it-is.com,
// and pages of people, https://host/@group-ib.
func callsAll(s string, i int) bool {
	for _, word := range Broadcasts {
		rest := s[i+1:]
		if len(rest) < len(word) || !strings.EqualFold(rest[:len(word)], word) {
			continue
		}
		rest = rest[len(word):]
		if rest == "" {
			return true
		}
		if IsAlnum(rest[0]) {
			continue
		}
		if i == 0 || len(rest) == 1 || !IsAlnum(rest[1]) {
			return true
		}
		host := IsAlnum(s[i-1]) && strings.IndexByte(".-_", rest[0]) >= 0
		page := s[i-1] == '/' && strings.IndexByte("-_", rest[0]) >= 0
		return !host && !page
	}
	return false
}

func IsAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func IsLetter(c byte) bool { return IsAlnum(c) && c > '9' }

// wordEnd is the length of the letters and digits at the start of s.
func wordEnd(s string) int {
	n := 0
	for n < len(s) && IsAlnum(s[n]) {
		n++
	}
	return n
}

// urlFinder finds the ends of the URLs of one text, in linear time though one
// may hold many others.
type urlFinder struct {
	from     int // no URL's scheme ends here or before
	run      int // the end of the last run of characters that URLs are made of
	runNoEnd int // the same without what does not count at a URL's end
}

// end returns where the URL ends whose "://" stands at s[i], or 0 if it is not
// an http URL with a host. i must not go back.
func (u *urlFinder) end(s string, i int) int {
	scheme := i
	for scheme > 0 && IsAlnum(s[scheme-1]) && i-scheme < 6 {
		scheme--
	}
	if name := s[scheme:i]; u.from == i || !strings.EqualFold(name, "http") && !strings.EqualFold(name, "https") {
		return 0
	}
	host := i + len("://")
	if host == len(s) || !IsAlnum(s[host]) && s[host] != '[' {
		return 0
	}
	if host >= u.run {
		u.run = host
		for u.run < len(s) && (IsAlnum(s[u.run]) || strings.IndexByte("-._~:/?#[]@!$&*+;=%", s[u.run]) >= 0) {
			u.run++
		}
		u.runNoEnd = u.run
		for u.runNoEnd > host && strings.IndexByte(markChars+endsURL, s[u.runNoEnd-1]) >= 0 {
			u.runNoEnd--
		}
	}
	return max(u.runNoEnd, i)
}

// endsURL are the characters that are not part of a URL where they end it, as
// marks are not.
const endsURL = ".:;!?[]"

// String returns the text with every data mark decided.
func (w *Builder) String() string {
	if !w.active {
		return hush(string(w.buf))
	}
	out := make([]byte, 0, len(w.buf)+len(w.buf)/8)
	fences := strings.Count(string(w.buf), "\x04\x04\x04") + strings.Count(string(w.buf), "```")
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
		out = settle(out, line, fences > 1)
	}
	return hush(string(out))
}

// hush puts a word joiner into every call to everybody that was not one before
// several texts stood together.
func hush(s string) string {
	if strings.IndexByte(s, '@') < 0 {
		return s
	}
	from := 0
	var b strings.Builder
	for i := range len(s) {
		if s[i] == '@' && (i == 0 || !IsAlnum(s[i-1])) && callsAll(s, i) {
			b.WriteString(s[from : i+1])
			b.WriteString(Joiner)
			from = i + 1
		}
	}
	if from == 0 {
		return s
	}
	return b.String() + s[from:]
}

// settle appends one line to out and puts word joiners around those data marks
// that Slack would pair. With fenced, backticks count as paired: a fence spans
// lines.
func settle(out, line []byte, fenced bool) []byte {
	var opened, paired [len(markChars)]bool
	paired[3] = fenced
	token := false // inside <...>, where marks do not format
	for i, c := range line {
		switch {
		case c == '<':
			token = true
		case c == '>' || c == '|':
			token = false
		case !token && strings.IndexByte(markChars, c) >= 0:
			paired[strings.IndexByte(markChars, c)] = true // one of ours
		}
		kind, ok := markKind(c)
		if !ok {
			continue
		}
		opens, closes := couldFormat(line, i)
		if kind == 3 {
			opens, closes = true, true // code needs no boundary
		}
		paired[kind] = paired[kind] || closes && opened[kind]
		opened[kind] = opened[kind] || opens
	}
	for i, c := range line {
		if c >= markFirst+inert && c < markFirst+2*inert {
			out = append(out, markChars[c-markFirst-inert])
			continue
		}
		kind, ok := markKind(c)
		if !ok {
			out = append(out, c)
			continue
		}
		opens, closes := couldFormat(line, i)
		guard := paired[kind] && (opens || closes || kind == 3)
		if guard && !strings.HasSuffix(string(out[max(0, len(out)-len(Joiner)):]), Joiner) {
			out = append(out, Joiner...)
		}
		if c >= markWide {
			out = append(out, wideChars[c-markWide]...)
		} else {
			out = append(out, markChars[kind])
		}
		if guard {
			out = append(out, Joiner...)
		}
	}
	return out
}

// couldFormat reports whether a mark at line[i] stands where Slack lets a mark
// open or close: at a word's edge, with no space on the inner side.
func couldFormat(line []byte, i int) (opens, closes bool) {
	before, _ := utf8.DecodeLastRune(line[:i])
	after, _ := utf8.DecodeRune(line[i+1:])
	start := i == 0
	end := i+1 == len(line) || after == '\n'
	opens = (start || !WordRune(before)) && !end && !unicode.IsSpace(after)
	closes = !start && !unicode.IsSpace(before) && (end || !WordRune(after))
	return opens, closes
}

func WordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 0 && IsAlnum(byte(r))
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}
