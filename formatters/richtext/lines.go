package richtext

import (
	"encoding/json"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// Lines makes the elements of a rich_text block of "Label: value" lines. Texts are
// leaves, in which Slack shows everything as it was typed and which can be copied
// as they are; what is done with data in mrkdwn, a word joiner here and there, is
// not needed. Of a text only an address with its scheme acts: it is a link to
// itself, as Slack makes one of it in mrkdwn.
type Lines struct {
	Quote bool // what is added next stands in a quote below its label
	Bold  bool // labels are bold

	elements []json.RawMessage
	open     []byte // a section without its end, of the lines so far; nil is none
}

// Text adds a line. The text may hold line breaks.
func (l *Lines) Text(label, text string) {
	if l.Quote {
		l.quoted(label, pieces(text))
		return
	}
	l.line(label)
	l.add(pieces(text), 0)
}

// quoted adds a label, and what stands behind it in a quote.
func (l *Lines) quoted(label string, text []piece) {
	l.line(label)
	l.end()
	l.elements = append(l.elements, append(appendPieces([]byte(quoteStart), text, 0), "]}"...))
}

// Rich adds a line with the elements of a rich text.
func (l *Lines) Rich(label string, elements []json.RawMessage) {
	const from, to = sectionStart, `]}`
	l.line(label)
	for i, element := range elements {
		if inner, section := strings.CutPrefix(string(element), from); l.Quote && section {
			l.end()
			l.elements = append(l.elements, append([]byte(quoteStart), inner...))
			continue
		}
		leaves, section := strings.CutPrefix(string(element), from)
		leaves, closed := strings.CutSuffix(leaves, to)
		if i == 0 && section && closed && leaves != "" {
			l.comma()
			l.open = append(l.open, leaves...)
			continue
		}
		l.end()
		l.elements = append(l.elements, element)
	}
}

// Elements are those of all lines; nil if there are none.
func (l *Lines) Elements() []json.RawMessage {
	l.end()
	return l.elements
}

// line begins one; a text without a label stands by itself.
func (l *Lines) line(label string) {
	colon := ""
	if label != "" {
		colon = ": "
	}
	if l.open == nil {
		l.open = []byte(sectionStart)
	} else {
		label = "\n" + label
	}
	if colon != "" && (l.Bold || strings.IndexByte(label, ':') >= 0) { // its colon and ours are no emoji
		s := style(0)
		if l.Bold {
			s = bold
		}
		l.add([]piece{{text: label, style: s}, {text: colon}}, s)
	} else if label != "" {
		l.add([]piece{{text: label + colon}}, 0)
	}
}

func (l *Lines) add(pieces []piece, mask style) {
	if len(pieces) > 0 {
		l.comma()
		l.open = appendPieces(l.open, pieces, mask)
	}
}

// comma separates what comes from what is there.
func (l *Lines) comma() {
	if len(l.open) > len(sectionStart) {
		l.open = append(l.open, ',')
	}
}

func (l *Lines) end() {
	if l.open != nil {
		l.elements = append(l.elements, append(l.open, "]}"...))
		l.open = nil
	}
}

// pieces are those of a text without markup: its addresses, and what stands
// between them.
func pieces(text string) (list []piece) {
	from := 0
	mrkdwn.EachURL(text, func(start, end int) {
		if url, ok := mrkdwn.SafeURL(text[start:end]); ok {
			if start > from {
				list = append(list, piece{text: text[from:start]})
			}
			list = append(list, piece{text: text[start:end], url: url})
			from = end
		}
	})
	if from < len(text) {
		list = append(list, piece{text: text[from:]})
	}
	return list
}
