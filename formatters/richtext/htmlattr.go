package richtext

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// attributes are those of an element's attributes that matter.
type attributes struct {
	href, src, alt   string
	longHref         string // one that is too long for a link
	css              string
	start, value     *int
	reversed         bool
	marker           marker
	indent           int
	columns, rows    int  // that a cell takes
	thin, low        side // of a picture
	control, fixed   bool // it is Quill's, and nobody can write there
	syntax           bool
	codeLine         bool
	input, isChecked bool
}

// attributesOf reads the source of attributes.
func attributesOf(source string) (a attributes) {
	for {
		name, value, n := nextAttribute(source)
		if n == 0 {
			return a
		}
		source = source[n:]
		a.set(strings.ToLower(name), html.UnescapeString(value))
	}
}

// set takes one attribute, of which nothing is trusted: addresses become safe or
// are dropped, numbers have bounds.
func (a *attributes) set(name, value string) {
	switch name {
	case "href":
		url, ok := mrkdwn.SafeURL(value)
		if ok {
			a.href = url
		} else {
			a.longHref = url
		}
	case "src":
		a.src = value
	case "alt":
		a.alt = value
	case "style":
		a.css += ";" + value
	case "start":
		a.start = number(value)
	case "value":
		a.value = number(value)
	case "reversed":
		a.reversed = true
	case "type":
		a.setType(value)
	case "colspan":
		a.columns = count(value)
	case "rowspan":
		a.rows = count(value)
		if value == "0" {
			a.rows = maxSpan // to the end of the table
		}
	case "width":
		a.thin = pixels(value)
	case "height":
		a.low = pixels(value)
	case "hidden":
		a.css = "display:none;" + a.css
	case "contenteditable":
		a.fixed = value == "false"
	case "class":
		a.class(value)
	case "checked":
		a.isChecked = true
	case "data-list", "data-checked": // of Quill 2 and of Quill 1
		a.marker = markers[strings.ToLower(value)]
	}
}

// setType understands the type of a list and of an input.
func (a *attributes) setType(value string) {
	switch value {
	case "a", "A", "i", "I":
		a.marker = marker(value[0])
	case "checkbox":
		a.input = true
	}
}

// markers are the words of Quill's attributes and of CSS for what stands before an
// item.
var markers = map[string]marker{
	"bullet": bullet, "ordered": decimal, "checked": checked, "unchecked": unchecked,
	"true": checked, "false": unchecked,
	"disc": bullet, "circle": bullet, "square": bullet, "decimal": decimal,
	"lower-alpha": 'a', "lower-latin": 'a', "upper-alpha": 'A', "upper-latin": 'A', "lower-roman": 'i', "upper-roman": 'I',
}

// class understands the classes of the platform's editor, which is Quill.
func (a *attributes) class(names string) {
	for name := range strings.FieldsSeq(names) {
		if level, ok := strings.CutPrefix(name, "ql-indent-"); ok {
			a.indent = min(count(level), MaxIndent)
		}
		switch name {
		case "ql-syntax", "ql-code-block", "ql-code-block-container":
			a.syntax = true
			a.codeLine = name == "ql-code-block"
		case "ql-ui":
			a.control = true
		}
	}
}

// apply adds what the attributes say to d.
func (a *attributes) apply(d *delta) {
	if a.syntax {
		d.pre, d.white, d.setWhite = true, whitePre, true
	}
	if a.css == "" {
		return
	}
	all := declarations(a.css)
	for _, c := range all {
		if !c.important {
			a.declare(c, d)
		}
	}
	for _, c := range all {
		if c.important {
			a.declare(c, d)
		}
	}
}

// declare adds what one declaration of the style says, which wins over those before
// it. A value that CSS does not know says nothing.
func (a *attributes) declare(c declaration, d *delta) {
	value := c.value
	switch c.name {
	case "font-weight":
		d.set(bold, value == "bold" || value == "bolder" || len(value) == 3 && value >= "600" && value <= "900", value == "normal" || value == "400")
	case "font-style":
		d.set(italic, value == "italic" || value == "oblique", value == "normal")
	case "text-decoration", "text-decoration-line":
		d.set(underline, strings.Contains(value, "underline"), value == "none")
		d.set(strike, strings.Contains(value, "line-through"), value == "none")
	case "display":
		if value == "none" || displays(value) {
			d.hidden = value == "none"
		}
	case "visibility":
		if sight, ok := sights[value]; ok {
			d.sight = sight
		}
	case "width":
		a.thin = pixels(value)
	case "height":
		a.low = pixels(value)
	case "list-style-type":
		if m := markers[value]; m != 0 {
			a.marker = m
		}
	case "white-space":
		switch value {
		case "pre", "pre-wrap", "break-spaces":
			d.white, d.setWhite = whitePre, true
		case "pre-line":
			d.white, d.setWhite = whiteLines, true
		case "normal", "nowrap":
			d.white, d.setWhite = whiteNormal, true
		}
	}
}

// set turns a style on or off; a value that says neither leaves it as it is.
func (d *delta) set(s style, on, off bool) {
	switch {
	case on:
		d.style |= s
	case off:
		d.style &^= s
		d.clear |= s
	}
}

// side is what a picture has of one side.
type side uint8

const (
	someSize side = iota
	onePixel
	noSize
)

func pixels(value string) side {
	switch strings.TrimSuffix(strings.TrimSpace(value), "px") {
	case "0":
		return noSize
	case "1":
		return onePixel
	}
	return someSize
}

// tiny reports whether nobody sees the picture.
func (a *attributes) tiny() bool {
	return a.thin == noSize || a.low == noSize || a.thin == onePixel && a.low == onePixel
}

// number is an attribute's whole number, nil where it has none.
func number(s string) *int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < -1_000_000 || n > 1_000_000 {
		return nil
	}
	return &n
}

// count is a number that cannot be negative.
func count(s string) int {
	if n := number(s); n != nil {
		return max(*n, 0)
	}
	return 0
}
