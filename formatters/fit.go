package formatters

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// Fit makes a message that is only too long fit into Slack's limits. ms[0] is
// the message; the others continue it as replies in its thread, so their
// ThreadTS is ms[0]'s or, where that is empty, the ts that ms[0] gets. Nothing
// is dropped but what is empty: long texts are split between paragraphs, words
// or code points, a header that is too long becomes a section, what does not
// fit into one message continues in a reply. The notes say what was done; there
// are none if the message came back as it was. What is wrong, and not only too
// long, stays as it is for Validate to report.
func Fit(m Message) (ms []Message, notes []string) {
	f := fitter{}
	var units []unitOf
	for _, raw := range m.Blocks {
		units = append(units, f.block(raw, -1)...)
	}
	for i, raw := range m.Attachments {
		units = append(units, f.attachment(i, raw)...)
	}
	texts := []string{m.Text}
	if !fits(m.Text, maxText) {
		f.changed = true
		texts = split(m.Text, maxText, slackMarkup)
		f.note("the text has more than %d characters and continues in the thread", maxText)
	}
	pages := pack(units, m.Attachments)
	if len(pages) == 1 && !f.changed {
		return []Message{m}, nil
	}

	first := m
	first.Text = texts[0]
	first.Blocks, first.Attachments = nil, nil
	ms = []Message{first}
	reply := first
	reply.ReplyBroadcast = false
	reply.Text = ""
	for _, text := range texts[1:] {
		next := reply
		next.Text = text
		ms = append(ms, next)
	}
	for i, p := range pages {
		if i > 0 && i == len(ms) {
			next := reply
			next.Text = "(" + strconv.Itoa(i+1) + "/" + strconv.Itoa(len(pages)) + ")"
			ms = append(ms, next)
		}
		ms[i].Blocks, ms[i].Attachments = p.blocks, p.attachments
	}
	if len(pages) > 1 {
		f.note("the message is too long for one: it continues in %d replies", len(pages)-1)
	}
	return ms, f.notes
}

type fitter struct {
	notes   []string
	changed bool // a block is no longer as it came
}

func (f *fitter) note(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	for _, n := range f.notes {
		if n == s {
			return
		}
	}
	f.notes = append(f.notes, s)
}

// unitOf is a block, or an attachment without blocks, on its way to a page.
type unitOf struct {
	raw        json.RawMessage
	attachment int    // the index of its attachment, -1 for the message's blocks
	whole      bool   // it is the attachment, which has no blocks
	kind       string // of a block
	weight     int
}

// attachment fits the blocks of an attachment.
func (f *fitter) attachment(i int, raw json.RawMessage) []unitOf {
	var a struct {
		Blocks []json.RawMessage `json:"blocks"`
	}
	if json.Unmarshal(raw, &a) != nil || len(a.Blocks) == 0 {
		return []unitOf{{raw: raw, attachment: i, whole: true}}
	}
	var units []unitOf
	for _, b := range a.Blocks {
		units = append(units, f.block(b, i)...)
	}
	if len(units) == 0 { // perhaps it has a text of its own
		return []unitOf{{raw: withBlocks(raw, nil), attachment: i, whole: true}}
	}
	return units
}

// page is what one message takes.
type page struct {
	blocks      []json.RawMessage
	attachments []json.RawMessage
}

// pack deals the units out to as few messages as the limits allow, in order.
func pack(units []unitOf, attachments []json.RawMessage) []page {
	pages := []page{{}}
	var open []json.RawMessage // blocks of the attachment being filled
	from, begun := -1, -1
	load, count, total := 0, 0, 0
	kinds := map[string]int{}
	closeAttachment := func() {
		if len(open) > 0 {
			p := &pages[len(pages)-1]
			a := attachments[from]
			if begun == from {
				a = colourOf(a)
			}
			begun = from
			p.attachments = append(p.attachments, withBlocks(a, open))
			open = nil
		}
	}
	for _, u := range units {
		if u.attachment != from {
			closeAttachment()
			count = 0
			from = u.attachment
		}
		p := &pages[len(pages)-1]
		full := count >= maxBlocks || load+u.weight > budgetOfBlock && total > 0 ||
			u.kind == "table" && kinds[u.kind] >= maxTables || u.kind == "data_visualization" && kinds[u.kind] >= maxCharts ||
			u.attachment >= 0 && len(p.attachments) >= maxAttachments
		if full {
			closeAttachment()
			pages = append(pages, page{})
			p = &pages[len(pages)-1]
			load, count, total = 0, 0, 0
			clear(kinds)
		}
		switch {
		case u.whole:
			p.attachments = append(p.attachments, u.raw)
		case u.attachment >= 0:
			open = append(open, u.raw)
		default:
			p.blocks = append(p.blocks, u.raw)
		}
		load += u.weight
		count++
		total++
		kinds[u.kind]++
	}
	closeAttachment()
	return pages
}

// withBlocks returns the attachment with other blocks.
func withBlocks(raw json.RawMessage, blocks []json.RawMessage) json.RawMessage {
	o := map[string]json.RawMessage{}
	if json.Unmarshal(raw, &o) != nil {
		return raw
	}
	delete(o, "blocks")
	if len(blocks) > 0 {
		o["blocks"] = encode(blocks)
	}
	return encode(o)
}

// colourOf is what an attachment that continues another has of it.
func colourOf(raw json.RawMessage) json.RawMessage {
	var a struct {
		Color string `json:"color,omitempty"`
	}
	_ = json.Unmarshal(raw, &a) // it was decoded before
	return encode(a)
}

// encode is json.Marshal without its escapes for HTML, which make texts hard to
// read in logs and previews.
func encode(x any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(x); err != nil {
		panic(err) // only values that came out of JSON get here
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
