package preview

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

type richElement struct {
	Type     string            `json:"type"`
	Elements []json.RawMessage `json:"elements"`
	Style    json.RawMessage   `json:"style"` // of a list a word, of a leaf an object
	Indent   int               `json:"indent"`
	Offset   int               `json:"offset"`
}

type richLeaf struct {
	Type        string          `json:"type"`
	Text        string          `json:"text"`
	URL         string          `json:"url"`
	Name        string          `json:"name"`
	Unicode     string          `json:"unicode"`
	UserID      string          `json:"user_id"`
	UsergroupID string          `json:"usergroup_id"`
	ChannelID   string          `json:"channel_id"`
	Range       string          `json:"range"`
	Timestamp   int64           `json:"timestamp"`
	Format      string          `json:"format"`
	Fallback    string          `json:"fallback"`
	Value       string          `json:"value"`
	Style       map[string]bool `json:"style"`
}

func (b builder) richText(raws []json.RawMessage) []element {
	var list []element
	for _, raw := range raws {
		var e richElement
		if err := json.Unmarshal(raw, &e); err != nil {
			list = append(list, broken("rich text", err))
			continue
		}
		switch e.Type {
		case "rich_text_section":
			list = append(list, textOf(b.leaves(e.Elements)...))
		case "rich_text_quote":
			list = append(list, element{Kind: quote, Kids: []element{textOf(b.leaves(e.Elements)...)}})
		case "rich_text_preformatted":
			list = append(list, element{Kind: pre, Spans: b.leaves(e.Elements)})
		case "rich_text_list":
			list = append(list, b.richList(e))
		default:
			list = append(list, b.unknown(e.Type, raw))
		}
	}
	return list
}

func (b builder) richList(e richElement) element {
	l := element{Kind: list, N: min(max(e.Indent, 0), 8), From: max(e.Offset, 0)}
	var style string
	if json.Unmarshal(e.Style, &style) == nil && style == "ordered" {
		l.Start = []string{"1", "a", "i"}[l.N%3]
	}
	for _, raw := range e.Elements {
		var item richElement
		if err := json.Unmarshal(raw, &item); err != nil {
			l.Kids = append(l.Kids, broken("list item", err))
			continue
		}
		l.Kids = append(l.Kids, textOf(b.leaves(item.Elements)...))
	}
	return l
}

func (b builder) leaves(raws []json.RawMessage) []span {
	var spans []span
	for _, raw := range raws {
		var l richLeaf
		if json.Unmarshal(raw, &l) != nil {
			spans = append(spans, span{Text: "�", Title: "this part cannot be read"})
			continue
		}
		s := b.leaf(l)
		for name, set := range l.Style {
			if set {
				s.Style |= styles[name]
			}
		}
		spans = append(spans, s)
	}
	return merge(spans)
}

// leaf shows a leaf. Its texts are data: nothing in them is read.
func (b builder) leaf(l richLeaf) span {
	p := parser{o: b.o}
	switch l.Type {
	case "text":
		return span{Text: l.Text}
	case "link":
		if s, ok := linkTo(l.URL, l.Text); ok {
			return s
		}
		return span{Text: l.Text + " " + l.URL}
	case "emoji":
		char, ok := fromCodes(l.Unicode)
		if !ok {
			char, ok = Emoji(l.Name)
		}
		if !ok {
			return span{Text: ":" + l.Name + ":"}
		}
		return span{What: emoji, Text: char, Title: ":" + l.Name + ":"}
	case "user", "usergroup":
		s, _ := p.reference("@", cmp.Or(l.UserID, l.UsergroupID), "")
		return s
	case "channel":
		s, _ := p.reference("#", l.ChannelID, "")
		return s
	case "broadcast":
		return span{What: broadcast, Text: "@" + l.Range}
	case "date":
		return b.o.dateSpan(l.Timestamp, l.Format, l.URL, l.Fallback)
	case "color":
		return span{What: swatch, Text: l.Value, Title: barColor(l.Value)}
	}
	return span{Text: l.Text, Title: l.Type}
}

// fromCodes reads "1f469-200d-1f4bb".
func fromCodes(codes string) (string, bool) {
	var b strings.Builder
	for code := range strings.SplitSeq(codes, "-") {
		n, err := strconv.ParseUint(code, 16, 32)
		if err != nil || n < 0x23 || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
			return "", false
		}
		b.WriteRune(rune(n))
	}
	return b.String(), true
}
