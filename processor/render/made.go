package render

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
)

// maxMade bounds what a worker notes of a script's helpers for one message, in
// bytes. A message of Slack's has no room for as many links; what is made beyond
// that becomes text at the gate.
const maxMade = 64 << 10

// maker notes in a worker which tokens that act the helpers of slack have made
// for a message, so that the gate knows them from those that data brought, and what
// its fields show. It belongs to the one goroutine that renders.
type maker struct {
	tokens []string
	size   int    // of tokens
	said   []byte // what readNoted reads
}

// note returns a helper's text, of which it has noted the tokens.
func (m *maker) note(text string) string {
	if strings.IndexByte(text, '<') < 0 {
		return text
	}
	for _, token := range blockkit.Tokens(text) {
		if m.size += len(token); m.size <= maxMade {
			m.tokens = append(m.tokens, token)
			m.say('<', token)
		}
	}
	return text
}

// has reports whether a helper has made the token for this message.
func (m *maker) has(token string) bool { return slices.Contains(m.tokens, token) }

// shows and hides note what the next of the fields shows.
func (m *maker) shows(label, text string) string {
	m.say('s', label, text)
	return ""
}

func (m *maker) hides(label string) string {
	m.say('h', label)
	return ""
}

// say writes texts with their lengths before them. As JSON they would be a tenth of
// what the service does for a card.
func (m *maker) say(kind byte, texts ...string) {
	m.said = append(m.said, kind)
	for _, text := range texts {
		m.said = append(strconv.AppendInt(m.said, int64(len(text)), 10), ':')
		m.said = append(m.said, text...)
	}
}

// aside is what was noted, nil of nothing, and begins anew.
func (m *maker) aside() []byte {
	said := m.said
	*m = maker{}
	return said
}

// noted is what the helpers have made in a render, and what its fields show where a
// script has changed that.
type noted struct {
	made  []string
	shows []shownAs
}

// readNoted reads what aside has given; of anything else nothing is noted.
func readNoted(aside []byte) (n noted) {
	rest := string(aside)
	text := func() string {
		length, after, found := strings.Cut(rest, ":")
		size, err := strconv.Atoi(length)
		if !found || err != nil || size < 0 || size > len(after) {
			rest = "?" // which begins nothing
			return ""
		}
		rest = after[size:]
		return after[:size]
	}
	for rest != "" {
		kind := rest[0]
		rest = rest[1:]
		switch kind {
		case '<':
			n.made = append(n.made, text())
		case 's':
			n.shows = append(n.shows, shownAs{label: text(), text: text()})
		case 'h':
			n.shows = append(n.shows, shownAs{label: text(), hidden: true})
		default:
			return noted{}
		}
	}
	return n
}
