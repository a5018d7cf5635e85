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
		if kind := tags[name].kind; kind > tagHidden && (kind != tagVoid || name == "br" || name == "hr") || kind == tagBlock || kind == tagPara {
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

// context is what an element hands down to its content.
type context struct {
	style  style
	white  whiteSpace
	url    string
	quote  bool
	hidden bool
	pre    bool // blocks are preformatted
	list   *list
}

// list is an open ul or ol; li its open item.
type list struct {
	ordered bool
	next    int
	indent  int
	started bool // the open item has its bullet
	number  int  // of the open item
	extra   int  // indent that the editor's class adds to the open item
}

// element is an open element.
type element struct {
	name string
	kind tagKind
	own  delta
	ctx  context // for its content
}

// delta is what one element adds to the context around it.
type delta struct {
	style, clear style
	white        whiteSpace
	setWhite     bool
	url          string
	quote        bool
	hidden       bool
	pre          bool
	list         *list
}

func (c context) with(d delta) context {
	c.style = c.style&^d.clear | d.style
	if d.setWhite {
		c.white = d.white
	}
	if d.url != "" {
		c.url = d.url
	}
	c.quote = c.quote || d.quote
	c.hidden = c.hidden || d.hidden
	c.pre = c.pre || d.pre
	if d.list != nil {
		c.list = d.list
	}
	return c
}

// walker builds the document.
type walker struct {
	tok    *html.Tokenizer
	base   context
	open   []element
	depths map[string]int // how many of each name are open
	over   int            // open elements beyond maxDepth
	svg    int

	blocks  []block
	cur     *block // the block that text goes to, nil between blocks
	store   block
	blank   bool   // white space is due before the next text
	blankAs piece  // in this style
	run     []byte // the text of the open piece
	runAs   piece  // its style and link
	gap     bool   // a blank line is due before the next block
	tables  []*table
	skipNL  bool // a line break right after <pre> does not count
}

func (w *walker) ctx() *context {
	if n := len(w.open); n > 0 {
		return &w.open[n-1].ctx
	}
	return &w.base
}

func (w *walker) push(name string, kind tagKind, d delta) {
	if w.depths == nil {
		w.depths = make(map[string]int, 16)
	}
	w.depths[name]++
	w.open = append(w.open, element{name, kind, d, w.ctx().with(d)})
}

// closeTo closes all elements from index n on.
func (w *walker) closeTo(n int) {
	for len(w.open) > n {
		e := w.open[len(w.open)-1]
		w.open = w.open[:len(w.open)-1]
		w.depths[e.name]--
		w.left(e)
	}
}

// left does what the end of an element means.
func (w *walker) left(e element) {
	switch e.kind {
	case tagBlock, tagPre, tagQuote, tagList, tagItem, tagRow:
		w.flush()
	case tagPara:
		w.flush()
		w.gap = true
	case tagCell:
		w.endCell()
	case tagTable:
		w.endTable()
	}
	if e.name == "svg" || e.name == "math" {
		w.svg--
	}
	if e.name == "q" {
		w.add("\u201d")
	}
}

// find returns the index of the innermost open element with the name, not
// looking beyond an element of a kind in fence; -1 if there is none.
func (w *walker) find(name string, fence ...tagKind) int {
	if w.depths[name] == 0 {
		return -1
	}
	for i := len(w.open) - 1; i >= 0; i-- {
		if w.open[i].name == name {
			return i
		}
		for _, kind := range fence {
			if w.open[i].kind == kind {
				return -1
			}
		}
	}
	return -1
}

func (w *walker) startTag() {
	raw := w.tok.Raw()
	t, rawText := lookup(raw[1:]), ""
	if t.kind == tagUnknown || t.kind == tagVoid {
		rawText = string(raw) // now, because TagName makes it lower case in place
	}
	nameBytes, more := w.tok.TagName()
	name := string(nameBytes)
	switch t.kind {
	case tagUnknown:
		w.unknown(name, rawText)
		return
	case tagVoid:
		w.void(name, rawText, more)
		return
	}
	if len(w.open) >= maxDepth {
		if t.kind != tagInline {
			w.flush()
		}
		w.over++
		return
	}
	d := delta{style: t.style}
	var attrs attributes
	if more {
		attrs = w.attributes()
		attrs.apply(&d)
	}
	switch t.kind {
	case tagHidden:
		d.hidden = true
	case tagBlock:
		w.closeParagraph()
		w.flush()
		if name == "dt" || name == "dd" {
			if i := max(w.find("dt", tagList, tagCell), w.find("dd", tagList, tagCell)); i >= 0 {
				w.closeTo(i)
			}
		}
	case tagPara:
		w.closeParagraph()
		w.flush()
		w.gap = true
	case tagList:
		w.closeParagraph()
		w.flush()
		outer := w.ctx().list
		d.list = &list{ordered: name == "ol", next: 1}
		if outer != nil {
			d.list.indent = outer.indent + 1
		}
		if attrs.start > 0 {
			d.list.next = attrs.start
		}
	case tagItem:
		if i := w.find("li", tagList, tagCell); i >= 0 {
			w.closeTo(i)
		}
		w.flush()
		l := w.ctx().list
		if l == nil { // an item without a list
			l = &list{next: 1}
			d.list = l
		}
		l.started, l.extra = false, attrs.indent
		if attrs.value > 0 {
			l.next = attrs.value
		}
		l.number = l.next
		l.next++
	case tagQuote:
		w.closeParagraph()
		w.flush()
		d.quote = true
	case tagPre:
		w.closeParagraph()
		w.flush()
		d.pre, d.white, d.setWhite = true, whitePre, true
		d.clear = ^style(0)
		w.skipNL = true
	case tagTable:
		w.flush()
		w.startTable()
	case tagRow:
		if i := w.find("tr", tagTable); i >= 0 {
			w.closeTo(i)
		}
		w.startRow()
	case tagCell:
		i := w.find("td", tagTable)
		if i < 0 {
			i = w.find("th", tagTable)
		}
		if i >= 0 {
			w.closeTo(i)
		}
		w.startCell(name == "th")
		d.clear = bold // of a table in a heading
	case tagInline:
		switch name {
		case "a":
			if i := w.find("a", tagCell); i >= 0 {
				w.remove(i)
			}
			d.url = attrs.href
			if attrs.longHref != "" {
				w.text(attrs.longHref + " ")
			}
		case "svg", "math":
			w.svg++
		case "q":
			w.add("\u201c")
		}
	}
	w.push(name, t.kind, d)
}

// closeParagraph ends an open p, as every block element does.
func (w *walker) closeParagraph() {
	if i := w.find("p", tagCell, tagItem, tagTable); i >= 0 {
		w.closeTo(i)
	}
}

func (w *walker) endTag() {
	raw := w.tok.Raw()
	t, rawText := lookup(raw[2:]), ""
	if t.kind == tagUnknown {
		rawText = string(raw)
	}
	nameBytes, _ := w.tok.TagName()
	name := string(nameBytes)
	if t.kind == tagUnknown {
		w.unknown(name, rawText)
		return
	}
	if name == "br" { // browsers take </br> for <br>
		w.lineBreak()
		return
	}
	if w.over > 0 {
		w.over--
		return
	}
	var i int
	switch t.kind {
	case tagVoid:
		return
	case tagInline, tagHidden:
		if i = w.find(name, tagCell, tagTable); i >= 0 {
			w.remove(i)
		}
		return
	case tagTable:
		i = w.find(name)
	case tagRow, tagCell:
		i = w.find(name, tagTable)
	case tagPara:
		i = w.find(name, tagCell, tagTable)
		if i < 0 && name == "p" {
			w.flush()
			w.gap = true
		}
	default:
		i = w.find(name, tagCell, tagTable)
	}
	if i >= 0 {
		w.closeTo(i)
	}
}

// remove closes one element and leaves those inside it open, as browsers do
// with badly nested formatting.
func (w *walker) remove(i int) {
	e := w.open[i]
	if i == len(w.open)-1 {
		w.closeTo(i)
		return
	}
	w.open = append(w.open[:i], w.open[i+1:]...)
	w.depths[e.name]--
	outer := &w.base
	if i > 0 {
		outer = &w.open[i-1].ctx
	}
	for ; i < len(w.open); i++ {
		w.open[i].ctx = outer.with(w.open[i].own)
		outer = &w.open[i].ctx
	}
	w.left(e)
}
