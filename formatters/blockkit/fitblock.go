package blockkit

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// node is a decoded JSON object.
type node = map[string]any

// block fits one block: nil says that there is nothing to do. Otherwise it comes
// back as one or several others, or as none (empty, but not nil) if nothing in it
// is to be seen. What is wrong, and not only too long, is left for Validate to
// report.
func (f *fitter) block(b node) []node {
	switch b["type"] {
	case "section":
		return f.section(b)
	case "header":
		return f.header(b)
	case "context":
		return f.context(b)
	case "actions":
		return f.actions(b)
	case "image":
		return f.image(b)
	case "markdown":
		return f.markdown(b)
	case "rich_text":
		return f.richText(b)
	case "table":
		return f.table(b)
	}
	return nil
}

// textOfObject returns the text of a text object.
func textOfObject(x any) (o node, s string, ok bool) {
	o, ok = x.(node)
	if !ok {
		return nil, "", false
	}
	s, ok = o["text"].(string)
	return o, s, ok
}

// pieces splits a text object; a copy of it for each part.
func pieces(o node, max int) []any {
	s, _ := o["text"].(string)
	kind := mrkdwn.PlainMarkup
	if o["type"] == "mrkdwn" {
		kind = mrkdwn.SlackMarkup
	}
	var out []any
	for _, part := range mrkdwn.Split(s, max, kind) {
		out = append(out, like(o, "text", part))
	}
	return out
}

func section(text any) node { return node{"type": "section", "text": text} }

// section splits a long text, moves long fields into sections of their own and
// deals out more fields than a section or a message may have.
func (f *fitter) section(b node) []node {
	textNode, text, hasText := textOfObject(b["text"])
	fields, _ := b["fields"].([]any)
	if sectionFits(b) || !hasText && b["text"] != nil {
		return nil
	}
	out := []node{}
	if hasText && text == "" {
		f.note("an empty text was left out")
	} else if hasText {
		if !mrkdwn.Fits(text, maxTextObject) {
			f.note("a section with more than %d characters was split", maxTextObject)
		}
		for _, part := range pieces(textNode, maxTextObject) {
			out = append(out, section(part))
		}
	}
	beside := len(out) == 1 // the first fields may stand beside the text, if all of it is there
	var group []any         // of neighbours that stay fields
	flush := func() {
		groups := deal(group, maxSectionFields, budgetOfBlock)
		if len(groups) > 1 {
			f.note("a section with more than %d fields or %d characters was split", maxSectionFields, budgetOfBlock)
		}
		for _, g := range groups {
			if len(out) == 1 && beside && out[0]["fields"] == nil && weight(out[0])+weight(g) <= budgetOfBlock {
				out[0]["fields"] = g
			} else {
				out = append(out, node{"type": "section", "fields": g})
			}
		}
		group = nil
	}
	for _, field := range fields {
		o, s, ok := textOfObject(field)
		switch {
		case ok && s == "":
			f.note("an empty field was left out")
		case ok && !mrkdwn.Fits(s, maxFieldText):
			flush()
			f.note("a field with more than %d characters became a section", maxFieldText)
			for _, part := range pieces(o, maxTextObject) {
				out = append(out, section(part))
			}
		default:
			group = append(group, field)
		}
	}
	flush()
	if len(out) == 0 {
		return f.accessory(b)
	}
	keep(out[0], b, "text", "fields")
	return out
}

// sectionFits reports whether there is nothing to do for a section.
func sectionFits(b node) bool {
	if _, s, ok := textOfObject(b["text"]); ok && (s == "" || !mrkdwn.Fits(s, maxTextObject)) {
		return false
	}
	fields, ok := b["fields"].([]any)
	if ok && (len(fields) == 0 || len(deal(fields, maxSectionFields, budgetOfBlock)) > 1) {
		return false
	}
	for _, field := range fields {
		if _, s, ok := textOfObject(field); ok && (s == "" || !mrkdwn.Fits(s, maxFieldText)) {
			return false
		}
	}
	return weight(b) <= budgetOfBlock
}

// accessory is what remains of a section without text and fields.
func (f *fitter) accessory(b node) []node {
	accessory, ok := b["accessory"].(node)
	switch {
	case !ok:
		f.note("an empty section was left out")
		return []node{}
	case accessory["type"] == "image":
		return []node{{"type": "context", "elements": []any{accessory}}}
	}
	return []node{{"type": "actions", "elements": []any{accessory}}}
}

// header turns a header that is too long into sections.
func (f *fitter) header(b node) []node {
	o, s, ok := textOfObject(b["text"])
	if !ok || s != "" && mrkdwn.Fits(s, maxHeader) {
		return nil
	}
	bold := mrkdwn.Bold(mrkdwn.Esc(s))
	if bold == "" {
		f.note("an empty header was left out")
		return []node{}
	}
	f.note("a header with more than %d characters became a section", maxHeader)
	if mrkdwn.Fits(bold, maxTextObject) {
		return []node{section(node{"type": "mrkdwn", "text": bold, "verbatim": true})}
	}
	var out []node
	for _, part := range pieces(o, maxTextObject) {
		out = append(out, section(part))
	}
	return out
}

