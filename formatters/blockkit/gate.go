package blockkit

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// Gate is the last look at a message before it is sent. What acts in its markup
// (a mention, a call to everybody, a channel, a link under a label, a date with a
// link, and Markdown's links in markdown blocks) stays live only where o knows
// who made it; all else becomes text in place, whatever it looks like, because
// data can be given any look by what a script does to it. The notes say what was
// taken away, where it came from and what to write instead. It takes time linear
// in the size of the message and of o.
//
// Elements of rich_text blocks are not looked at: data cannot be one. From them and
// from plain text, where nothing acts, a word joiner goes, with which a copy would
// be another word.
func Gate(m *Message, o *Origin) (notes []string) {
	return new(Trees).Gate(m, o)
}

// Gate is the function Gate for a message that others look at, too.
func (t *Trees) Gate(m *Message, o *Origin) (notes []string) {
	g := gate{trees: t, origin: o, names: m.Parse == "full" || m.LinkNames != nil && *m.LinkNames}
	m.Text = g.text(m.Text, !g.names)
	g.all(m.Blocks, false)
	g.all(m.Attachments, true)
	return g.notes
}

type gate struct {
	trees  *Trees
	origin *Origin
	notes  []string
	noted  map[string]bool // the tokens of notes
	names  bool            // Slack looks for @name and #name everywhere, also in code
}

// all looks at raw JSON, and writes again what had to change. legacy is true
// for attachments, whose plain strings are markup.
func (g *gate) all(list []json.RawMessage, legacy bool) {
	for i, js := range list {
		if bytes.Contains(js, []byte(mrkdwn.Joiner)) {
		} else if !bytes.ContainsAny(js, `<@#[\`) || !legacy && !bytes.Contains(js, []byte("mrkdwn")) && !bytes.Contains(js, []byte("markdown")) && !bytes.Contains(js, []byte(`\u`)) {
			continue
		}
		x, err := g.trees.Decode(js)
		if err != nil {
			continue // the rules will say so
		}
		if g.walk(x, legacy) {
			list[i] = g.trees.encode(x)
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
			if name == "text" && (kind == "plain_text" || kind == "raw_text" || kind == "text" || kind == "link") {
				if bare := unjoined(s); bare != s {
					x[name] = bare
					changed = true
				}
			} else if name == "text" && (kind == "mrkdwn" || kind == "markdown") || legacy && !typed && markupMember(name) {
				safe := g.text(s, !g.names && (x["verbatim"] == true || kind == ""))
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

// text makes those tokens of mrkdwn harmless that act and whose maker is not
// known: <…> becomes the text &lt;…&gt;, and a word joiner keeps @name and #name
// from calling, but for those in code where Slack does not look for names in it:
// what is code is there to be copied.
func (g *gate) text(s string, code bool) string {
	if !strings.ContainsAny(s, "<@#") {
		return s
	}
	safe, took := g.guarded(s, code, false)
	if took {
		// In <!here|<https://evil.example|x>> the first < begins no token before the
		// second one has become text.
		safe, _ = g.guarded(s, code, true)
	}
	return safe
}

// codeEnd returns where the code ends that the backtick at s[i] begins; i if none.
func codeEnd(s string, i int) int {
	if rest, fence := strings.CutPrefix(s[i:], "```"); fence {
		return i + len("```") + max(strings.Index(rest, "```"), -len("```"))
	}
	n := strings.IndexAny(s[i+1:], "`\n")
	if n < 0 || s[i+1+n] == '\n' {
		return i
	}
	return i + 1 + n
}

// guarded is text in one pass, and whether a token became text; with lone every <
// is escaped that begins no token.
func (g *gate) guarded(s string, code, lone bool) (safe string, took bool) {
	var b strings.Builder
	inCode := -1       // s[:inCode] is in code
	from, end := 0, -1 // s[:from] is written; s[end] is the > of a token that became text
	put := func(i, n int, what string) {
		if from == 0 {
			b.Grow(len(s) + len(s)/2)
		}
		b.WriteString(s[from:i])
		b.WriteString(what)
		from = i + n
	}
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '`':
			if code && i > inCode {
				inCode = codeEnd(s, i)
			}
		case '<':
			size, _ := mrkdwn.Unit(s[i:])
			switch {
			case size <= 2:
				if lone {
					put(i, 1, "&lt;")
				}
			case !acts(s[i:i+size]) || g.live(s[i:i+size]):
				i += size - 1
			default:
				put(i, 1, "&lt;")
				end, took = i+size-1, true
			}
		case '>':
			if i == end {
				put(i, 1, "&gt;")
			}
		case '@', '#':
			// What a sign with a name may do it does without brackets, too.
			to := nameEnd(s, i+1)
			if i >= inCode && calls(s, i, to) && !g.mayCall(nameKey(s[i:to]), i < end) {
				put(i+1, 0, mrkdwn.Joiner)
			}
			i = to - 1
		}
	}
	return b.String() + s[from:], took
}

