package preview

import (
	"html"
	"strconv"
	"strings"
)

// htmlWriter is the only place that writes HTML. Names of tags and attributes
// are constants of this file; every other text goes through esc.
type htmlWriter struct{ b strings.Builder }

func (h *htmlWriter) raw(parts ...string) {
	for _, p := range parts {
		h.b.WriteString(p)
	}
}

// esc escapes for text and for quoted attributes. Control characters are not
// allowed in HTML and have no picture; what they hide should not be hidden.
func esc(s string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

func (h *htmlWriter) elements(list []element) {
	for _, e := range list {
		h.element(e)
	}
}

func (h *htmlWriter) element(e element) {
	switch e.kind {
	case text:
		h.raw(`<div class="text" dir="auto">`)
		h.spans(e.spans)
		h.raw(`</div>`)
	case heading:
		h.raw(`<div class="heading h`, strconv.Itoa(e.n), `" role="heading" aria-level="`, strconv.Itoa(e.n+2), `" dir="auto">`)
		h.spans(e.spans)
		h.raw(`</div>`)
	case pre:
		h.raw(`<pre tabindex="0">`)
		h.spans(e.spans)
		h.raw(`</pre>`)
	case quote:
		h.raw(`<blockquote>`)
		h.elements(e.kids)
		h.raw(`</blockquote>`)
	case list:
		h.list(e)
	case divider:
		h.raw(`<hr>`)
	case group:
		h.raw(`<div class="group">`)
		h.elements(e.kids)
		h.raw(`</div>`)
	case fields:
		h.raw(`<div class="fields">`)
		h.elements(e.kids)
		h.raw(`</div>`)
	case row:
		if e.tone == "context" {
			h.raw(`<div class="row context">`)
		} else {
			h.raw(`<div class="row">`)
		}
		h.elements(e.kids)
		h.raw(`</div>`)
	case beside:
		h.raw(`<div class="beside">`)
		h.elements(e.kids)
		h.raw(`</div>`)
	case button:
		h.button(e)
	case control:
		h.raw(`<span class="control">`)
		h.spans(e.spans)
		if e.label != "" {
			if len(e.spans) > 0 {
				h.raw(" ")
			}
			h.raw(`<span class="sign">`, esc(e.label), `</span>`)
		}
		h.raw(`</span>`)
	case choices:
		h.raw(`<div class="choices">`)
		for _, c := range e.kids {
			h.raw(`<div class="choice"><span class="sign">`, esc(c.label), `</span>`)
			h.element(c)
			h.raw(`</div>`)
		}
		h.raw(`</div>`)
	case image:
		h.image(e)
	case table:
		h.table(e)
	case attachment:
		// The colour stands in an attribute of SVG: style attributes would need
		// a weaker Content-Security-Policy.
		h.raw(`<div class="attachment"><svg class="bar" aria-hidden="true" width="4" height="100%"><rect width="4" height="100%" rx="2" fill="`, esc(e.color), `"></rect></svg><div class="group">`)
		h.elements(e.kids)
		h.raw(`</div></div>`)
	case box:
		h.raw(`<div class="box"><span class="boxlabel">`, esc(e.label), `</span>`)
		h.elements(e.kids)
		h.raw(`</div>`)
	}
}

func (h *htmlWriter) list(e element) {
	in := strconv.Itoa(e.n)
	if e.start == "" {
		h.raw(`<ul class="in`, in, `">`)
	} else {
		h.raw(`<ol class="in`, in, `" type="`, e.start, `" start="`, strconv.Itoa(e.from+1), `">`)
	}
	for _, item := range e.kids {
		h.raw(`<li>`)
		h.element(item)
		h.raw(`</li>`)
	}
	if e.start == "" {
		h.raw(`</ul>`)
	} else {
		h.raw(`</ol>`)
	}
}

func (h *htmlWriter) button(e element) {
	class := "button"
	if e.tone == "primary" || e.tone == "danger" {
		class += " " + e.tone
	}
	if e.href != "" {
		h.anchor(class, e.href, e.href)
		h.spans(e.spans)
		h.raw(`</a>`)
		return
	}
	h.raw(`<span class="`, class, `">`)
	h.spans(e.spans)
	h.raw(`</span>`)
}

func (h *htmlWriter) image(e element) {
	h.raw(`<div class="image">`)
	if len(e.spans) > 0 {
		h.raw(`<div class="imagetitle">`)
		h.spans(e.spans)
		h.raw(`</div>`)
	}
	if e.href != "" {
		h.anchor("picture", e.href, e.href)
		h.raw(`<span aria-hidden="true">🖼</span> `, esc(e.label), `</a>`)
	} else {
		h.raw(`<span class="picture"><span aria-hidden="true">🖼</span> `, esc(e.label), `</span>`)
	}
	h.raw(`</div>`)
}

func (h *htmlWriter) table(e element) {
	h.raw(`<div class="tablebox" tabindex="0"><table>`)
	for i, cells := range e.rows {
		tag := "td"
		if i == 0 {
			tag = "th"
		}
		h.raw(`<tr>`)
		for j, c := range cells {
			h.raw(`<`, tag)
			if j < len(e.right) && e.right[j] {
				h.raw(` class="right"`)
			}
			h.raw(`>`)
			h.element(c)
			h.raw(`</`, tag, `>`)
		}
		h.raw(`</tr>`)
	}
	h.raw(`</table></div>`)
}

func (h *htmlWriter) anchor(class, href, title string) {
	h.raw(`<a class="`, class, `" href="`, esc(href), `" title="`, esc(title), `" target="_blank" rel="noopener noreferrer nofollow">`)
}

// tags are the styles that have a tag, in the order of nesting.
var tags = []struct {
	style style
	open  string
	close string
}{
	{bold, `<b>`, `</b>`},
	{italic, `<i>`, `</i>`},
	{strike, `<s>`, `</s>`},
	{underline, `<u>`, `</u>`},
	{highlight, `<mark>`, `</mark>`},
	{muted, `<small>`, `</small>`},
	{code, `<code>`, `</code>`},
}

func (h *htmlWriter) spans(list []span) {
	for _, s := range list {
		for _, t := range tags {
			if s.style&t.style != 0 {
				h.raw(t.open)
			}
		}
		h.span(s)
		for i := len(tags) - 1; i >= 0; i-- {
			if s.style&tags[i].style != 0 {
				h.raw(tags[i].close)
			}
		}
	}
}

func (h *htmlWriter) span(s span) {
	shown := strings.ReplaceAll(esc(s.text), "\n", "<br>")
	class := ""
	switch s.what {
	case plain:
		h.raw(shown)
		return
	case link:
		if s.href != "" {
			h.anchor("link", s.href, s.title)
			h.raw(shown, `</a>`)
			return
		}
		class = "link dead"
	case mention:
		class = "mention"
	case broadcast:
		class = "mention broadcast"
	case date:
		class = "date"
	case emoji:
		class = "emoji"
	case swatch:
		h.raw(`<svg class="swatch" width="12" height="12" aria-hidden="true"><rect width="12" height="12" rx="2" fill="`, esc(s.title), `"></rect></svg>`, shown)
		return
	}
	h.raw(`<span class="`, class, `"`)
	if s.title != "" {
		h.raw(` title="`, esc(s.title), `"`)
	}
	h.raw(`>`, shown, `</span>`)
}
