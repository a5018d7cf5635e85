package mrkdwn

import (
	"strings"
	"unicode/utf8"
)

// markupState is what is open at a place. A part that ends there has to close it,
// and the next one to open it again: "*one two*" becomes "*one*" and "*two*".
type markupState struct {
	fence bool
	quote bool
	marks [len(markChars)]byte // the first n: kinds in the order in which they were opened
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
		s.blankEnd = max(s.blankEnd, s.pos)
		for s.blankEnd < len(s.text) && (s.text[s.blankEnd] == ' ' || s.text[s.blankEnd] == '\t') {
			s.blankEnd++
		}
		if rest := s.text[s.blankEnd:]; strings.HasPrefix(rest, "&gt;") || strings.HasPrefix(rest, "＞") {
			lead = Joiner // it stood inside a line, where it is no quote: "a &gt; b"
		}
	}
	for _, k := range s.state.marks[:s.state.n] {
		lead += markChars[k : k+1]
	}
	return lead
}

// closing ends what is open at the end of a part.
func (m *markupState) closing(part string) string {
	if m.fence {
		return "\n```"
	}
	end := ""
	for _, k := range m.marks[:m.n] {
		end = markChars[k:k+1] + end
	}
	if strings.HasPrefix(end, "_") && (strings.HasSuffix(part, "@") || strings.HasSuffix(part, "#")) {
		end = Joiner + end // names may hold the mark
	}
	return end
}

// findClosers finds the last place in the line at i at which each mark closes: a
// mark without one after it does not open. Once a line keeps it linear.
func (s *splitter) findClosers(i int) {
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
			if _, closes := s.couldFormat(j); closes {
				s.lastClose[kind] = j
			}
		}
	}
}

// couldFormat is couldFormat of the mark at i. One between Joiners is data.
func (s *splitter) couldFormat(i int) (opens, closes bool) {
	if strings.HasPrefix(s.text[i+1:], Joiner) && strings.HasSuffix(s.text[:i], Joiner) {
		return false, false
	}
	from, to := max(0, i-utf8.UTFMax), min(len(s.text), i+1+utf8.UTFMax)
	return couldFormat([]byte(s.text[from:to]), i-from)
}

// follow takes over what stands at i, of so many bytes.
func (s *splitter) follow(state *markupState, i, size int) {
	if s.kind == SlackMarkup && i >= s.lineEnd {
		s.findClosers(i)
	}
	switch c := s.text[i]; {
	case size == len(fence) && c == '`':
		state.fence = !state.fence
		state.n = 0
	case c == '\n':
		state.n = 0
		state.quote = false
	case s.kind == SlackMarkup && !state.fence:
		if c == '>' || strings.HasPrefix(s.text[i:], "&gt;") {
			state.quote = state.quote || i == 0 || s.text[i-1] == '\n'
		}
		s.followMark(state, i)
	}
}

// followMark opens or closes what a mark at i does.
func (s *splitter) followMark(state *markupState, i int) {
	kind := strings.IndexByte(markChars, s.text[i])
	if kind < 0 || state.has(backtick) && kind != backtick || s.inURL(i) { // nothing formats inside code
		return
	}
	opens, closes := s.couldFormat(i)
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
