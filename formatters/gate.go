package formatters

import (
	"bytes"
	"encoding/json"
	"html"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/details"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/formatters/richtext"
)

// Gate is the last look at a message before it is sent. raw is the input that
// the message was made of. A mention, a broadcast, a channel link or a labelled
// link in the message's markup that also stands in the input (in markdown blocks
// in Markdown's form, too) did not come from the layout but from data that was pasted without care: it is made harmless in
// place, and the notes say which. A layout that mentions somebody on purpose is
// not touched, unless an input tries the same.
func Gate(m *blockkit.Message, raw ...string) (notes []string) {
	return GateTrees(new(blockkit.Trees), m, raw...)
}

// GateTrees is Gate for a message that others look at, too.
func GateTrees(t *blockkit.Trees, m *blockkit.Message, raw ...string) (notes []string) {
	g := gate{trees: t, raw: raw}
	m.Text = g.text(m.Text)
	g.all(m.Blocks, false)
	g.all(m.Attachments, true)
	return g.notes
}

type gate struct {
	trees *blockkit.Trees
	raw   []string
	input map[string]bool // what stands in raw and would act: see collect; nil until needed
	notes []string
}

// all looks at raw JSON, and writes again what had to change. legacy is true
// for attachments, whose plain strings are markup.
func (g *gate) all(list []json.RawMessage, legacy bool) {
	for i, js := range list {
		if !bytes.ContainsAny(js, `<@#[\`) || !legacy && !bytes.Contains(js, []byte("mrkdwn")) && !bytes.Contains(js, []byte("markdown")) {
			continue
		}
		x, err := g.trees.Decode(js)
		if err != nil {
			continue
		}
		before := len(g.notes)
		if g.walk(x, legacy) || len(g.notes) > before {
			list[i] = g.trees.Encode(x)
		}
	}
}

// walk changes texts in place and reports whether it did.
func (g *gate) walk(x any, legacy bool) (changed bool) {
	switch x := x.(type) {
	case []any:
		for _, v := range x {
			changed = g.walk(v, legacy) || changed
		}
	case map[string]any:
		kind, typed := x["type"].(string)
		for name, v := range x {
			s, ok := v.(string)
			if !ok {
				changed = g.walk(v, legacy && name != "blocks") || changed
				continue
			}
			if name == "text" && (kind == "mrkdwn" || kind == "markdown") || legacy && !typed && markupMember(name) {
				safe := g.text(s)
				if kind == "markdown" {
					safe = g.markdown(safe)
				}
				if safe != s {
					x[name] = safe
					changed = true
				}
			}
		}
	}
	return changed
}

// markupMember reports whether an attachment's member is shown as markup.
func markupMember(name string) bool {
	switch name {
	case "text", "pretext", "title", "value", "footer", "author_name", "fallback":
		return true
	}
	return false
}

// text makes the tokens of s that stand in the input harmless.
func (g *gate) text(s string) string {
	if !strings.ContainsAny(s, "<@#") {
		return s
	}
	var b strings.Builder
	from := 0
	for i := 0; i < len(s); {
		switch s[i] {
		case '<':
			size, _ := mrkdwn.Unit(s[i:])
			if size > 2 && g.fromInput(s[i:i+size]) {
				b.WriteString(s[from:i])
				b.WriteString("&lt;")
				b.WriteByte(s[i+1])
				if s[i+1] == '@' || s[i+1] == '#' {
					b.WriteString(mrkdwn.Joiner) // the sign calls without the brackets too
				}
				b.WriteString(s[i+2 : i+size-1])
				b.WriteString("&gt;")
				from = i + size
				g.note(s[i : i+size])
			}
			i += max(size, 1)
		case '@', '#':
			end := nameEnd(s, i+1)
			before := ""
			if i > 0 {
				before = s[i-1 : i]
			}
			inURL := before == "/" || before == "="
			if !strings.HasPrefix(s[i+1:], mrkdwn.Joiner) && mrkdwn.Live(before+s[i:end]+after(s[end:]), len(before), inURL) && g.has(nameKey(s[i:end])) {
				b.WriteString(s[from : i+1])
				b.WriteString(mrkdwn.Joiner)
				from = i + 1
				g.note(s[i:end])
			}
			i = end
		default:
			i++
		}
	}
	if from == 0 {
		return s
	}
	return b.String() + s[from:]
}

// markdown takes links and images of the form [label](target) apart that stand
// in the input.
func (g *gate) markdown(s string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "](")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte(']')
		if target := rest[:targetEnd(rest)]; g.has("](" + target) {
			b.WriteString(mrkdwn.Joiner)
			g.note("](" + target + ")")
		}
		b.WriteByte('(')
		s = rest
	}
}

// targetEnd is where the target of a Markdown link ends.
func targetEnd(s string) int {
	if end := strings.IndexAny(s[:min(len(s), mrkdwn.MaxURL)], ") \t\n"); end >= 0 {
		return end
	}
	return min(len(s), mrkdwn.MaxURL)
}

// after is the byte that decides whether a word goes on.
func after(s string) string { return s[:min(len(s), 1)] }

// fromInput reports whether a <...> token calls, or links under another name,
// and stands in the input.
func (g *gate) fromInput(token string) bool {
	core := token[1 : len(token)-1]
	target, _, labelled := strings.Cut(core, "|")
	switch core[0] {
	case '!', '@', '#':
		return !strings.HasPrefix(core, "!date^") && g.has("<"+target)
	}
	return labelled && g.has("<"+core)
}

// has reports whether the input holds the beginning of a token, or a sign with
// a name.
func (g *gate) has(s string) bool {
	if g.input == nil {
		g.input = make(map[string]bool)
		for _, raw := range g.raw {
			g.collectForms(raw)
			list, _, _ := details.Read(raw) // what cannot be read stands in raw
			for _, d := range list {
				g.collectForms(d.Label)
				g.collectForms(d.Type)
				g.collectForms(textOf(d.Data))
			}
		}
	}
	return g.input[strings.ToLower(mrkdwn.Clean(s))]
}

// collectForms notes what acts in a text of the input, in each form in which a
// layout may have it.
func (g *gate) collectForms(text string) {
	decoded := html.UnescapeString(text)
	for _, form := range [...]string{text, decoded, html.UnescapeString(decoded), richtext.FromHTML(text).Plain, richtext.FromHTML(decoded).Plain} {
		g.collect(form)
	}
}

// collect notes what acts in one form of the input: "<!here" and the like, the
// inside of labelled links, "@name" and "#name", and "](target" of Markdown.
func (g *gate) collect(s string) {
	s = strings.ToLower(mrkdwn.Clean(s))
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '<':
			if i+1 < len(s) && strings.IndexByte("!@#", s[i+1]) >= 0 {
				end := i + 2
				for end < len(s) && strings.IndexByte("|<>\n", s[end]) < 0 && end-i < mrkdwn.MaxURL {
					end++
				}
				g.input[s[i:end]] = true
				for end = i + 2; end < len(s) && nameByte(s[end]); {
					end++
				}
				g.input[s[i:end]] = true
			} else if size, _ := mrkdwn.Unit(s[i:]); size > 2 {
				g.input[s[i:i+size-1]] = true
			}
		case '@', '#':
			g.input[nameKey(s[i:nameEnd(s, i+1)])] = true
		case ']':
			if strings.HasPrefix(s[i:], "](") {
				g.input[s[i:i+2+targetEnd(s[i+2:])]] = true
			}
		}
	}
}

// nameKey is what a sign and a name are known by: without what may follow a
// name in a sentence.
func nameKey(s string) string {
	for _, word := range mrkdwn.Broadcasts {
		if len(s) > len(word) && s[0] == '@' && strings.EqualFold(s[1:1+len(word)], word) {
			return s[:1+len(word)]
		}
	}
	return strings.TrimRight(s, ".-_^")
}

func nameByte(c byte) bool {
	return mrkdwn.IsAlnum(c) || strings.IndexByte("-_.^", c) >= 0 || c >= 0x80
}

// nameEnd returns where the name at i ends.
func nameEnd(s string, i int) int {
	for i < len(s) && nameByte(s[i]) {
		i++
	}
	return i
}

func (g *gate) note(token string) {
	const most = 5
	if len(g.notes) == most {
		return
	}
	note := "made harmless, because it stands in the input: " + mrkdwn.Truncate(mrkdwn.Clean(token), 60)
	for _, n := range g.notes {
		if n == note {
			return
		}
	}
	g.notes = append(g.notes, note)
}
