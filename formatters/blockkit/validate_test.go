package blockkit

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// testdata/blockkit.json holds one case for every rule of Slack's that can be
// broken: what is sent, whether Slack takes it, and where and why it does not.
func TestSlacksRules(t *testing.T) {
	data, err := os.ReadFile("testdata/blockkit.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		ID, Rule, Pointer, Constraint string
		Valid                         bool
		Blocks                        json.RawMessage
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 100 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			got := ValidateBlocks(c.Blocks)
			if c.Valid {
				if len(got) > 0 {
					t.Errorf("%s: valid, but got %v", c.Rule, got)
				}
				return
			}
			if len(got) != 1 {
				t.Fatalf("%s: got %d violations, want one: %v", c.Rule, len(got), got)
			}
			v := got[0]
			if v.Pointer != c.Pointer || v.Constraint != c.Constraint && !strings.HasPrefix(v.Constraint, c.Constraint+" ") {
				t.Errorf("%s: got %s %q, want %s %q", c.Rule, v.Pointer, v.Constraint, c.Pointer, c.Constraint)
			}
			if !strings.Contains(v.Message, " ") || strings.Contains(v.Message, "%!") {
				t.Errorf("%s: %q is no sentence for a person", c.Rule, v.Message)
			}
		})
	}
}

func TestMessagesAgainstTheRules(t *testing.T) {
	raw := func(s string) []json.RawMessage { return []json.RawMessage{json.RawMessage(s)} }
	for _, c := range []struct {
		name string
		m    Message
		want string // pointer and constraint
	}{
		{"a text", Message{Text: "x"}, ""},
		{"nothing", Message{}, " no_text"},
		{"a long text", Message{Text: strings.Repeat("x", maxText+1)}, "/text max_length 40000"},
		{"a block in its place", Message{Blocks: raw(`{"type":"section","text":{"type":"mrkdwn","text":""}}`)}, "/blocks/0/text/text min_length 1"},
		{"no JSON", Message{Blocks: raw(`{"type"`)}, "/blocks/0 json"},
		{"parse", Message{Text: "x", Parse: "some"}, "/parse enum none|full"},
		{"a thread", Message{Text: "x", ThreadTS: "1503435956.000247"}, ""},
		{"no thread", Message{Text: "x", ThreadTS: "p1503435956000247"}, "/thread_ts pattern"},
		{"an attachment", Message{Attachments: raw(`{"color":"good","text":"x","fields":[{"title":"t","value":"v","short":true}],"ts":"1503435956"}`)}, ""},
		{"a block in an attachment", Message{Attachments: raw(`{"blocks":[{"type":"divider"},{"type":"header","text":{"type":"mrkdwn","text":"x"}}]}`)}, "/attachments/0/blocks/1/text/type enum plain_text"},
		{"an attachment with blocks and a footer", Message{Attachments: raw(`{"blocks":[{"type":"divider"}],"footer":"x"}`)}, "/attachments/0/footer additional_property"},
		{"an unknown member of an attachment", Message{Attachments: raw(`{"colour":"good"}`)}, "/attachments/0/colour additional_property"},
		{"ids used twice across attachments", Message{Blocks: raw(`{"type":"divider","block_id":"x"}`), Attachments: raw(`{"blocks":[{"type":"divider","block_id":"x"}]}`)}, "/attachments/0/blocks/0/block_id unique"},
		{"a pointer with special letters", Message{Blocks: raw(`{"type":"divider","a/b~c":1}`)}, "/blocks/0/a~1b~0c additional_property"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			for _, v := range Validate(c.m) {
				got += v.Pointer + " " + v.Constraint
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestBlockKitJSONOfAllForms(t *testing.T) {
	for js, want := range map[string]string{
		`[{"type":"divider"}]`:                       "",
		`{"blocks":[{"type":"divider"}],"text":"x"}`: "",
		`{"text":"x"}`:                               "missing_field blocks",
		`"x"`:                                        "type array",
		`{"blocks":{}}`:                              "type array",
		`[]`:                                         "min_items 1",
		`[{"type":"x"}`:                              "json",
		`[{"type":"x"}]`:                             "enum",
		`[null]`:                                     "type object",
	} {
		got := ValidateBlocks([]byte(js))
		if len(got) > 1 || (want == "") != (got == nil) || got != nil && !strings.HasPrefix(got[0].Constraint, want) {
			t.Errorf("%s: got %v, want %q", js, got, want)
		}
	}
}
