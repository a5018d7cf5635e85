package blockkit

import (
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// AllBlocks are the blocks of a message, with those of its attachments.
func AllBlocks(m Message) []json.RawMessage {
	list := slices.Clone(m.Blocks)
	for _, raw := range m.Attachments {
		var a struct {
			Blocks []json.RawMessage `json:"blocks"`
		}
		if json.Unmarshal(raw, &a) == nil {
			list = append(list, a.Blocks...)
		}
	}
	return list
}

// Budget tells how long a message is and where Fit would begin to continue it
// in the thread, both in characters: those of the blocks and attachments as
// Slack counts them, or those of the text where there are none.
func Budget(m Message) (used, limit int) {
	if len(m.Blocks) == 0 && len(m.Attachments) == 0 {
		return utf8.RuneCountInString(m.Text), maxText
	}
	for _, raw := range slices.Concat(m.Blocks, m.Attachments) {
		var x any
		if json.Unmarshal(raw, &x) == nil {
			used += weight(x)
		}
	}
	return used, budgetOfBlock
}
