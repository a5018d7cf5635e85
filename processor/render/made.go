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

// take returns what was noted since the last time, as a list or null. The driver
// asks at the beginning of a call, too: the call before may have failed.
func (m *maker) take() (json.RawMessage, error) {
	list := m.tokens
	m.tokens, m.size = nil, 0
	if list == nil {
		return json.RawMessage("null"), nil
	}
	return encode(list)
}

// sealed is what the driver returns of a message for which helpers have made
// something, or whose fields show something else than was sent: the tokens, the
// fields, and what the script returned.
type sealed struct {
	Made   []string        `json:"made"`
	Shows  []shownAs       `json:"shows"`
	Result json.RawMessage `json:"result"`
}

// unseal takes the driver's output apart.
func unseal(output json.RawMessage) sealed {
	var s sealed
	if !strings.HasPrefix(string(output), `{"made":`) || json.Unmarshal(output, &s) != nil || s.Result == nil { // no member of a result has that name
		return sealed{Result: output}
	}
	return s
}
