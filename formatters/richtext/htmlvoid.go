package richtext

import (
	"strings"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// void handles elements without content.
func (w *walker) void(name, attrs string) {
	switch name {
	case "br":
		w.lineBreak()
	case "hr":
		w.closeParagraph()
		w.flush()
		w.add("──────────")
		w.flush()
	case "img", "image":
		w.image(attributesOf(attrs))
	case "input":
		a := attributesOf(attrs)
		switch {
		case a.input && a.isChecked:
			w.add(checked.text(0))
		case a.input:
			w.add(unchecked.text(0))
		default:
			return
		}
		w.blanks(" ", w.ctx())
	}
}

// image shows a picture as its description, linked to the picture. Those that
// report that a mail was read (no size to speak of) and those that are in the
// source itself and have no description are left out.
func (w *walker) image(a attributes) {
	var own delta
	a.apply(&own)
	if a.tiny() || own.hidden || own.sight == invisible || w.hides() {
		return
	}
	alt := mrkdwn.OneLine(a.alt)
	url, ok := mrkdwn.SafeURL(a.src)
	if strings.HasPrefix(url, "mailto:") {
		ok = false
	}
	ctx := w.ctx()
	outer := ctx.url
	switch {
	case outer != "" && alt == "":
		alt = "image"
	case outer == "" && ok:
		ctx.url = url
		if alt == "" {
			alt = url
		}
	case alt == "":
		return
	}
	w.add(alt)
	ctx.url = outer
}
