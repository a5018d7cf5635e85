package richtext

import (
	"strings"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// attributes are those of an element's attributes that matter.
type attributes struct {
	href, src, alt       string
	longHref             string // one that is too long for a link
	css                  string
	start, value, indent int
	tiny                 bool
	syntax               bool
}

func (w *walker) attributes() attributes {
	var a attributes
	for {
		key, value, more := w.tok.TagAttr()
		switch string(key) {
		case "href":
			url, ok := mrkdwn.SafeURL(string(value))
			if ok {
				a.href = url
			} else {
				a.longHref = url
			}
		case "src":
			a.src = string(value)
		case "alt":
			a.alt = string(value)
		case "style":
			a.css = string(value)
		case "start":
			a.start = atoi(string(value))
		case "value":
			a.value = atoi(string(value))
		case "width", "height":
			switch strings.TrimSuffix(strings.TrimSpace(string(value)), "px") {
			case "0", "1":
				a.tiny = true
			}
		case "hidden":
			a.css += ";display:none"
		case "class":
			a.class(string(value))
		}
		if !more {
			return a
		}
	}
}

// class understands the classes of the platform's editor, which is Quill.
func (a *attributes) class(names string) {
	for name := range strings.FieldsSeq(names) {
		if level, ok := strings.CutPrefix(name, "ql-indent-"); ok {
			a.indent = min(atoi(level), MaxIndent)
		}
		if name == "ql-syntax" || name == "ql-code-block" {
			a.syntax = true
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
	for rule := range strings.SplitSeq(a.css, ";") {
		name, value, ok := strings.Cut(rule, ":")
		if !ok {
			continue
		}
		value = strings.ToLower(strings.TrimSpace(value))
		value = strings.TrimSpace(strings.TrimSuffix(value, "!important"))
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "font-weight":
			d.set(bold, value == "bold" || value == "bolder" || len(value) == 3 && value >= "600" && value <= "900", value == "normal" || value == "400")
		case "font-style":
			d.set(italic, value == "italic" || value == "oblique", value == "normal")
		case "text-decoration", "text-decoration-line":
			d.set(underline, strings.Contains(value, "underline"), value == "none")
			d.set(strike, strings.Contains(value, "line-through"), value == "none")
		case "display":
			d.hidden = d.hidden || value == "none"
		case "visibility":
			d.hidden = d.hidden || value == "hidden"
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
}

func (d *delta) set(s style, on, off bool) {
	switch {
	case on:
		d.style |= s
	case off:
		d.style &^= s
		d.clear |= s
	}
}
