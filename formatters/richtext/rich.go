package richtext

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// Text is rich text in the three forms in which Slack takes text.
type Text struct {
	Elements []json.RawMessage // of a Block Kit rich_text block; nil if there is nothing to show
	Mrkdwn   string            // safe: what was text in the source is text in Slack
	Plain    string            // not escaped
}

// Document model: what a walk over HTML leaves, and what the three forms are
// written from.
type (
	block struct {
		kind   blockKind
		quote  bool
		gap    bool // a blank line before
		more   bool // continues the item before: no marker of its own
		marker marker
		indent int // of items, from 0
		number int // of numbered items
		pieces []piece

		row       string // what stands between the cells of a row, where a table is no grid
		within    string // a table as one line, "" where it is long or none
		countdown *int   // what number is counted down from, until all items are known
	}
	piece struct {
		text  string // may hold line breaks
		style style
		url   string // of a link, safe
	}
	blockKind uint8
	style     uint8
)

const (
	paragraph blockKind = iota
	item
	preformatted
)

const (
	bold style = 1 << iota
	italic
	strike
	underline
	code
)

// FromText is FromHTML for text without markup: its line breaks are kept.
func FromText(text string) Text {
	text = strings.TrimSpace(mrkdwn.Clean(text))
	if text == "" {
		return Text{}
	}
	return render([]block{{pieces: []piece{{text: text}}}})
}

// render writes the three forms from one document, so that they cannot differ in
// what they say.
func render(blocks []block) Text {
	if len(blocks) == 0 {
		return Text{}
	}
	boundLinks(blocks)
	return Text{Elements: richElements(blocks), Mrkdwn: richMrkdwn(blocks), Plain: richPlain(blocks)}
}

// maxRepeated bounds, in bytes, how often the address of one link is written again:
// a link around a whole newsletter would be its address once for each line. Where
// there is no more room its text goes on without.
const maxRepeated = 8 << 10

func boundLinks(blocks []block) {
	left, last := maxRepeated, ""
	for i := range blocks {
		for j := range blocks[i].pieces {
			p := &blocks[i].pieces[j]
			switch {
			case p.url == "":
			case p.url != last:
				last = p.url
			case len(p.url) > left:
				p.url = ""
			default:
				left -= len(p.url)
			}
		}
	}
}

// richElements writes the elements of a rich_text block. Neighbours of a kind
// share one element: paragraphs a section, items of one level a list.
func richElements(blocks []block) []json.RawMessage {
	var out []json.RawMessage
	for len(blocks) > 0 {
		b := &blocks[0]
		js := make([]byte, 0, len(sectionStart)+sizeOf(blocks[:1])+64)
		n := 1 // how many blocks the element takes
		switch {
		case b.kind == preformatted:
			js = append(js, `{"type":"rich_text_preformatted","elements":[`...)
			for i, p := range b.pieces {
				if i > 0 {
					js = append(js, ',')
				}
				js = appendLeaf(js, p.text, 0)
			}
			js = append(js, ']')
			js = appendBorder(js, b)
		case b.kind == item && b.marker != bullet && (b.marker != decimal || b.number != 1 || b.more):
			js, n = appendNumbered(js, blocks)
		case b.kind == item:
			js, n = appendList(js, blocks)
		default:
			js, n = appendSection(js, blocks)
		}
		out = append(out, append(js, '}'))
		blocks = blocks[n:]
	}
	return out
}

// appendSection writes paragraphs, and leaves the element open, as do the others.
func appendSection(js []byte, blocks []block) ([]byte, int) {
	b, n := &blocks[0], 1
	js = appendSectionStart(js, b)
	js = appendPieces(js, b.pieces, ^style(0))
	for ; n < len(blocks) && blocks[n].kind == paragraph && blocks[n].quote == b.quote; n++ {
		if blocks[n].gap {
			js = append(js, `,{"type":"text","text":"\n\n"},`...)
		} else {
			js = append(js, `,{"type":"text","text":"\n"},`...)
		}
		js = appendPieces(js, blocks[n].pieces, ^style(0))
	}
	return append(js, ']'), n
}

func appendSectionStart(js []byte, b *block) []byte {
	if b.quote {
		return append(js, quoteStart...)
	}
	return append(js, sectionStart...)
}

const (
	sectionStart = `{"type":"rich_text_section","elements":[`
	quoteStart   = `{"type":"rich_text_quote","elements":[`
)

