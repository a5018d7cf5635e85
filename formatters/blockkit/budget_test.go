package blockkit

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestBudgetTellsWhenAMessageIsContinued(t *testing.T) {
	section := func(n int) json.RawMessage {
		js, err := json.Marshal(map[string]any{"type": "section", "text": map[string]string{"type": "mrkdwn", "text": strings.Repeat("x", n)}})
		if err != nil {
			t.Fatal(err)
		}
		return js
	}
	wrapped := func(blocks ...json.RawMessage) json.RawMessage {
		js, err := json.Marshal(map[string]any{"color": "#ff0000", "blocks": blocks})
		if err != nil {
			t.Fatal(err)
		}
		return js
	}
	for _, c := range []struct {
		name   string
		m      Message
		used   int
		blocks int
	}{
		{"text", Message{Text: "äöü"}, 3, 0},
		{"blocks count, and not their text for notifications", Message{Text: "abc", Blocks: []json.RawMessage{section(7)}}, 7, 1},
		{"a header costs more", Message{Blocks: []json.RawMessage{[]byte(`{"type":"header","text":{"type":"plain_text","text":"abc"}}`)}}, 103, 1},
		{"attachments count", Message{Blocks: []json.RawMessage{section(2)}, Attachments: []json.RawMessage{wrapped(section(3), section(4))}}, 9, 3},
		{"just fits", Message{Blocks: []json.RawMessage{section(3000), section(3000), section(3000), section(2000)}}, 11000, 4},
		{"one too many", Message{Blocks: []json.RawMessage{section(3000), section(3000), section(3000), section(2001)}}, 11001, 4},
	} {
		used, limit := Budget(c.m)
		if used != c.used || len(AllBlocks(c.m)) != c.blocks {
			t.Errorf("%s: %d characters in %d blocks, want %d in %d", c.name, used, len(AllBlocks(c.m)), c.used, c.blocks)
		}
		ms, _ := Fit(c.m)
		if got, want := len(ms) > 1, used > limit; got != want {
			t.Errorf("%s: %d of %d characters, and it is fitted into %d messages", c.name, used, limit, len(ms))
		}
	}
}
