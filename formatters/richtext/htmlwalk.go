package richtext

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
	if len(w.open) >= maxDepth { // counted only, so that as many end tags are passed over
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
	w.opening(name, t.kind, attrs, &d)
	w.push(name, t.kind, d)
}

// opening is what the start of an element means for what is open: most elements
// end the line, and HTML leaves out many end tags (<li>one<li>two), which are
// made up for here. It adds to d what the content inherits.
func (w *walker) opening(name string, kind tagKind, attrs attributes, d *delta) {
	switch kind {
	case tagHidden:
		d.hidden = true
	case tagBlock:
		w.closeParagraph()
		w.flush()
		if name == "dt" || name == "dd" {
			w.closeOne(max(w.find("dt", tagList, tagCell), w.find("dd", tagList, tagCell)))
		}
	case tagPara:
		w.closeParagraph()
		w.flush()
		w.gap = true
	case tagList:
		w.startList(name == "ol", attrs.start, d)
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
	case tagRow:
		w.closeOne(w.find("tr", tagTable))
		w.startRow()
	case tagCell:
		i := w.find("td", tagTable)
		if i < 0 {
			i = w.find("th", tagTable)
		}
		w.closeOne(i)
		w.startCell(name == "th")
		d.clear = bold // of a table in a heading
	case tagInline:
		w.startInline(name, attrs, d)
	}
}

func (w *walker) startList(ordered bool, start int, d *delta) {
	w.closeParagraph()
	w.flush()
	outer := w.ctx().list
	d.list = &list{ordered: ordered, next: 1}
	if outer != nil {
		d.list.indent = outer.indent + 1
	}
	if start > 0 {
		d.list.next = start
	}
}

func (w *walker) startItem(attrs attributes, d *delta) {
	w.closeOne(w.find("li", tagList, tagCell))
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
	case "svg", "math":
		w.svg++
	case "q":
		w.add("\u201c")
	}
}

// closeParagraph ends an open p, as every block element does.
func (w *walker) closeParagraph() {
	w.closeOne(w.find("p", tagCell, tagItem, tagTable))
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
	case tagInline, tagHidden: // may be badly nested: <b><i></b></i>
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
		if i < 0 && name == "p" { // browsers take </p> alone for an empty paragraph
			w.flush()
			w.gap = true
		}
	default:
		i = w.find(name, tagCell, tagTable)
	}
	w.closeOne(i)
}
