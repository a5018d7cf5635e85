package blockkit

import (
	"github.com/fn-slack/fn-slack/formatters/richtext"
)

// richTextRule is the rich_text block. What it takes is what the official SDK's
// types know, against which layouts are written; only a list's offset, which
// Slack's page documents, is missing there.
func richTextRule() rule {
	style := object("a style", props{"bold": truth, "italic": truth, "strike": truth, "code": truth, "underline": truth}, "")
	leaf := func(what string, p props, required string) rule {
		p["type"], p["style"] = anything, style
		return object(what, p, required)
	}
	id := text(1, maxID)
	leaves := map[string]rule{
		"text":      leaf("a text", props{"text": text(1, noLimit)}, "text"),
		"link":      leaf("a link", props{"url": url(), "text": text(0, noLimit), "unsafe": truth}, "url"),
		"emoji":     leaf("an emoji", props{"name": id, "unicode": id, "url": url()}, "name"),
		"user":      leaf("a user", props{"user_id": id}, "user_id"),
		"usergroup": leaf("a user group", props{"usergroup_id": id}, "usergroup_id"),
		"team":      leaf("a team", props{"team_id": id}, "team_id"),
		"channel":   leaf("a channel", props{"channel_id": id}, "channel_id"),
		"broadcast": leaf("a broadcast", props{"range": oneOf("here", "channel", "everyone")}, "range"),
		"color":     leaf("a colour", props{"value": id}, "value"),
		"date":      leaf("a date", props{"timestamp": integer(-noLimit*8, noLimit*8), "format": id, "url": url(), "fallback": text(1, noLimit)}, "timestamp format"),
	}
	line := items(0, noLimit, union("a rich text element", leaves))
	border := integer(0, 1)
	section := object("a rich_text_section", props{"type": anything, "elements": line}, "elements")
	return blockRule("rich_text", props{"elements": items(1, noLimit, union("an element of a rich_text block", map[string]rule{
		"rich_text_section":      section,
		"rich_text_quote":        object("a rich_text_quote", props{"type": anything, "elements": line, "border": border}, "elements"),
		"rich_text_preformatted": object("a rich_text_preformatted", props{"type": anything, "elements": items(0, noLimit, union("an element of preformatted text", some(leaves, "text", "link"))), "border": border}, "elements"),
		"rich_text_list": object("a rich_text_list", props{
			"type": anything, "elements": items(1, noLimit, union("an item of a list", map[string]rule{"rich_text_section": section})),
			"style": oneOf("bullet", "ordered"), "indent": integer(0, richtext.MaxIndent), "offset": integer(0, noLimit), "border": border,
		}, "elements style"),
	}))}, "elements")
}
