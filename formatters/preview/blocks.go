package preview

import (
	"cmp"
	"encoding/json"
	"strings"
)

// textObject is Block Kit's, and in one block a bare string.
type textObject struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Verbatim bool   `json:"verbatim"`
	Emoji    *bool  `json:"emoji"`
}

type slackBlock struct {
	Type           string              `json:"type"`
	Text           json.RawMessage     `json:"text"` // an object; a string in a markdown block
	Level          int                 `json:"level"`
	Fields         []textObject        `json:"fields"`
	Accessory      json.RawMessage     `json:"accessory"`
	Elements       []json.RawMessage   `json:"elements"`
	Element        json.RawMessage     `json:"element"`
	Label          *textObject         `json:"label"`
	Hint           *textObject         `json:"hint"`
	Title          *textObject         `json:"title"`
	AltText        string              `json:"alt_text"`
	ImageURL       string              `json:"image_url"`
	VideoURL       string              `json:"video_url"`
	Description    *textObject         `json:"description"`
	Rows           [][]json.RawMessage `json:"rows"`
	ColumnSettings []struct {
		Align string `json:"align"`
	} `json:"column_settings"`
}

func (b builder) blocks(raws []json.RawMessage) []element {
	var list []element
	if b.depth++; b.depth > maxDepth {
		return []element{{Kind: box, Label: "nested too deeply"}}
	}
	for _, raw := range raws {
		list = append(list, b.block(raw))
	}
	return list
}

func (b builder) block(raw json.RawMessage) element {
	var k slackBlock
	if err := json.Unmarshal(raw, &k); err != nil {
		return b.unknown(k.Type, raw) // the type is read all the same
	}
	switch k.Type {
	case "section":
		return b.section(k)
	case "header":
		level := k.Level
		if level < 1 || level > 4 {
			level = 1
		}
		return element{Kind: heading, N: level, Spans: b.line(asText(k.Text))}
	case "divider":
		return element{Kind: divider}
	case "context":
		return b.context(k)
	case "actions", "context_actions":
		e := element{Kind: row}
		for _, raw := range k.Elements {
			e.Kids = append(e.Kids, b.interactive(raw))
		}
		return e
	case "image":
		return picture(k.ImageURL, k.AltText, b.optional(k.Title))
	case "input":
		e := element{Kind: group, Kids: []element{textOf(with(b.optional(k.Label), bold)...), b.interactive(k.Element)}}
		if k.Hint != nil {
			e.Kids = append(e.Kids, textOf(with(b.line(*k.Hint), muted)...))
		}
		return e
	case "rich_text":
		return element{Kind: group, Kids: b.richText(k.Elements)}
	case "table":
		return b.table(k)
	case "markdown":
		var s string
		_ = json.Unmarshal(k.Text, &s)
		return element{Kind: group, Kids: b.markdown(s)}
	case "video":
		e := element{Kind: box, Label: "video", Kids: []element{textOf(with(b.optional(k.Title), bold)...)}}
		e.Kids = append(e.Kids, linked(k.AltText, k.VideoURL, 0))
		if k.Description != nil {
			e.Kids = append(e.Kids, b.text(*k.Description)...)
		}
		return e
	}
	return b.unknown(k.Type, raw)
}

// asText is a text object; what is none has no text.
func asText(raw json.RawMessage) (t textObject) {
	_ = json.Unmarshal(raw, &t)
	return t
}

func (b builder) section(k slackBlock) element {
	var parts []element
	if len(k.Text) > 0 {
		var t textObject
		if err := json.Unmarshal(k.Text, &t); err != nil {
			parts = append(parts, broken("text", err))
		}
		parts = append(parts, b.text(t)...)
	}
	if len(k.Fields) > 0 {
		f := element{Kind: fields}
		for _, t := range k.Fields {
			f.Kids = append(f.Kids, element{Kind: group, Kids: b.text(t)})
		}
		parts = append(parts, f)
	}
	main := element{Kind: group, Kids: parts}
	if len(k.Accessory) == 0 {
		return main
	}
	return element{Kind: beside, Kids: []element{main, b.interactive(k.Accessory)}}
}

