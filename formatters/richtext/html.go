package richtext

import "strings"

// Limits of the walk, against input that is made to be expensive.
const (
	maxDepth      = 256 // open elements that are told apart; deeper ones are plain text of the deepest
	maxTableDepth = 6   // tables inside tables; deeper ones are shown as lines
)

// FromHTML turns the HTML of a rich-text field into what Slack can show.
//
// One pass over the tags and texts of the source (markup.go) builds a small
// document, from which the three forms are written. No tree is built: parsers of
// HTML drop what they take for a mistake, which here a person has typed, and can
// be made to take quadratic time. The walk keeps its own list of open elements,
// closes what HTML closes by itself (p, li, td), takes badly nested formatting as
// browsers do, and is linear in the length of the source.
//
// A source without any block element is a typed text: its line breaks and blanks
// are kept. Links go to http, https and mailto only; a label that looks like the
// address of another host has the true one written behind it.
func FromHTML(source string) Text {
	return render(walk(source).blocks)
}

// walk builds the document of a source.
func walk(source string) *walker {
	w := &walker{tight: strings.Contains(source, `"ql-`) || strings.Contains(source, "data-list=") || strings.Contains(source, "<p><br></p>")}
	w.base.white = whiteNormal
	if !hasBlocks(source) {
		w.base.white = whiteLines
	}
	tags := scanner{src: source}
	for {
		t := tags.next()
		w.texts(t.before)
		switch t.kind {
		case startTag:
			w.startTag(t)
		case endTag:
			w.endTag(t)
		case sourceEnd:
			w.closeTo(0)
			w.flush()
			for i := range w.blocks {
				b := &w.blocks[i]
				if b.countdown != nil {
					b.number += *b.countdown
				}
				b.pieces = showAddresses(b.pieces)
			}
			return w
		}
	}
}

// hasBlocks reports whether the source holds an element that makes lines.
func hasBlocks(source string) bool {
	tags := scanner{src: source}
	for {
		t := tags.next()
		switch {
		case t.kind == sourceEnd:
			return false
		case t.kind != startTag || t.tag.kind == tagInline:
		case t.tag.kind != tagVoid || t.name == "br" || t.name == "hr":
			return true
		}
	}
}

type whiteSpace uint8

const (
	whiteNormal whiteSpace = iota // runs are one blank
	whiteLines                    // line breaks are kept
	whitePre                      // everything is kept
)

// walker builds the document.
type walker struct {
	base   context
	open   []element
	depths map[string]int // how many of each name are open: find need not look for the others
	over   int            // open elements beyond maxDepth

	blocks []block
	cur    *block // the block that text goes to, nil between blocks
	store  block
	due    []byte // blanks, written only if text follows in the line
	dueAs  piece  // the style and link that they stood in
	run    []byte // the text of the open piece
	runAs  piece  // its style and link
	tight  bool   // Quill has written the source: its paragraphs are lines
	gap    bool   // a blank line is due before the next block
	tables []*table
	first  *table // a table of values that stands at the beginning
	// firstBlocks are how many blocks were made of it.
	firstBlocks int
	skipNL      bool // HTML leaves out a line break right after <pre>
	codeLine    bool // a line of the editor's code has begun, and has nothing yet
}
