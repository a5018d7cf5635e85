package richtext

import (
	"encoding/json"
	"testing"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// What a script makes bold is bold, whatever marks the data has.
func TestAStyleAroundAll(t *testing.T) {
	for text, want := range map[string]string{
		"*a":   `{"type":"text","text":"*a","style":{"bold":true}}`,
		"a*b*": `{"type":"text","text":"a*b*","style":{"bold":true}}`,
		"**":   `{"type":"text","text":"**","style":{"bold":true}}`,
		"_x_":  `{"type":"text","text":"_x_","style":{"bold":true}}`,
	} {
		var l Lines
		l.Markup("", mrkdwn.Bold(mrkdwn.Esc(text)), func(string) bool { return false })
		if got := elements(t, l.Elements()); got != section(want) {
			t.Errorf("%s: got %s, want %s", text, got, section(want))
		}
	}
}

func TestCodesOfTwoPiecesAreNoEmoji(t *testing.T) {
	for source, want := range map[string]string{
		":100:<u>3</u>":   `{"type":"text","text":":100:"},{"type":"text","text":"3","style":{"underline":true}}`,
		":100: <u>3</u>":  `{"type":"emoji","name":"100"},{"type":"text","text":" "},{"type":"text","text":"3","style":{"underline":true}}`,
		":1<u>00:</u>":    `{"type":"text","text":":1"},{"type":"text","text":"00:","style":{"underline":true}}`,
		"<b>:100:</b>:+1": `{"type":"text","text":":100:","style":{"bold":true}},{"type":"text","text":":+1"}`,
	} {
		if got := elements(t, FromHTML(source).Elements); got != section(want) {
			t.Errorf("%s: got %s, want %s", source, got, section(want))
		}
	}
}

func section(leaves string) string {
	return `[{"type":"rich_text_section","elements":[` + leaves + `]}]`
}

func elements(t *testing.T, all []json.RawMessage) string {
	t.Helper()
	js, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(js)
}
