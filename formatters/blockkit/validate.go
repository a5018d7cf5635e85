package blockkit

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Violation is one broken rule, in the shape in which Slack's blocks.validate
// reports it.
type Violation struct {
	Pointer    string `json:"pointer"`    // JSON pointer (RFC 6901) to the place
	Constraint string `json:"constraint"` // which rule: "max_length 3000", "missing_field type", "enum ..."
	Message    string `json:"message"`    // a sentence for a person
}

// String is the violation as the author of a layout reads it: blocks[3].type: …
func (v Violation) String() string {
	var place strings.Builder
	for _, part := range strings.Split(v.Pointer, "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		switch _, err := strconv.Atoi(part); {
		case err == nil:
			place.WriteString("[" + part + "]")
		case place.Len() > 0:
			place.WriteString("." + part)
		default:
			place.WriteString(part)
		}
	}
	if place.Len() == 0 {
		return v.Message
	}
	return place.String() + ": " + v.Message
}

// Validate checks a message against the rules of chat.postMessage and Block
// Kit. Pointers lead into the message: /blocks/0/text/text. nil means that
// Slack should take it.
func Validate(m Message) []Violation { return new(Trees).Validate(m) }

// Validate is the function Validate for a message that others look at, too.
func (t *Trees) Validate(m Message) []Violation {
	c := checker{rules: rules()}
	if m.Text == "" && len(m.Blocks) == 0 && len(m.Attachments) == 0 {
		c.report(nil, "no_text", "the message is empty: it has neither text nor blocks nor attachments")
	}
	if n := utf8.RuneCountInString(m.Text); n > maxText {
		c.report(&path{key: "text"}, "max_length "+strconv.Itoa(maxText), "text has %d characters, Slack cuts after %d", n, maxText)
	}
	if m.Parse != "" {
		oneOf("none", "full")(&c, &path{key: "parse"}, m.Parse)
	}
	if m.ThreadTS != "" {
		pattern("1503435956.000247", isTS)(&c, &path{key: "thread_ts"}, m.ThreadTS)
	}
	if len(m.Blocks) > 0 {
		at := &path{key: "blocks"}
		c.blocks(at, at, t.all(&c, at, m.Blocks))
	}
	at := &path{key: "attachments"}
	items(0, maxAttachments, c.rules.attachment)(&c, at, t.all(&c, at, m.Attachments))
	return c.found
}

// ValidateBlocks checks Block Kit JSON: a list of blocks, or an object with the
// member blocks, as the Block Kit Builder gives it. Pointers lead into the list:
// /0/text/text; only a violation that concerns the list as a whole has the
// pointer /blocks.
func ValidateBlocks(js []byte) []Violation {
	c := checker{rules: rules()}
	var x any
	if err := json.Unmarshal(js, &x); err != nil {
		c.report(nil, "json", "this is not JSON: %v", err)
		return c.found
	}
	if o, ok := x.(map[string]any); ok {
		if x, ok = o["blocks"]; !ok {
			c.report(nil, "missing_field blocks", "this must be a list of blocks, or an object with the member blocks")
			return c.found
		}
	}
	list, ok := x.([]any)
	if !ok {
		c.wrongType(&path{key: "blocks"}, "array", x)
		return c.found
	}
	c.blocks(nil, &path{key: "blocks"}, list)
	return c.found
}

// blocks checks the list of a message's blocks; whole is where what concerns
// all of them is reported.
func (c *checker) blocks(at, whole *path, list []any) {
	if c.counts == nil {
		c.counts = make(map[string]int)
	}
	switch {
	case len(list) == 0:
		c.report(whole, "min_items 1", "there are no blocks")
	case len(list) > maxBlocks:
		c.report(whole, "max_items "+strconv.Itoa(maxBlocks), "there are %d blocks, a message may have %d", len(list), maxBlocks)
		return
	}
	before := len(c.found)
	member := &path{up: at}
	for i, x := range list {
		member.index = i
		c.rules.block(c, member, x)
	}
	if n := weight(list); n > maxRendered && len(c.found) == before {
		c.report(at, "msg_blocks_too_long", "the blocks hold about %d characters together, Slack takes about %d", n, maxRendered)
	}
}

// all decodes raw JSON, reporting what is none.
func (t *Trees) all(c *checker, at *path, raw []json.RawMessage) []any {
	out := make([]any, len(raw))
	for i, js := range raw {
		var err error
		if out[i], err = t.Decode(js); err != nil {
			c.report(&path{up: at, index: i}, "json", "this is not JSON: %v", err)
			out[i] = map[string]any{"type": "divider"} // one report is enough
		}
	}
	return out
}

// weight estimates how many characters Slack counts for a piece of Block Kit:
// all that is shown, entities as they are written, and for a header some more.
func weight(x any) int {
	n := 0
	switch x := x.(type) {
	case []any:
		for _, v := range x {
			n += weight(v)
		}
	case map[string]any:
		if x["type"] == "header" {
			n = headerWeight
		}
		for name, v := range x {
			switch name {
			case "text", "title", "subtitle", "caption", "label", "alt_text", "description", "hint", "fallback", "name", "body":
				if s, ok := v.(string); ok {
					n += utf8.RuneCountInString(s)
					continue
				}
			case "url":
				if s, ok := v.(string); ok && x["type"] == "link" && (x["text"] == nil || x["text"] == "") {
					n += utf8.RuneCountInString(s)
				}
				continue
			case "placeholder", "options", "option_groups", "confirm", "style":
				continue // not shown before somebody clicks
			}
			n += weight(v)
		}
	}
	return n
}

// isTS reports whether s is the ts of a message.
func isTS(s string) bool {
	seconds, fraction, ok := bytes.Cut([]byte(s), []byte("."))
	return ok && len(seconds) >= 9 && len(fraction) == 6 && allDigits(seconds) && allDigits(fraction)
}

func allDigits(s []byte) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// attachmentRule is the rule of a message attachment, the older form of layout.
func attachmentRule(block rule) rule {
	s := text(0, maxText)
	field := object("a field of an attachment", props{"title": s, "value": s, "short": truth}, "title value")
	return object("an attachment", props{
		"color": s, "fallback": s, "pretext": s, "author_name": s, "author_link": s, "author_icon": s, "author_subname": s,
		"title": s, "title_link": s, "text": s, "image_url": s, "thumb_url": s, "footer": s, "footer_icon": s, "ts": textOrNumber,
		"callback_id": s, "fields": items(0, noLimit, field), "mrkdwn_in": items(0, 3, oneOf("pretext", "text", "fields")),
		"actions": items(0, 5, object("an action of an attachment", props{"type": oneOf("button", "select"), "text": s, "url": s, "name": s, "value": s,
			"style": oneOf("default", "primary", "danger"), "id": s}, "type text")),
		"blocks": func(c *checker, at *path, x any) {
			list, ok := x.([]any)
			if !ok {
				c.wrongType(at, "array", x)
				return
			}
			c.blocks(at, at, list)
		},
	}, "", func(c *checker, at *path, o map[string]any) {
		if o["blocks"] == nil {
			return
		}
		for _, name := range []string{"footer", "ts"} { // Slack answers HTTP 400
			if o[name] != nil {
				c.report(&path{up: at, key: name}, "additional_property", "an attachment with blocks must not have %s", name)
			}
		}
	})
}

func textOrNumber(c *checker, at *path, x any) {
	if _, ok := numberOf(x); !ok {
		text(1, maxID)(c, at, x)
	}
}
