package mrkdwn

import (
	"sort"
	"strings"
)

// part is the text from where the splitter stands. If that is in the middle of a
// word, what the head of the word kept from acting gets Joiners: of
// https://host/a_b/@joe the rest "a_b/@joe" is no URL, so @joe would call.
func (s *splitter) part(to int) string {
	var b strings.Builder
	from := s.pos
	for i := s.pos; i < to && i < s.brokenEnd; {
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

// joiners is how many Joiners the character at i needs in the rest of a word that
// was broken: one behind an @ or #, or the colon of an emoji's code, and two around a
// mark that a URL kept from acting.
func (s *splitter) joiners(i int) int {
	if i >= s.brokenEnd {
		return 0
	}
	switch c := s.text[i]; {
	case c == '@' || c == '#':
		if Live(s.text[s.pos:], i-s.pos, false) && !strings.HasPrefix(s.text[i+1:], Joiner) {
			return 1
		}
	case c == ':' && emojiCode(s.text, i) > 0 && s.inURL(i):
		return 1
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
					end = n // a < or > ends a URL; & alone does not
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

// breakable is breakable at a place of the text. In a URL that is not behind a
// character that would no longer belong to its head.
func (s *splitter) breakable(at int) bool {
	return breakable(s.text, at) && !(at > 0 && at < len(s.text) && s.inURL(at-1) && endsURLAt(s.text, at))
}
