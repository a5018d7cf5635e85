package richtext

import "strings"

// declaration is one of a style attribute, in small letters.
type declaration struct {
	name, value string
	important   bool // it wins over those that are not, also over later ones
}

// declarations reads a style attribute. A semicolon or a colon within quotes,
// brackets or a comment is no end of anything.
// https://www.w3.org/TR/css-style-attr/
func declarations(css string) (all []declaration) {
	css = strings.ToLower(css)
	var text strings.Builder // of the declaration so far, without comments
	depth := 0
	end := func() {
		name, value, ok := strings.Cut(text.String(), ":")
		text.Reset()
		if !ok {
			return
		}
		c := declaration{name: strings.TrimSpace(name), value: strings.TrimSpace(value)}
		if before, ok := strings.CutSuffix(c.value, "important"); ok {
			if before, ok = strings.CutSuffix(strings.TrimSpace(before), "!"); ok {
				c.value, c.important = strings.TrimSpace(before), true
			}
		}
		all = append(all, c)
	}
	for i := 0; i < len(css); i++ {
		from := i
		switch c := css[i]; c {
		case '\\':
			i++
		case '"', '\'':
			for i++; i < len(css) && css[i] != c && css[i] != '\n'; i++ {
				if css[i] == '\\' {
					i++
				}
			}
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth = max(depth-1, 0)
		case '/':
			if strings.HasPrefix(css[i:], "/*") {
				n := strings.Index(css[i+2:], "*/")
				if n < 0 {
					n = len(css)
				}
				i += 2 + n + 1
				continue
			}
		case ';':
			if depth == 0 {
				end()
				continue
			}
		}
		text.WriteString(css[from:min(i+1, len(css))])
	}
	end()
	return all
}

// displays reports whether CSS knows this value of display, and it is not none.
func displays(value string) bool {
	first, _, _ := strings.Cut(value, " ")
	first, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimPrefix(first, "-webkit-"), "-ms-"), "-")
	switch first {
	case "block", "inline", "flow", "flex", "flexbox", "box", "grid", "table", "list", "contents", "ruby", "math", "run", "inherit", "initial", "unset", "revert":
		return true
	}
	return false
}

// sight is what visibility makes of an element and, as long as those say nothing
// else, of the elements inside.
type sight uint8

const (
	inherited sight = iota
	visible
	invisible
)

var sights = map[string]sight{
	"visible": visible, "initial": visible, "hidden": invisible, "collapse": invisible,
	"inherit": inherited, "unset": inherited, "revert": inherited, "revert-layer": inherited,
}
