package richtext

import "strings"

// startTag opens an element. What it changes for its content is worked out before
// it is on the list of open ones, because an element may close others first.
func (w *walker) startTag(t token) {
	if t.tag.kind == tagVoid {
		w.void(t.name, t.attrs)
		return
	}
	if len(w.open) >= maxDepth { // counted only, so that as many end tags are passed over
		if t.tag.kind != tagInline {
			w.flush()
		}
		w.over++
		return
	}
	d := delta{style: t.tag.style}
	var attrs attributes
	if t.attrs != "" {
		attrs = attributesOf(t.attrs)
		attrs.apply(&d)
		// What the editor puts beside the text: a list of languages, a box to tick.
		d.hidden = d.hidden || attrs.control && (t.name == "select" || t.name == "span" && attrs.fixed)
	}
	w.opening(t.name, t.tag.kind, attrs, &d)
	w.push(t.name, t.tag.kind, d)
	w.codeLine = w.codeLine || attrs.codeLine
	if k := t.tag.kind; attrs.indent > 0 && (k == tagPara || k == tagBlock || k == tagQuote) && !w.hides() {
		// The editor moves a paragraph to the right by its class; typed blanks do it here.
		w.dueAs, w.due = piece{}, append(w.due[:0], strings.Repeat(nbsp, 4*attrs.indent)...)
	}
}

// opening is what the start of an element means for what is open: most elements
// end the line, and HTML leaves out many end tags (<li>one<li>two), which are
// made up for here. It adds to d what the content inherits.
func (w *walker) opening(name string, kind tagKind, attrs attributes, d *delta) {
	switch kind {
	case tagBlock:
		w.closeParagraph()
		w.endLine()
		if name == "dt" || name == "dd" {
			w.closeOne(max(w.find("dt", tagList, tagCell), w.find("dd", tagList, tagCell)))
		}
	case tagPara:
		w.closeParagraph()
		if n := len(w.open); n > 0 && isHeading(name) && isHeading(w.open[n-1].name) {
			w.closeTo(n - 1)
		}
		w.endLine()
		w.gap = w.gap || !w.tight || name != "p"
	case tagList:
		w.startList(name == "ol", attrs, d)
	case tagItem:
		w.startItem(attrs, d)
	case tagQuote:
		w.closeParagraph()
		w.flush()
		d.quote = true
	case tagPre:
		w.closeParagraph()
		w.flush()
		d.pre, d.white, d.setWhite = true, whitePre, true
		d.clear = ^style(0) // Slack shows no styles in preformatted text
		w.skipNL = true
	case tagTable:
		w.flush()
		w.startTable()
	case tagGroup:
		w.closeOne(max(w.find("thead", tagTable), w.find("tbody", tagTable), w.find("tfoot", tagTable)))
	case tagRow:
		w.closeOne(w.find("tr", tagTable))
		w.startRow()
	case tagCell:
		i := w.find("td", tagTable)
		if i < 0 {
			i = w.find("th", tagTable)
		}
		w.closeOne(i)
		w.startCell(cell{head: name == "th" || w.find("thead", tagTable) >= 0, columns: attrs.columns, rows: attrs.rows})
		d.clear = bold // of a table in a heading
	case tagInline:
		w.startInline(name, attrs, d)
	}
}

// startList begins a list. One inside of an item is one level deeper, whichever way
// that item came to its own: by nesting, or by the editor's class.
func (w *walker) startList(ordered bool, attrs attributes, d *delta) {
	w.closeParagraph()
	w.flush()
	l := &list{marker: bullet, step: 1}
	d.list = l
	if outer := w.ctx().list; outer != nil {
		l.indent = outer.indent + outer.extra + 1
	}
	if ordered {
		l.marker = decimal
	}
	if attrs.marker != 0 {
		l.marker = attrs.marker
	}
	l.restart(0)
	switch {
	case attrs.reversed && ordered && attrs.start == nil:
		l.countdown, l.step, l.next[0] = new(int), -1, 0
	case attrs.reversed && ordered:
		l.step = -1
	}
	if attrs.start != nil {
		l.next[0] = *attrs.start
	}
}

// startItem begins an item and gives it its number. Items between numbered ones that
// have none do not count, and each level counts by itself, anew below every item of
// a level above.
func (w *walker) startItem(attrs attributes, d *delta) {
	w.closeOne(w.find("li", tagList, tagCell))
	w.flush()
	l := w.ctx().list
	if l == nil { // an item without a list
		l = &list{marker: bullet, step: 1}
		d.list = l
	}
	l.started, l.extra, l.item = false, attrs.indent, l.marker
	l.restart(l.extra + 1)
	if attrs.marker != 0 {
		l.item = attrs.marker
	}
	if !l.item.numbered() {
		return
	}
	next := &l.next[l.extra]
	if attrs.value != nil {
		*next = *attrs.value
		l.countdown = nil
	}
	l.number = *next
	if l.extra > 0 {
		*next++
		return
	}
	*next += l.step
	if l.countdown != nil {
		*l.countdown++
	}
}

func (w *walker) startInline(name string, attrs attributes, d *delta) {
	switch name {
	case "a":
		if i := w.find("a", tagCell); i >= 0 { // no link is inside of another
			w.remove(i)
		}
		d.url = attrs.href
		if attrs.longHref != "" { // Slack would refuse it as a link, so it is text
			w.text(attrs.longHref + " ")
		}
	case "sup":
		d.script = above
	case "sub":
		d.script = below
	case "q":
		w.add("\u201c")
	}
}

func isHeading(name string) bool {
	return len(name) == 2 && name[0] == 'h' && name[1] != 'r'
}

// closeParagraph ends an open p, as every block element does.
func (w *walker) closeParagraph() {
	w.closeOne(w.find("p", tagCell, tagItem, tagTable))
}

// endLine ends the line, as a block element does: in preformatted text it is one
// more line of it.
func (w *walker) endLine() {
	if !w.ctx().pre {
		w.flush()
	} else if w.cur != nil && !w.atLineStart() {
		w.raw("\n")
	}
}

// endTag closes an element, and with it what is open inside. How far it looks
// for the start depends on the kind: a </b> in a cell closes no <b> around the table.
func (w *walker) endTag(t token) {
	name := t.name
	if name == "br" { // browsers take </br> for <br>
		w.lineBreak()
		return
	}
	if w.over > 0 {
		w.over--
		return
	}
	var i int
	switch t.tag.kind {
	case tagVoid:
		return
	case tagInline: // may be badly nested: <b><i></b></i>
		if i = w.find(name, tagCell, tagTable); i >= 0 {
			w.remove(i)
		}
		return
	case tagTable:
		i = w.find(name)
	case tagGroup, tagRow, tagCell:
		i = w.find(name, tagTable)
	case tagPara:
		i = w.find(name, tagCell, tagTable)
		for n := 1; isHeading(name) && n <= 6; n++ { // any of them ends any other
			i = max(i, w.find("h"+string(rune('0'+n)), tagCell, tagTable))
		}
		if i < 0 && name == "p" { // browsers take </p> alone for an empty paragraph
			w.flush()
			w.gap = true
		}
	default:
		i = w.find(name, tagCell, tagTable)
	}
	w.closeOne(i)
}
