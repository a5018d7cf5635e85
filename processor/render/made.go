package render

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
)

// maxMade bounds what a worker notes of a script's helpers for one message, in
// bytes. A message of Slack's has no room for as many links; what is made beyond
// that becomes text at the gate.
const maxMade = 64 << 10

// maker notes in a worker which tokens that act the helpers of slack have made
// for a message, so that the gate knows them from those that data brought. It
// belongs to the one goroutine that renders.
type maker struct {
	tokens []string
	size   int
	shows  []shownAs
}

// note returns a helper's text, of which it has noted the tokens.
func (m *maker) note(text string) string {
	if strings.IndexByte(text, '<') < 0 {
		return text
	}
	for _, token := range blockkit.Tokens(text) {
		if m.size += len(token); m.size <= maxMade {
			m.tokens = append(m.tokens, token)
		}
	}
	return text
}

// has reports whether a helper has made the token for this message.
func (m *maker) has(token string) bool { return slices.Contains(m.tokens, token) }

// show notes what the next of the fields shows.
func (m *maker) show(s shownAs) string {
	m.shows = append(m.shows, s)
	return ""
}

// aside is JSON of what was noted, nil of nothing, and begins anew.
func (m *maker) aside() []byte {
	said := *m
	*m = maker{}
	if said.tokens == nil && said.shows == nil {
		return nil
	}
	js, _ := encode(noted{said.tokens, said.shows}) // texts alone
	return js
}

// noted is what the helpers have made in a render, and what its fields show where a
// script has changed that.
type noted struct {
	Made  []string  `json:"made"`
	Shows []shownAs `json:"shows"`
}

// readNoted reads what aside has written; of anything else nothing is noted.
func readNoted(aside json.RawMessage) (n noted) {
	if len(aside) > 0 && json.Unmarshal(aside, &n) != nil {
		return noted{}
	}
	return n
}
