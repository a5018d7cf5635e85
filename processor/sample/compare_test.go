package sample

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/processor/render"
)

func TestCompare(t *testing.T) {
	one := render.Rendered{Messages: []blockkit.Message{{
		Channel: "soc", Text: "a & <b>", Blocks: []json.RawMessage{json.RawMessage(`{"type":"divider"}`), json.RawMessage(`{"type":"section","text":{"type":"mrkdwn","text":"x"}}`)},
	}}}
	two := render.Rendered{Messages: append(one.Messages, blockkit.Message{Channel: "soc", Text: "more"})}
	skipped := render.Rendered{Skip: "a test"}
	long := strings.Repeat("word ", 100)
	for _, c := range []struct {
		name, want string
		rendered   render.Rendered
		err        string
	}{
		{"nothing expected", ``, one, ""},
		{"null expected", ` null `, one, ""},
		{"a part", `{ "text": "a & <b>" }`, one, ""},
		{"a part of a block", `{ "blocks": [{}, { "text": { "text": "x" } }] }`, one, ""},
		{"the first of two", `{ "text": "a & <b>" }`, two, ""},
		{"all of two", `[{}, { "text": "more" }]`, two, ""},
		{"a list of one", `[{ "channel": "soc" }]`, one, ""},
		{"a skip", `{ "skip": "a test" }`, skipped, ""},

		{"another text", `{ "text": "b" }`, one, `/text: want "b", got "a & <b>"`},
		{"a member that is missing", `{ "username": "x" }`, one, `/username: want "x", got nothing`},
		{"deep", `{ "blocks": [{}, { "text": { "text": "y" } }] }`, one, `/blocks/1/text/text: want "y", got "x"`},
		{"another kind", `{ "blocks": { "type": "divider" } }`, one, `/blocks: want {"type":"divider"}, got [{"type":"divider"},`},
		{"the first difference before the number", `{ "blocks": [{ "type": "header" }] }`, one, `/blocks/0/type: want "header", got "divider"`},
		{"a block too many", `{ "blocks": [{ "type": "divider" }] }`, one, `/blocks: want 1 entries, got 2`},
		{"a reply too many", `[{}]`, two, `the messages: want 1 entries, got 2`},
		{"a skip that was not", `{ "skip": "a test" }`, one, `/skip: want "a test", got nothing`},
		{"a message that was skipped", `{ "text": "x" }`, skipped, `/text: want "x", got nothing`},
		{"messages that were skipped", `[{}]`, skipped, `the message: want [{}], got {"skip":"a test"}`},
		{"a text", `"x"`, one, `the message: want "x", got {"blocks":`},
		{"not JSON", `{ "text": }`, one, `the expectation is not JSON`},
		{"what differs in a long text", `{ "text": "` + long + `one" }`, render.Rendered{Messages: []blockkit.Message{{Text: long + "two"}}},
			`/text: want …"word word word word word word word word one", got …"word word word word word word word word two"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Compare(json.RawMessage(c.want), c.rendered)
			switch {
			case c.err == "" && err != nil:
				t.Errorf("got %v", err)
			case c.err != "" && (err == nil || !strings.HasPrefix(err.Error(), c.err)):
				t.Errorf("got %v, want %s", err, c.err)
			}
		})
	}
}

// What is stored as an expectation is met by what it was made of.
func TestExpectation(t *testing.T) {
	m := blockkit.Message{Channel: "soc", Text: "a & <b>", Blocks: []json.RawMessage{json.RawMessage(`{"type":"divider"}`)}}
	for name, rendered := range map[string]render.Rendered{
		"one":  {Messages: []blockkit.Message{m}},
		"two":  {Messages: []blockkit.Message{m, {Text: "more"}}},
		"skip": {Skip: "a <test>"},
	} {
		want, err := Expectation(rendered)
		if err != nil {
			t.Fatal(err)
		}
		if err := Compare(want, rendered); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(string(want), `\u003c`) {
			t.Errorf("%s: < is escaped, which nobody can read: %s", name, want)
		}
	}
}
