package render

import (
	"encoding/json"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// maxDerived is the length in characters of a text that is derived from blocks.
// Slack advises at most 4,000 for text; here it serves notifications and screen
// readers, and the blocks hold everything anyway.
const maxDerived = 3000

// derive is what notifications and screen readers get of a message whose script
// gave only blocks: their words, a line for each block. made are the mentions
// among them of elements that are no markup, so nobody's text.
func derive(blocks []json.RawMessage, trees *blockkit.Trees) (text string, made []string) {
	text, made = words(blocks, trees)
	return mrkdwn.Truncate(text, maxDerived), made
}

// words are all that derive takes of blocks.
func words(blocks []json.RawMessage, trees *blockkit.Trees) (text string, made []string) {
	var lines []string
	d := deriver{}
	for _, js := range blocks {
		block, err := trees.Decode(js)
		if err != nil {
			continue // the rules will say so
		}
		if line := strings.TrimSpace(d.words(block)); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n"), d.made
}

type deriver struct{ made []string }

func (d *deriver) note(mention string) string {
	d.made = append(d.made, mention)
	return mention
}

// words are those of a block, an element or a text object.
func (d *deriver) words(part any) string {
	object, ok := part.(map[string]any)
	if !ok {
		return ""
	}
	member := func(name string) string {
		s, _ := object[name].(string)
		return s
	}
	// text is an object in blocks, and a string in text objects and leaves.
	leaf, isLeaf := object["text"].(string)
	kind := member("type")
	switch {
	case kind == "mrkdwn" || kind == "markdown":
		return leaf
	case kind == "emoji":
		return ":" + member("name") + ":"
	case kind == "user":
		return d.note(mrkdwn.User(member("user_id")))
	case kind == "usergroup":
		return d.note(mrkdwn.User(member("usergroup_id")))
	case kind == "channel":
		return d.note(mrkdwn.ChannelRef(member("channel_id")))
	case kind == "broadcast":
		return mrkdwn.Esc("@" + member("range"))
	case kind == "date":
		return mrkdwn.Esc(member("fallback"))
	case kind == "link" && leaf == "":
		return mrkdwn.Esc(member("url"))
	case isLeaf:
		return mrkdwn.Esc(leaf)
	case kind == "image":
		return mrkdwn.Esc(member("alt_text"))
	case kind == "rich_text_section" || kind == "rich_text_quote" || kind == "rich_text_preformatted":
		return d.all(object["elements"], "")
	case kind == "context" || kind == "actions":
		return d.all(object["elements"], " ")
	}
	lines := []string{d.words(object["title"]), d.words(object["text"]), d.all(object["fields"], "\n"), d.all(object["elements"], "\n")}
	rows, _ := object["rows"].([]any)
	for _, row := range rows {
		lines = append(lines, d.all(row, " | "))
	}
	return join(lines, "\n")
}

func (d *deriver) all(parts any, separator string) string {
	list, _ := parts.([]any)
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = d.words(p)
	}
	return join(texts, separator)
}

func join(texts []string, separator string) string {
	var some []string
	for _, t := range texts {
		if t != "" {
			some = append(some, t)
		}
	}
	return strings.Join(some, separator)
}
