package richtext

import (
	"strings"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"golang.org/x/net/html"
)

// Limits of the walk, against input that is made to be expensive.
const (
	maxDepth      = 256 // open elements that are told apart; deeper ones are plain text of the deepest
	maxTableDepth = 6   // tables inside tables; deeper ones are shown as lines
)

// FromHTML turns the HTML of a rich-text field into what Slack can show.
//
// One pass over the tokens of golang.org/x/net/html builds a small document,
// from which the three forms are written. The package's tree is not used: its
// parser refuses more than 512 open elements and can be made to take quadratic
// time. The walk keeps its own list of open elements, closes what HTML closes
// by itself (p, li, td), takes badly nested formatting as browsers do, and is
// linear in the length of the source.
//
// Text in angle brackets that is no element of HTML, such as
// "Joe <joe@example.com>" or "<now>", was typed by a person and is shown. A
// source without any block element is a typed text: its line breaks are kept.
// Links go to http, https and mailto only; a label that looks like the address
// of another host has the true one written behind it.
func FromHTML(source string) Text {
	w := walker{tok: html.NewTokenizer(strings.NewReader(source))}
	w.base.white = whiteNormal
	if !hasBlocks(source) {
		w.base.white = whiteLines
	}
	for {
		switch w.tok.Next() {
		case html.ErrorToken: // the end: the tokenizer knows no other error on a string
			w.closeTo(0)
			w.flush()
			return render(showAddresses(w.blocks))
		case html.TextToken:
			w.textToken()
		case html.StartTagToken, html.SelfClosingTagToken:
			w.startTag()
		case html.EndTagToken:
			w.endTag()
		case html.CommentToken, html.DoctypeToken:
			w.comment()
		}
	}
}

// hasBlocks reports whether the source holds an element that makes lines.
func hasBlocks(source string) bool {
	for {
		i := strings.IndexByte(source, '<')
		if i < 0 {
			return false
		}
		source = source[i+1:]
		n := 0
		for n < len(source) && n < 12 && mrkdwn.IsAlnum(source[n]) {
			n++
		}
		if n == 0 {
			continue
		}
		name := strings.ToLower(source[:n])
		switch tags[name].kind {
		case tagUnknown, tagInline, tagHidden:
		case tagVoid:
			if name == "br" || name == "hr" {
				return true
			}
		default:
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
	tok    *html.Tokenizer
	base   context
	open   []element
	depths map[string]int // how many of each name are open: find need not look for the others
	over   int            // open elements beyond maxDepth
	svg    int            // open svg and math, whose elements are not in tags

	blocks  []block
	cur     *block // the block that text goes to, nil between blocks
	store   block
	blank   bool   // a blank is due, and written only if text follows in the line
	blankAs piece  // in the style and link that it stood in
	run     []byte // the text of the open piece
	runAs   piece  // its style and link
	gap     bool   // a blank line is due before the next block
	tables  []*table
	skipNL  bool // HTML leaves out a line break right after <pre>
}