// context leaves empty texts out, splits long ones and deals more than ten
// elements out.
func (f *fitter) context(b node) []node {
	elements, ok := b["elements"].([]any)
	if !ok {
		return nil
	}
	var kept []any
	changed := false
	for _, e := range elements {
		o, s, ok := textOfObject(e)
		switch {
		case ok && s == "":
			changed = true
			f.note("an empty text was left out")
		case ok && !mrkdwn.Fits(s, maxTextObject):
			changed = true
			f.note("a context text with more than %d characters was split", maxTextObject)
			kept = append(kept, pieces(o, maxTextObject)...)
		default:
			kept = append(kept, e)
		}
	}
	return f.deal(b, kept, changed, maxContext)
}

// actions shortens the labels of buttons and deals more than 25 elements out.
func (f *fitter) actions(b node) []node {
	elements, ok := b["elements"].([]any)
	if !ok {
		return nil
	}
	var labels []any
	for _, e := range elements {
		o, _ := e.(node)
		if o["type"] != "button" {
			continue
		}
		if label, s, ok := textOfObject(o["text"]); ok && !mrkdwn.Fits(s, maxButtonText) {
			f.note("the label of a button has more than %d characters: it was cut and is repeated below", maxButtonText)
			label["text"] = cutLabel(s, maxButtonText)
			labels = append(labels, pieces(node{"type": "plain_text", "text": s}, maxTextObject)...)
		}
	}
	out := f.deal(b, elements, false, maxActions)
	if len(labels) == 0 {
		return out
	}
	if out == nil {
		out = []node{b}
	}
	for group := range slices.Chunk(labels, maxContext) {
		out = append(out, node{"type": "context", "elements": group})
	}
	return out
}

// cutLabel shortens plain text to max code points, … included, between words if
// one ends in the second half.
func cutLabel(s string, max int) string {
	cut := 0
	for range max - 1 {
		_, size := utf8.DecodeRuneInString(s[cut:])
		cut += size
	}
	if space := strings.LastIndexByte(s[:cut], ' '); space > cut/2 {
		cut = space
	}
	return strings.TrimRight(s[:cut], " ") + "…"
}

// deal returns the block with kept in place of its elements, as several blocks
// if there are more than max or they hold more than a message may; nil if that
// is what it has already.
func (f *fitter) deal(b node, kept []any, changed bool, max int) []node {
	if len(kept) == 0 {
		f.note("an empty %v block was left out", b["type"])
		return []node{}
	}
	if groups := deal(kept, max, budgetOfBlock); len(groups) > 1 || changed {
		if len(groups) > 1 {
			f.note("a block with more than %d elements or %d characters was split", max, budgetOfBlock)
		}
		out := make([]node, len(groups))
		for i, group := range groups {
			out[i] = node{"type": b["type"], "elements": group}
		}
		keep(out[0], b, "elements")
		return out
	}
	return nil
}

// deal puts members into groups of at most max, of at most budget characters each;
// a member with more is alone. Of none there is no group.
func deal(members []any, max, budget int) (groups [][]any) {
	if len(members) == 0 {
		return nil
	}
	from, load := 0, 0
	for i, m := range members {
		w := weight(m)
		if i > from && (i-from == max || load+w > budget) {
			groups = append(groups, members[from:i])
			from, load = i, 0
		}
		load += w
	}
	return append(groups, members[from:])
}

// keep copies what b has besides the members named, such as the block_id.
func keep(to, b node, except ...string) {
	for name, v := range b {
		if !slices.Contains(except, name) {
			to[name] = v
		}
	}
}

// image keeps the beginning of a long description or title and puts the whole
// below the picture.
func (f *fitter) image(b node) []node {
	var below []any
	changed := false
	if alt, ok := b["alt_text"].(string); ok && (alt == "" || !mrkdwn.Fits(alt, maxAltText)) {
		changed = true
		if alt == "" {
			f.note("a picture without description is called image")
			b["alt_text"] = "image"
		} else {
			f.note("the description of a picture has more than %d characters: it was cut and is repeated below", maxAltText)
			b["alt_text"] = cutLabel(alt, maxAltText)
			below = append(below, pieces(node{"type": "plain_text", "text": alt}, maxTextObject)...)
		}
	}
	if title, s, ok := textOfObject(b["title"]); ok && (s == "" || !mrkdwn.Fits(s, maxImageTitle)) {
		changed = true
		if s == "" {
			f.note("an empty title was left out")
			delete(b, "title")
		} else {
			f.note("the title of a picture has more than %d characters: it was cut and is repeated below", maxImageTitle)
			title["text"] = cutLabel(s, maxImageTitle)
			below = append(below, pieces(node{"type": "plain_text", "text": s}, maxTextObject)...)
		}
	}
	if !changed {
		return nil
	}
	out := []node{b}
	for _, part := range below {
		out = append(out, section(part))
	}
	return out
}

// markdown splits text over the budget of a message.
func (f *fitter) markdown(b node) []node {
	s, ok := b["text"].(string)
	switch {
	case ok && s == "":
		f.note("an empty text was left out")
		return []node{}
	case !ok || mrkdwn.Fits(s, budgetOfBlock):
		return nil
	}
	f.note("a markdown block with more than %d characters was split", budgetOfBlock)
	var out []node
	for _, part := range mrkdwn.Split(s, budgetOfBlock, mrkdwn.FenceMarkup) {
		next := node{"type": "markdown", "text": part}
		if len(out) == 0 && b["block_id"] != nil {
			next["block_id"] = b["block_id"]
		}
		out = append(out, next)
	}
	return out
}
