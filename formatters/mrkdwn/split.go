package mrkdwn

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// How text may be split.
type markupKind uint8

const (
	PlainMarkup markupKind = iota // no markup
	FenceMarkup                   // Markdown: only fences span lines
	SlackMarkup                   // mrkdwn
)

// Split cuts text into parts of at most max code points, at least 40 of mrkdwn:
// between paragraphs, lines or words if it can, else between code points. It
// never cuts an entity, and of the tokens of mrkdwn only those that are longer
// than a part. Where it must cut inside a fence, a quote or a mark, the part
// closes it and the next one opens it again. It takes linear time.
func Split(text string, max int, kind markupKind) []string {
	if Fits(text, max) {
		return []string{text}
	}
	s := splitter{text: text, kind: kind}
	if kind == SlackMarkup {
		s.text = openTokens(text, max-maxLead)
		text = s.text
		s.findURLs()
	}
	var parts []string
	for {
		lead := s.reopen()
		if Fits(text[s.pos:], max-len(lead)) {
			if rest := s.part(len(text)); Fits(rest, max-len(lead)) {
				if strings.TrimSpace(rest) != "" {
					parts = append(parts, lead+rest)
				}
				if len(parts) == 0 {
					parts = []string{" "} // there were only blanks
				}
				return parts
			}
		}
		if part := s.next(max - len(lead)); part != "" {
			parts = append(parts, lead+part)
		}
	}
}

// Fits reports whether text has at most n code points, without counting on.
func Fits(text string, n int) bool {
	if len(text) <= n {
		return true
	}
	if len(text) > n*utf8.UTFMax {
		return false
	}
	return utf8.RuneCountInString(text) <= n
}

// maxLead is the most that a part has beside its text: a quote, marks that are
// opened and closed again, a word joiner.
const maxLead = 12

// openTokens takes the label, if there is one, out of every <...> of more than max
// code points, or makes text of one that is still longer, so that it can be cut.
func openTokens(text string, max int) string {
	if strings.IndexByte(text, '<') < 0 {
		return text
	}
	var b strings.Builder
	from := 0
	for i := 0; i < len(text); {
		size, runes := Unit(text[i:])
		if text[i] == '<' && size > 1 && runes > max {
			b.WriteString(text[from:i])
			target, label, _ := strings.Cut(text[i+1:i+size-1], "|")
			if Fits(target, max-len("<>")) {
				target = "<" + target + ">"
			}
			b.WriteString(strings.TrimSpace(target + " " + label))
			from = i + size
		}
		i += size
	}
	return b.String() + text[from:]
}

// span is a part of a text, from its first byte to that after its last.
type span struct{ from, to int }

type splitter struct {
	text      string
	kind      markupKind
	pos       int
	state     markupState
	lineEnd   int                 // of the line whose closers are known
	lastClose [len(markChars)]int // in that line, -1 if none
	tornEnd   int                 // the end of a word that was torn apart
	ink       int                 // s.text[pos:ink] is blank
	urls      []span              // in which marks do not format
}

// markupState is what is open at a place.
type markupState struct {
	fence bool
	quote bool
	marks [len(markChars)]byte // kinds in the order in which they were opened
	n     int
}

func (m *markupState) has(kind int) bool {
	for _, k := range m.marks[:m.n] {
		if int(k) == kind {
			return true
		}
	}
	return false
}

func (m *markupState) remove(kind int) {
	n := 0
	for _, k := range m.marks[:m.n] {
		if int(k) != kind {
			m.marks[n] = k
			n++
		}
	}
	m.n = n
}

// reopen is what the next part begins with.
func (s *splitter) reopen() string {
	if s.state.fence {
		return "```\n"
	}
	lead := ""
	if s.state.quote {
		lead = "> "
	} else if s.kind == SlackMarkup && s.pos > 0 && s.text[s.pos-1] != '\n' {
		s.ink = max(s.ink, s.pos)
		for s.ink < len(s.text) && (s.text[s.ink] == ' ' || s.text[s.ink] == '\t') {
			s.ink++
		}
		if rest := s.text[s.ink:]; strings.HasPrefix(rest, "&gt;") || strings.HasPrefix(rest, "＞") {
			lead = Joiner // it stood inside a line, where it is no quote
		}
	}
	for _, k := range s.state.marks[:s.state.n] {
		lead += markChars[k : k+1]
	}
	return lead
}

