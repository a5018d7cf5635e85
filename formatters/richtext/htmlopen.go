package richtext

// context is what an element hands down to its content.
type context struct {
	style  style
	white  whiteSpace
	url    string
	quote  bool
	hidden bool  // by an element around, whatever those inside say
	sight  sight // by the innermost element that says something
	pre    bool  // blocks are preformatted
	script script
	list   *list
}

// list is an open ul or ol with its open item, if it has one.
type list struct {
	marker    marker
	indent    int
	next      [MaxIndent + 1]int // numbers of the next items, by the indent that the editor's class adds
	step      int                // from one number to the next
	countdown *int               // how many items there are: what the numbers are counted down from
	started   bool               // the open item has its bullet
	item      marker             // of the open item
	number    int                // of the open item
	extra     int                // indent that the editor's class adds to the open item
}

// restart has the levels from this one on begin at 1.
func (l *list) restart(level int) {
	for i := level; i < len(l.next); i++ {
		l.next[i] = 1
	}
}

// element is an open element.
type element struct {
	name string
	kind tagKind
	own  delta
	ctx  context // for its content
}

// delta is what one element changes in the context around it. It is kept beside
// the result, because remove has to do the sum again without an element from the
// middle: <b><i></b> leaves the <i> open.
type delta struct {
	style, clear style // clear: <span style="font-weight:normal"> inside <b>
	white        whiteSpace
	setWhite     bool
	url          string
	quote        bool
	hidden       bool
	sight        sight
	pre          bool
	script       script
	list         *list
}

// with is the context inside of an element that changes it by d. Hidden and quoted
// stay so, however deep; all else the innermost element decides.
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
	if d.sight != inherited {
		c.sight = d.sight
	}
	c.pre = c.pre || d.pre
	if d.script != 0 {
		c.script = d.script
	}
	if d.list != nil {
		c.list = d.list
	}
	return c
}

func (w *walker) ctx() *context {
	if n := len(w.open); n > 0 {
		return &w.open[n-1].ctx
	}
	return &w.base
}

// push puts an element on the list of open ones.
func (w *walker) push(name string, kind tagKind, d delta) {
	if w.depths == nil {
		w.depths = make(map[string]int, 8)
		w.open = make([]element, 0, 8)
	}
	w.depths[name]++
	ctx := *w.ctx()
	if kind != tagGroup && kind != tagRow && kind != tagCell && name != "caption" {
		ctx.hidden, ctx.sight = w.place().hidden, w.place().sight
	}
	w.open = append(w.open, element{name, kind, d, ctx.with(d)})
}

// place is the context of where browsers put what comes next: what stands in a table
// beside its cells they move out, in front of the table. Here it says only whether
// that is seen.
func (w *walker) place() *context {
	i := len(w.open) - 1
	for i >= 0 && (w.open[i].kind == tagRow || w.open[i].kind == tagGroup) {
		i--
	}
	switch {
	case i < 0 || w.open[i].kind != tagTable:
		return w.ctx()
	case i == 0:
		return &w.base
	}
	return &w.open[i-1].ctx
}

// hides reports whether text that comes next is not seen.
func (w *walker) hides() bool {
	c := w.place()
	return c.hidden || c.sight == invisible
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

// closeOne closes the element at i, which find has given, and those inside it.
func (w *walker) closeOne(i int) {
	if i >= 0 {
		w.closeTo(i)
	}
}

// left does what the end of an element means.
func (w *walker) left(e element) {
	switch e.kind {
	case tagBlock:
		if w.codeLine {
			w.lineBreak()
			w.codeLine = false
		}
		w.endLine()
		if e.name == "caption" {
			w.endCaption()
		}
	case tagPre, tagQuote, tagList, tagItem, tagRow:
		w.flush()
	case tagPara:
		w.endLine()
		w.gap = w.gap || !w.tight || e.name != "p"
	case tagCell:
		w.endCell()
	case tagTable:
		w.endTable()
	}
	if e.name == "q" {
		w.add("\u201d")
	}
}

// find returns the index of the innermost open element with the name, not
// looking beyond an element of a kind in fence; -1 if there is none. A </li> in
// a table cell must not close the item that the table stands in.
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
