package preview

import (
	_ "embed"
	"html/template"
	"strings"
	"sync"
)

//go:embed message.html
var messageHTML string

// page is the only place that writes HTML.
var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("message").Funcs(template.FuncMap{
		"add":   func(a, b int) int { return a + b },
		"has":   func(st style, name string) bool { return st&styles[name] != 0 },
		"muted": func(st style) bool { return st&muted != 0 },
		"lines": func(s string) []string { return strings.Split(shown(s), "\n") },
		"shown": shown,
	}).Parse(messageHTML))
})

// shown is text without control characters. They are not allowed in HTML and
// have no picture; what they hide should not be hidden.
func shown(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