// closing ends what is open.
func (m *markupState) closing() string {
	if m.fence {
		return "\n```"
	}
	end := ""
	for _, k := range m.marks[:m.n] {
		end = markChars[k:k+1] + end
	}
	return end
}

// cut is a place at which a part may end.
type cut struct {
	at, next int // the part's end, the next one's start
	count    int // code points before it
	state    markupState
}

// next returns the next part, of at most room code points, and moves on.
func (s *splitter) next(room int) string {
	room -= len("\n```") // or four marks, or three and a word joiner
	start := s.pos
	var paragraph, line, word, inside, torn cut
	i, count, state := s.pos, 0, s.state
	for i < len(s.text) && count < room {
		if s.kind == SlackMarkup && i >= s.lineEnd {
			s.measure(i)
		}
		c := s.text[i]
		size, runes := 1, 1
		if s.kind == SlackMarkup || c >= utf8.RuneSelf {
			size, runes = Unit(s.text[i:])
		}
		if s.kind != PlainMarkup && strings.HasPrefix(s.text[i:], "```") {
			size, runes = 3, 3
		}
		runes += s.joiners(i)
		if count+runes > room && count > 0 {
			break
		}
		if s.tearable(i) {
			torn = cut{i, i, count, state}
		}
		switch {
		case size == 3 && c == '`':
			state.fence = !state.fence
			state.n = 0
		case c == '\n':
			state.n = 0
			state.quote = false
			here := cut{i, i + 1, count, state}
			if i > start && s.text[i-1] == '\n' && !state.fence {
				paragraph = here
			}
			line = here
		case c == ' ':
			here := cut{i, i + 1, count, state}
			if state.n == 0 {
				word = here
			} else {
				inside = here
			}
		case s.kind == SlackMarkup && !state.fence:
			if c == '>' || strings.HasPrefix(s.text[i:], "&gt;") {
				state.quote = state.quote || i == 0 || s.text[i-1] == '\n'
			}
			s.mark(&state, i)
		}
		i += size
		count += runes
	}
	if i == start { // a unit longer than a part: cut it all the same
		_, size := utf8.DecodeRuneInString(s.text[i:])
		i += size
		for n := 1; n < room && i < len(s.text); n++ {
			_, size := utf8.DecodeRuneInString(s.text[i:])
			i += size
		}
	}
	best := cut{i, i, count, state}
	if torn.at > start && !s.tearable(i) {
		best = torn
	}
	for _, c := range [...]cut{paragraph, line, word, inside} {
		if c.count*2 > room {
			best = c
			break
		}
	}
	part := s.part(best.at)
	s.pos, s.state = best.next, best.state
	if at := best.at; s.kind == SlackMarkup && at == best.next && at >= s.tornEnd {
		s.tornEnd = len(s.text)
		if n := strings.IndexAny(s.text[at:], " \n"); n >= 0 {
			s.tornEnd = at + n
		}
	}
	if !best.state.fence {
		part = strings.TrimRight(part, " \n")
		if best.at < len(s.text) && s.text[best.at] == ' ' {
			for s.pos < len(s.text) && s.text[s.pos] == ' ' {
				s.pos++
			}
		}
	}
	if strings.TrimSpace(part) == "" {
		return ""
	}
	end := best.state.closing()
	if strings.HasPrefix(end, "_") && (strings.HasSuffix(part, "@") || strings.HasSuffix(part, "#")) {
		end = Joiner + end // names may hold the mark
	}
	return part + end
}