// appendList writes items that one list of Slack's can hold.
func appendList(js []byte, blocks []block) ([]byte, int) {
	b, n := &blocks[0], 1
	js = append(js, `{"type":"rich_text_list","style":"`...)
	if b.marker == decimal {
		js = append(js, `ordered"`...)
	} else {
		js = append(js, `bullet"`...)
	}
	if b.indent > 0 {
		js = append(js, `,"indent":`...)
		js = strconv.AppendInt(js, int64(min(b.indent, MaxIndent)), 10)
	}
	js = append(js, `,"elements":[`+sectionStart...)
	js = appendPieces(js, b.pieces, ^style(0))
	for ; n < len(blocks) && sameList(b, &blocks[n], blocks[n-1].number); n++ {
		next := &blocks[n]
		if next.more {
			js = append(js, `,{"type":"text","text":"\n"},`...)
		} else {
			js = append(js, `]},`+sectionStart...)
		}
		js = appendPieces(js, next.pieces, ^style(0))
	}
	return appendBorder(append(js, `]}]`...), b), n
}

// appendNumbered writes items as lines with what stands before them: check boxes,
// letters, numbers that do not begin at 1. A list with an offset would be nicer, but the official types, against
// which layouts are checked, do not know it.
func appendNumbered(js []byte, blocks []block) ([]byte, int) {
	b := &blocks[0]
	js = appendSectionStart(js, b)
	n := 0
	for n == 0 || n < len(blocks) && sameList(b, &blocks[n], blocks[n-1].number) {
		item := blocks[n]
		item.quote = false
		first, _ := item.prefixes()
		if n > 0 {
			first = "\n" + first
			js = append(js, ',')
		}
		js = append(js, `{"type":"text","text":`...)
		js = append(appendQuoted(js, first), `},`...)
		js = appendPieces(js, item.pieces, ^style(0))
		n++
	}
	return append(js, ']'), n
}

// sameList reports whether next can be an item of the list that b began, after
// an item with the number last.
func sameList(b, next *block, last int) bool {
	if next.kind != item || next.quote != b.quote || next.marker != b.marker || next.indent != b.indent {
		return false
	}
	return next.more || next.marker != decimal || next.number == last+1
}

func appendBorder(js []byte, b *block) []byte {
	if b.quote {
		js = append(js, `,"border":1`...)
	}
	return js
}

// appendPieces writes leaves, with those styles that are in mask. Codes of emoji
// that are words become emoji, as in mrkdwn, but not in code.
func appendPieces(js []byte, pieces []piece, mask style) []byte {
	for i := range pieces {
		p := &pieces[i]
		if i > 0 {
			js = append(js, ',')
		}
		s := p.style & mask
		switch {
		case p.url != "":
			js = append(js, `{"type":"link","url":`...)
			js = appendQuoted(js, p.url)
			js = append(js, `,"text":`...)
			js = appendStyle(appendQuoted(js, p.text), s)
		case p.style&code != 0:
			js = appendLeaf(js, p.text, s)
		default:
			js = appendText(js, p.text, s, i > 0 && mrkdwn.Joins(pieces[i-1].text), i+1 < len(pieces) && mrkdwn.GoesOn(pieces[i+1].text))
		}
	}
	return js
}

// appendText writes a text that is not empty, and the emoji in it. joined says that
// its first letters are the rest of a word, goesOn that its last ones are not the end.
func appendText(js []byte, text string, s style, joined, goesOn bool) []byte {
	from := 0
	for i := 0; i < len(text); i++ {
		if text[i] != ':' || i > 0 && mrkdwn.IsAlnum(text[i-1]) { // as in 12:30
			continue
		}
		end, whole := mrkdwn.EmojiCode(text, i)
		if !whole || i == 0 && joined || end == len(text) && goesOn {
			continue
		}
		if i > from {
			js = append(appendLeaf(js, text[from:i], s), ',')
		}
		names := strings.ReplaceAll(text[i+1:end-1], "::skin-tone-", "\x00skin-tone-")
		for name := range strings.SplitSeq(names, "::") {
			js = append(js, `{"type":"emoji","name":`...)
			js = appendQuoted(js, strings.ReplaceAll(name, "\x00", "::"))
			js = append(appendStyle(js, s), ',')
		}
		from, i = end, end-1
	}
	if from == len(text) {
		return js[:len(js)-1]
	}
	return appendLeaf(js, text[from:], s)
}

func appendLeaf(js []byte, text string, s style) []byte {
	js = append(js, `{"type":"text","text":`...)
	return appendStyle(appendQuoted(js, text), s)
}

// appendStyle writes the styles of a leaf, and its end.
func appendStyle(js []byte, s style) []byte {
	if s != 0 {
		js = append(js, `,"style":{`...)
		for j, name := range styleNames {
			if s&(1<<j) != 0 {
				js = append(js, '"')
				js = append(js, name...)
				js = append(js, `":true,`...)
			}
		}
		js[len(js)-1] = '}'
	}
	return append(js, '}')
}

var styleNames = [...]string{"bold", "italic", "strike", "underline", "code"} // by bit

// appendQuoted appends s as a JSON string.
func appendQuoted(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}
