package preview

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// loose reads what can stand anywhere in raw text: emoji by name, and what
// Slack links by itself. Entities are decoded piece by piece, afterwards, so
// that an escaped mark never takes part.
func (p *parser) loose(raw string, st style) []span {
	if p.code {
		return merge([]span{{Text: decode(raw), Style: st}})
	}
	var spans []span
	add := func(s span) {
		if s.Text != "" {
			s.Style |= st
			spans = append(spans, s)
		}
	}
	from := 0 // what lies before it is in spans
	for at := 0; at < len(raw); {
		next := strings.IndexAny(raw[at:], ":h@#")
		if next < 0 {
			break
		}
		at += next
		found, n := p.piece(raw, at)
		if n == 0 {
			at++
			continue
		}
		add(span{Text: decode(raw[from:at])})
		add(found)
		at += n
		from = at
	}
	add(span{Text: decode(raw[from:])})
	return merge(spans)
}

var (
	urlForm  = regexp.MustCompile(`^https?://[^\s<>"|]+`)
	nameForm = regexp.MustCompile(`^@(?:here|channel|everyone)`)
	// channelForm is large, and seldom asked for.
	channelForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^#[\p{L}\p{N}][\p{L}\p{N}._-]{0,79}`) })
)

// piece reads what may begin at a place, and how long it is.
func (p *parser) piece(raw string, at int) (span, int) {
	rest := raw[at:]
	before, _ := utf8.DecodeLastRuneInString(raw[:at])
	inWord := at > 0 && (unicode.IsLetter(before) || unicode.IsDigit(before) || before == '_')
	switch rest[0] {
	case ':':
		return emojiAt(rest)
	case 'h':
		if !p.urls || inWord || !strings.HasPrefix(rest, "http") {
			return span{}, 0
		}
		m := urlForm.FindString(rest)
		for _, entity := range []string{"&lt;", "&gt;"} {
			m, _, _ = strings.Cut(m, entity)
		}
		m = strings.TrimRight(m, `.,;:!?)]}'*_~`+"`")
		if s, ok := linkTo(decode(m), ""); ok && s.Href != "" {
			return s, len(m)
		}
	case '@':
		if m := nameForm.FindString(rest); p.names && !inWord && m != "" && !wordFollows(rest[len(m):]) {
			return span{What: broadcast, Text: m}, len(m)
		}
	case '#':
		if m := strings.TrimRight(channelForm().FindString(rest), ".-"); p.names && !inWord && before != '&' && m != "" {
			return span{What: mention, Text: m}, len(m)
		}
	}
	return span{}, 0
}

func wordFollows(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}

// merge joins neighbours that are plain text of one style.
func merge(spans []span) []span {
	var list []span
	for _, s := range spans {
		if s.Text == "" {
			continue
		}
		if n := len(list); n > 0 && s.What == plain && list[n-1].What == plain && s.Style == list[n-1].Style && s.Title == "" && list[n-1].Title == "" {
			list[n-1].Text += s.Text
			continue
		}
		list = append(list, s)
	}
	return list
}
