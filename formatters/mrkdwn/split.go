package mrkdwn

import (
	"strings"
	"unicode/utf8"
)

// markupKind is what must not be broken where text is split.
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
		s.text = unwrapTokens(text, max-maxLead)
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

// unwrapTokens takes the label out of every <...> of more than max code points,
// <url|label> becomes <url> label, or makes text of one that is still longer, so
// that it can be cut.
func unwrapTokens(text string, max int) string {
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
	brokenEnd int                 // the end of a word in which the part before ended
	blankEnd  int                 // s.text[pos:blankEnd] is blank
	urls      []span              // in which marks do not format
}

// cut is a place at which a part may end.
type cut struct {
	at, next int // the part's end, the next one's start
	count    int // code points before it
	state    markupState
}

// next returns the next part, of at most room code points, and moves on.
func (s *splitter) next(room int) string {
	room -= len("\n```") // for closing; or four marks, or three and a Joiner
	here := s.scan(room).best(room)
	part := s.part(here.at)
	s.pos, s.state = here.next, here.state
	if at := here.at; s.kind == SlackMarkup && at == here.next && at >= s.brokenEnd { // in the middle of a word
		s.brokenEnd = len(s.text)
		if n := strings.IndexAny(s.text[at:], " \n"); n >= 0 {
			s.brokenEnd = at + n
		}
	}
	if !here.state.fence {
		part = strings.TrimRight(part, " \n")
		if here.at < len(s.text) && s.text[here.at] == ' ' {
			for s.pos < len(s.text) && s.text[s.pos] == ' ' {
				s.pos++
			}
		}
	}
	if strings.TrimSpace(part) == "" {
		return ""
	}
	return part + here.state.closing(part)
}

// closed is the beginning of the text with what is open at its end closed, or gone
// where there is nothing in it.
func (s *splitter) closed(head string) string {
	if s.urls == nil {
		s.findURLs()
	}
	s.lineEnd = 0
	var state markupState
	var opened [len(markChars)]int // where each mark did that is open
	for i := 0; i < len(head); {
		size, _ := s.unit(i)
		n := state.n
		s.follow(&state, i, size)
		if state.n > n {
			opened[state.marks[n]] = i
		}
		i += size
	}
	if empty := strings.TrimSuffix(head, fence); state.fence && empty != head {
		return strings.TrimRight(empty, " \n\t")
	}
	for state.n > 0 && opened[state.marks[state.n-1]] == len(head)-1 {
		head = strings.TrimRight(head[:len(head)-1], " \n\t")
		state.n--
	}
	return head + state.closing(head)
}

// cuts are the last places of each sort at which a part may end. Those that the
// text does not have are zero.
type cuts struct {
	paragraph, line cut
	word            cut // between words, outside of marks
	inside          cut // between words, inside of marks
	full            cut // in a word, or as far as there is room
}

// best is where a reader minds the cut least, if the part is more than half full
// then.
func (c cuts) best(room int) cut {
	for _, c := range [...]cut{c.paragraph, c.line, c.word, c.inside} {
		if c.count*2 > room {
			return c
		}
	}
	return c.full
}

// scan goes through as much text as there is room for and finds the cuts in it.
func (s *splitter) scan(room int) (found cuts) {
	var breakable cut
	i, count, state := s.pos, 0, s.state
	for i < len(s.text) && count < room {
		size, runes := s.unit(i)
		runes += s.joiners(i)
		if count+runes > room && count > 0 {
			break
		}
		if s.breakable(i) {
			breakable = cut{i, i, count, state}
		}
		s.follow(&state, i, size)
		switch c := s.text[i]; {
		case c == '\n':
			found.line = cut{i, i + 1, count, state}
			if i > s.pos && s.text[i-1] == '\n' && !state.fence {
				found.paragraph = found.line
			}
		case c == ' ' && state.n == 0:
			found.word = cut{i, i + 1, count, state}
		case c == ' ':
			found.inside = cut{i, i + 1, count, state}
		}
		i += size
		count += runes
	}
	if i == s.pos { // a unit longer than a part: cut it all the same
		for n := 0; n < max(room, 1) && i < len(s.text); n++ {
			_, size := utf8.DecodeRuneInString(s.text[i:])
			i += size
		}
	}
	found.full = cut{i, i, count, state}
	if breakable.at > s.pos && !s.breakable(i) {
		found.full = breakable
	}
	return found
}

const fence = "```"

// unit is Unit at i. A fence is one, too.
func (s *splitter) unit(i int) (size, runes int) {
	switch {
	case s.kind != PlainMarkup && strings.HasPrefix(s.text[i:], fence):
		return len(fence), len(fence)
	case s.kind == SlackMarkup || s.text[i] >= utf8.RuneSelf:
		return Unit(s.text[i:])
	}
	return 1, 1
}