// acts reports whether a <…> token does more than show the address of a link:
// it calls somebody, leads to a channel, or leads where its label does not say.
func acts(token string) bool {
	core := token[1 : len(token)-1]
	switch core[0] {
	case '@', '#':
		return true
	case '!':
		return !strings.HasPrefix(core, "!date^") || strings.Count(core, "^") > 2
	}
	return strings.Contains(core, "|")
}

// calls reports whether the sign at s[i], with the name up to end, may be taken
// for a name by a message with link_names or parse=full.
func calls(s string, i, end int) bool {
	if strings.HasPrefix(s[i+1:], mrkdwn.Joiner) {
		return false
	}
	before := max(i-1, 0)
	inURL := i > 0 && (s[before] == '/' || s[before] == '=')
	// One byte more decides whether the word goes on.
	return mrkdwn.Live(s[before:min(end+1, len(s))], i-before, inURL)
}

// markdown takes apart those links and images of Markdown whose host nobody knows:
// [label](target), the definition [name]: target, and <target>. The test is for
// the host that a browser would go to, and what has none that can be read for
// sure is no link.
func (g *gate) markdown(s string) string {
	var b strings.Builder
	from := 0
	for i := 0; i+1 < len(s); i++ {
		var target string
		switch {
		case s[i] == '<':
			if size, _ := mrkdwn.Unit(s[i:]); size > 2 && strings.Contains(s[i:i+size], ":") {
				target = s[i+1 : i+size-1]
			}
		case s[i] == ']' && (s[i+1] == '(' || s[i+1] == ':'):
			rest := strings.TrimLeft(s[i+2:min(len(s), i+2+maxTarget)], " \t\r\n<")
			target = rest
			if end := strings.IndexAny(rest, " \t\r\n)>"); end >= 0 {
				target = rest[:end]
			}
			if target == "" && s[i+1] == ':' {
				continue // a colon after a bracket
			}
		default:
			continue
		}
		if target == "" && s[i] == '<' || g.origin.knowsHost(target) {
			continue
		}
		b.WriteString(s[from : i+1])
		b.WriteString(mrkdwn.Joiner)
		from = i + 1
		g.note("a link to "+target, func() string {
			return "in a markdown block only a link to a host that the script names, or to the platform, is one: use a section with slack.link"
		})
	}
	return b.String() + s[from:]
}

// maxTarget is how far the end of a link's target is looked for, in bytes:
// nothing longer than an address can be is one.
const maxTarget = mrkdwn.MaxURL + 64

// live reports whether somebody who may has made the token, and notes it if not.
func (g *gate) live(token string) bool {
	ok, also := g.origin.allows(token)
	switch {
	case ok:
	case token[0] == '#' && strings.Trim(token[1:], "0123456789") == "":
		// A number. Nobody needs to know: only a channel of that name would have acted.
	default:
		g.note(token, func() string { return g.origin.explain(token, also) })
	}
	return ok
}

// mayCall is live for a sign with a name. Inside of a token that became text that
// one has been noted already.
func (g *gate) mayCall(name string, inside bool) bool {
	if inside {
		ok, _ := g.origin.allows(name)
		return ok
	}
	return g.live(name)
}

// maxNotes bounds what is told of one message, and with it the looking for where
// a token came from.
const maxNotes = 5

func (g *gate) note(token string, why func() string) {
	if len(g.noted) == maxNotes || g.noted[token] {
		return
	}
	if g.noted == nil {
		g.noted = map[string]bool{}
	}
	g.noted[token] = true
	g.notes = append(g.notes, "made harmless: "+mrkdwn.Truncate(mrkdwn.OneLine(token), 60)+": "+why())
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
