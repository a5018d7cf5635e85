package preview

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
)

// build makes the tree of a message. The text is shown only without blocks:
// beside them it is what notifications and screen readers get.
func build(m blockkit.Message, o Options) []element {
	var list []element
	on := func(b *bool) bool { return b != nil && *b }
	// parse=none switches the links off, parse=full and link_names switch names
	// on: https://docs.slack.dev/messaging/formatting-message-text
	top := parser{
		o:      o,
		format: m.Mrkdwn == nil || *m.Mrkdwn,
		urls:   m.Parse != "none",
		names:  m.Parse == "full" || on(m.LinkNames),
	}
	if len(m.Blocks) == 0 && m.Text != "" {
		list = append(list, top.parse(m.Text)...)
	}
	b := builder{o: o}
	list = append(list, b.blocks(m.Blocks)...)
	for _, raw := range m.Attachments {
		list = append(list, b.attachment(raw, top))
	}
	return list
}

// builder makes elements of JSON. What does not decode becomes a box, so that a
// preview of a wrong message still shows the rest.
type builder struct {
	o     Options
	depth int // attachments hold blocks, blocks hold blocks
}

const maxDepth = 8

type legacyAttachment struct {
	Fallback   string            `json:"fallback"`
	Color      string            `json:"color"`
	Pretext    string            `json:"pretext"`
	AuthorName string            `json:"author_name"`
	AuthorLink string            `json:"author_link"`
	Title      string            `json:"title"`
	TitleLink  string            `json:"title_link"`
	Text       string            `json:"text"`
	ImageURL   string            `json:"image_url"`
	ThumbURL   string            `json:"thumb_url"`
	Footer     string            `json:"footer"`
	TS         json.Number       `json:"ts"`
	Blocks     []json.RawMessage `json:"blocks"`
	Fields     []struct {
		Title string `json:"title"`
		Value any    `json:"value"`
	} `json:"fields"`
	Actions []struct {
		Text  string `json:"text"`
		Style string `json:"style"`
		URL   string `json:"url"`
	} `json:"actions"`
}

// attachment shows an attachment behind its bar. Names in it are linked only
// where the message's own text has them linked.
func (b builder) attachment(raw json.RawMessage, top parser) element {
	var a legacyAttachment
	if err := json.Unmarshal(raw, &a); err != nil {
		return broken("attachment", err)
	}
	p := parser{o: b.o, format: true, urls: top.urls, names: top.names}
	e := element{Kind: attachment, Color: barColor(a.Color)}
	add := func(es ...element) { e.Kids = append(e.Kids, es...) }
	if a.AuthorName != "" {
		add(linked(a.AuthorName, a.AuthorLink, bold))
	}
	if a.Title != "" {
		add(linked(decode(a.Title), a.TitleLink, bold))
	}
	if a.Text != "" {
		add(p.parse(a.Text)...)
	}
	add(b.blocks(a.Blocks)...)
	var cells []element
	for _, f := range a.Fields {
		cell := element{Kind: group, Kids: []element{textOf(span{Text: decode(f.Title), Style: bold})}}
		cell.Kids = append(cell.Kids, p.parse(scalar(f.Value))...)
		cells = append(cells, cell)
	}
	if cells != nil {
		add(element{Kind: fields, Kids: cells})
	}
	if a.ImageURL != "" {
		add(picture(a.ImageURL, "image", nil))
	}
	if a.ThumbURL != "" {
		add(picture(a.ThumbURL, "thumbnail", nil))
	}
	var buttons []element
	for _, action := range a.Actions {
		buttons = append(buttons, element{Kind: button, Spans: words(action.Text, 0), Tone: tone(action.Style), Href: safe(action.URL)})
	}
	if buttons != nil {
		add(element{Kind: row, Kids: buttons})
	}
	if a.Footer != "" || a.TS != "" {
		foot := words(decode(a.Footer), muted)
		if seconds, err := a.TS.Int64(); err == nil {
			if a.Footer != "" {
				foot = append(foot, span{Text: " | ", Style: muted})
			}
			at := b.o.dateSpan(seconds, "{date_short} {time}", "", "")
			at.Style = muted
			foot = append(foot, at)
		}
		add(textOf(foot...))
	}
	if len(e.Kids) == 0 && a.Fallback != "" {
		add(textOf(words(a.Fallback, 0)...))
	}
	if a.Pretext != "" { // above the bar
		return element{Kind: group, Kids: append(p.parse(a.Pretext), e)}
	}
	return e
}

var hexColor = regexp.MustCompile(`^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$`)

// barColor gives "#rrggbb" for what Slack takes as a colour.
func barColor(s string) string {
	switch s {
	case "good":
		return "#2eb886"
	case "warning":
		return "#daa038"
	case "danger":
		return "#a30200"
	}
	if !hexColor.MatchString(s) {
		return "#dddddd"
	}
	hex := strings.ToLower(strings.TrimPrefix(s, "#"))
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	return "#" + hex
}

// scalar is a JSON value as text: legacy fields may be numbers.
func scalar(v any) string {
	if s, ok := v.(string); ok || v == nil {
		return s
	}
	text, _ := json.Marshal(v) // it was decoded from JSON
	return string(text)
}

// broken stands for what has not the form that its type has in Slack.
func broken(name string, err error) element {
	why := "cannot be shown: not an object of the form that Slack knows"
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		why = "cannot be shown: " + wrong.Field + " must not be a " + wrong.Value
	}
	return element{Kind: box, Label: name, Kids: []element{textOf(words(why, muted)...)}}
}

func tone(s string) string {
	if s == "primary" || s == "danger" {
		return s
	}
	return ""
}

// linked is a text that is a link where its address can be one.
func linked(s, address string, st style) element {
	if href := safe(address); href != "" {
		return textOf(span{What: link, Text: s, Style: st, Href: href, Title: address})
	}
	return textOf(span{Text: s, Style: st})
}

func picture(address, alt string, title []span) element {
	return element{Kind: image, Label: alt, Spans: title, Href: safe(address)}
}