// part is the text from where the splitter stands, with word joiners beside what
// acts since the URL it stands in was torn apart.
func (s *splitter) part(to int) string {
	var b strings.Builder
	from := s.pos
	for i := s.pos; i < to && i < s.tornEnd; {
		switch s.joiners(i) {
		case 1:
			b.WriteString(s.text[from:i+1] + Joiner)
			from = i + 1
		case 2:
			b.WriteString(s.text[from:i] + Joiner + s.text[i:i+1] + Joiner)
			from = i + 1
		}
		size, _ := Unit(s.text[i:])
		i += size
	}
	if from == s.pos {
		return s.text[from:to]
	}
	return b.String() + s.text[from:to]
}

// joiners is how many word joiners the character at i needs in the rest of a
// word that was torn apart: one behind an @ or # and two around a mark that a URL
// kept from acting.
func (s *splitter) joiners(i int) int {
	if i >= s.tornEnd {
		return 0
	}
	switch c := s.text[i]; {
	case c == '@' || c == '#':
		if Live(s.text[s.pos:], i-s.pos, false) && !strings.HasPrefix(s.text[i+1:], Joiner) {
			return 1
		}
	case strings.IndexByte(markChars, c) >= 0 && s.inURL(i):
		return 2
	}
	return 0
}

// findURLs notes where the text has URLs, outside of tokens.
func (s *splitter) findURLs() {
	var finder urlFinder
	for i := 0; i < len(s.text); {
		if s.text[i] == ':' && strings.HasPrefix(s.text[i:], "://") {
			end := finder.end(s.text, i)
			for n := i; n < end; n++ {
				if s.text[n] == '&' && (strings.HasPrefix(s.text[n:], "&lt;") || strings.HasPrefix(s.text[n:], "&gt;")) {
					end = n // as it did in the text that this was
				}
			}
			if end > i {
				s.urls = append(s.urls, span{i, end})
				i = end
				continue
			}
		}
		size, _ := Unit(s.text[i:])
		i += size
	}
}

// inURL reports whether s.text[i] stands in a URL and does not end it.
func (s *splitter) inURL(i int) bool {
	n := sort.Search(len(s.urls), func(n int) bool { return s.urls[n].to > i })
	return n < len(s.urls) && s.urls[n].from <= i && i+1 < s.urls[n].to
}

func (s *splitter) tearable(at int) bool {
	return tearable(s.text, at) && !(at > 0 && at < len(s.text) && s.inURL(at-1) && endsURLAt(s.text, at))
}

// measure finds the last place in the line at i at which each mark closes: a
// mark without one does not open.
func (s *splitter) measure(i int) {
	end := strings.IndexByte(s.text[i:], '\n')
	if end < 0 {
		end = len(s.text)
	} else {
		end += i + 1
	}
	s.lineEnd = end
	s.lastClose = [len(markChars)]int{-1, -1, -1, -1}
	for j := i; j < end; j++ {
		if kind := strings.IndexByte(markChars, s.text[j]); kind >= 0 && !s.inURL(j) {
			if _, closes := s.edges(j); closes {
				s.lastClose[kind] = j
			}
		}
	}
}

// edges is couldFormat of the mark at i. One between word joiners is data.
func (s *splitter) edges(i int) (opens, closes bool) {
	if strings.HasPrefix(s.text[i+1:], Joiner) && strings.HasSuffix(s.text[:i], Joiner) {
		return false, false
	}
	from, to := max(0, i-utf8.UTFMax), min(len(s.text), i+1+utf8.UTFMax)
	return couldFormat([]byte(s.text[from:to]), i-from)
}

// mark follows a mark at i.
func (s *splitter) mark(state *markupState, i int) {
	kind := strings.IndexByte(markChars, s.text[i])
	if kind < 0 || state.has(3) && kind != 3 || s.inURL(i) { // nothing formats inside code
		return
	}
	opens, closes := s.edges(i)
	switch {
	case state.has(kind):
		if closes {
			state.remove(kind)
		}
	case opens && s.lastClose[kind] > i:
		state.marks[state.n] = byte(kind)
		state.n++
	}
}