func (b builder) context(k slackBlock) element {
	e := element{Kind: row, Tone: "context"}
	for _, raw := range k.Elements {
		var t struct {
			textObject
			AltText  string `json:"alt_text"`
			ImageURL string `json:"image_url"`
		}
		if err := json.Unmarshal(raw, &t); err != nil {
			e.Kids = append(e.Kids, broken("context element", err))
			continue
		}
		if t.Type == "image" {
			e.Kids = append(e.Kids, picture(t.ImageURL, t.AltText, nil))
			continue
		}
		e.Kids = append(e.Kids, element{Kind: group, Kids: b.text(t.textObject)})
	}
	return e
}

// text shows a text object. mrkdwn without verbatim is what Slack looks through
// for addresses and names: https://docs.slack.dev/reference/block-kit/composition-objects/text-object
func (b builder) text(t textObject) []element {
	if t.Type == "mrkdwn" {
		p := parser{o: b.o, format: true, urls: !t.Verbatim, names: !t.Verbatim}
		return p.parse(t.Text)
	}
	return []element{textOf(b.line(t)...)}
}

// line shows a text object where Slack allows plain text only.
func (b builder) line(t textObject) []span {
	if t.Type == "mrkdwn" {
		p := parser{o: b.o, urls: !t.Verbatim, names: !t.Verbatim}
		return p.run(p.atoms(t.Text), 0)
	}
	if t.Emoji != nil && !*t.Emoji {
		return words(t.Text, 0)
	}
	return plainSpans(t.Text, 0)
}

func (b builder) optional(t *textObject) []span {
	if t == nil {
		return nil
	}
	return b.line(*t)
}

// plainSpans is text in which nothing but emoji names means anything.
func plainSpans(s string, st style) []span {
	var spans []span
	from := 0
	for at := 0; at < len(s); {
		next := strings.IndexByte(s[at:], ':')
		if next < 0 {
			break
		}
		at += next
		e, n := emojiAt(s[at:])
		if n == 0 {
			at++
			continue
		}
		e.Style = st
		spans = append(spans, span{Text: s[from:at], Style: st}, e)
		at += n
		from = at
	}
	return merge(append(spans, span{Text: s[from:], Style: st}))
}

func (b builder) table(k slackBlock) element {
	e := element{Kind: table, Right: map[int]bool{}}
	for _, cells := range k.Rows {
		var r []element
		for _, raw := range cells {
			r = append(r, b.cell(raw))
		}
		e.Rows = append(e.Rows, r)
	}
	for i, c := range k.ColumnSettings {
		e.Right[i] = c.Align == "right"
	}
	return e
}

func (b builder) cell(raw json.RawMessage) element {
	var c struct {
		Type     string            `json:"type"`
		Text     string            `json:"text"`
		Value    any               `json:"value"`
		Elements []json.RawMessage `json:"elements"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return broken("cell", err)
	}
	if c.Type == "rich_text" {
		return element{Kind: group, Kids: b.richText(c.Elements)}
	}
	if c.Text == "" && c.Value != nil {
		c.Text = scalar(c.Value)
	}
	return textOf(words(c.Text, 0)...)
}

// unknown is a block without a form of its own: its type, and the texts in it.
func (b builder) unknown(name string, raw json.RawMessage) element {
	name = cmp.Or(name, "block without a type")
	var found []element
	var k map[string]json.RawMessage
	if err := json.Unmarshal(raw, &k); err != nil {
		return broken(name, err)
	}
	for _, member := range []string{"title", "subtitle", "text", "body", "description", "alt_text", "details", "output"} {
		var t textObject
		var s string
		switch {
		case json.Unmarshal(k[member], &t) == nil && t.Text != "":
			found = append(found, b.text(t)...)
		case json.Unmarshal(k[member], &s) == nil && s != "":
			found = append(found, textOf(words(s, 0)...))
		}
	}
	return element{Kind: box, Label: name, Kids: found}
}

func with(spans []span, st style) []span {
	list := make([]span, len(spans))
	for i, s := range spans {
		s.Style |= st
		list[i] = s
	}
	return list
}
