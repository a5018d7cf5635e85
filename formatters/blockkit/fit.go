package blockkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// Fit makes a message that is only too long fit into Slack's limits. ms[0] is
// the message; the others continue it as replies in its thread, so their
// ThreadTS is ms[0]'s or, where that is empty, the ts that ms[0] gets. Nothing
// is dropped but what is empty: long texts are split between paragraphs, words
// or code points, a header that is too long becomes a section, what does not
// fit into one message continues in a reply. The notes say what was done; there
// are none if the message came back as it was. What is wrong, and not only too
// long, stays as it is for Validate to report.
func Fit(m Message) (ms []Message, notes []string) { return new(Trees).Fit(m) }

// Fit is the function Fit for a message that others look at, too.
func (t *Trees) Fit(m Message) (ms []Message, notes []string) {
	f := fitter{trees: t}
	units := make([]unitOf, 0, len(m.Blocks))
	for i, raw := range m.Blocks {
		x, _ := t.Decode(raw)
		if b, ok := x.(node); ok {
			units = f.units(units, b, -1, i)
		} else { // it is wrong, for Validate to report
			units = append(units, unitOf{raw: raw, attachment: -1, weight: len(raw)})
		}
	}
	for i, raw := range m.Attachments {
		units = append(units, f.attachment(i, raw)...)
	}
	texts := []string{m.Text}
	if !mrkdwn.Fits(m.Text, maxText) {
		f.changed = true
		texts = mrkdwn.Split(m.Text, maxText, mrkdwn.SlackMarkup)
		f.note("the text has more than %d characters and continues in the thread", maxText)
	}
	pages := paginate(units)
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
	build := builder{m: m, begun: -1, blocks: map[int][]json.RawMessage{-1: m.Blocks}}
	for i, p := range pages {
		if i > 0 && i == len(ms) {
			next := reply
			next.Text = "(" + strconv.Itoa(i+1) + "/" + strconv.Itoa(len(pages)) + ")"
			ms = append(ms, next)
		}
		ms[i].Blocks, ms[i].Attachments = build.page(p)
	}
	if len(pages) > 1 {
		f.note("the message is too long for one: it continues in %d replies", len(pages)-1)
	}
	return ms, f.notes
}

type fitter struct {
	trees   *Trees
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
	raw        json.RawMessage // nil: the block as it came, at index of its list
	index      int
	attachment int    // the index of its attachment, -1 for the message's blocks
	whole      bool   // it is the attachment, which has no blocks
	kind       string // of a block
	weight     int
}

// units appends what fits in the place of a block.
func (f *fitter) units(list []unitOf, b node, attachment, index int) []unitOf {
	out := f.block(b)
	if out == nil {
		kind, _ := b["type"].(string)
		return append(list, unitOf{index: index, attachment: attachment, kind: kind, weight: weight(b)})
	}
	f.changed = true
	for _, b := range out {
		kind, _ := b["type"].(string)
		list = append(list, unitOf{raw: encode(b), attachment: attachment, kind: kind, weight: weight(b)})
	}
	return list
}

// attachment fits the blocks of an attachment.
func (f *fitter) attachment(i int, raw json.RawMessage) []unitOf {
	x, _ := f.trees.Decode(raw)
	a, _ := x.(node)
	blocks, _ := a["blocks"].([]any)
	if len(blocks) == 0 {
		return []unitOf{{raw: raw, attachment: i, whole: true}}
	}
	units := make([]unitOf, 0, len(blocks))
	for at, x := range blocks {
		if b, ok := x.(node); ok {
			units = f.units(units, b, i, at)
		} else { // it is wrong, for Validate to report
			units = append(units, unitOf{index: at, attachment: i})
		}
	}
	if len(units) == 0 { // perhaps it has a text of its own
		return []unitOf{{raw: withBlocks(raw, nil), attachment: i, whole: true}}
	}
	return units
}

// paginate deals the units out to as few messages as the limits allow, in order.
func paginate(units []unitOf) (pages [][]unitOf) {
	first := 0              // of the page
	from, open := -1, false // the attachment that the blocks are of, and whether the page has some of them
	load, count, whole := 0, 0, 0
	kinds := map[string]int{}
	for i, u := range units {
		if u.attachment != from {
			if open {
				whole, open = whole+1, false
			}
			count = 0
			from = u.attachment
		}
		full := count >= maxBlocks || load+u.weight > budgetOfBlock && i > first ||
			u.kind == "table" && kinds[u.kind] >= maxTables || u.kind == "data_visualization" && kinds[u.kind] >= maxCharts ||
			u.attachment >= 0 && whole >= maxAttachments
		if full {
			pages = append(pages, units[first:i])
			first = i
			load, count, whole, open = 0, 0, 0, false
			clear(kinds)
		}
		switch {
		case u.whole:
			whole++
		case u.attachment >= 0:
			open = true
		}
		load += u.weight
		count++
		kinds[u.kind]++
	}
	return append(pages, units[first:])
}

// builder makes the blocks and attachments of pages, which are asked for in order.
type builder struct {
	m      Message
	begun  int                       // the attachment of which a page before has blocks, -1: none
	blocks map[int][]json.RawMessage // by attachment, as they came
}

func (b *builder) page(units []unitOf) (blocks, attachments []json.RawMessage) {
	for len(units) > 0 {
		from, n := units[0].attachment, 1
		if units[0].whole {
			attachments = append(attachments, units[0].raw)
			units = units[1:]
			continue
		}
		for n < len(units) && units[n].attachment == from && !units[n].whole {
			n++
		}
		var list []json.RawMessage
		for _, u := range units[:n] {
			list = append(list, b.raw(u))
		}
		units = units[n:]
		if from < 0 {
			blocks = list
			continue
		}
		a := b.m.Attachments[from]
		if b.begun == from {
			a = colourOf(a)
		}
		b.begun = from
		attachments = append(attachments, withBlocks(a, list))
	}
	return blocks, attachments
}

// raw is the JSON of a block.
func (b *builder) raw(u unitOf) json.RawMessage {
	if u.raw != nil {
		return u.raw
	}
	list, ok := b.blocks[u.attachment]
	if !ok {
		// A map, because a struct would take the member Blocks for blocks.
		var a map[string]json.RawMessage
		_ = json.Unmarshal(b.m.Attachments[u.attachment], &a) // both were decoded before
		_ = json.Unmarshal(a["blocks"], &list)
		b.blocks[u.attachment] = list
	}
	return list[u.index]
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
