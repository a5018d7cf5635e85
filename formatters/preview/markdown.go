package preview

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	md "github.com/yuin/goldmark/parser"
	mdtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdownParser reads CommonMark with GitHub's tables and ~~strikethrough~~.
// It knows no HTML: tags stay text, and so do Slack's tokens, which are read
// later.
var markdownParser = sync.OnceValue(func() md.Parser {
	return md.NewParser(
		md.WithBlockParsers(without(md.DefaultBlockParsers(), md.NewHTMLBlockParser())...),
		md.WithInlineParsers(without(md.DefaultInlineParsers(), md.NewRawHTMLParser())...),
		md.WithInlineParsers(util.Prioritized(strikethrough{}, 500)),
		md.WithParagraphTransformers(md.DefaultParagraphTransformers()...),
		md.WithParagraphTransformers(util.Prioritized(tables{}, 200)),
	)
})

func without(list []util.PrioritizedValue, parser any) []util.PrioritizedValue {
	return slices.DeleteFunc(list, func(v util.PrioritizedValue) bool { return v.Value == parser })
}

// strikethrough reads ~text~ and ~~text~~.
type strikethrough struct{}

func (strikethrough) IsDelimiter(b byte) bool { return b == '~' }

func (strikethrough) CanOpenCloser(opener, closer *md.Delimiter) bool {
	return opener.Char == closer.Char
}

func (strikethrough) OnMatch(int) ast.Node { return east.NewStrikethrough() }

func (strikethrough) Trigger() []byte { return []byte("~") }

func (s strikethrough) Parse(_ ast.Node, r mdtext.Reader, c md.Context) ast.Node {
	behind := r.PrecendingCharacter()
	rest, at := r.PeekLine()
	if behind == '~' || bytes.HasPrefix(rest, []byte("~~~")) { // three and more are no mark
		return nil
	}
	mark := md.ScanDelimiter(rest, behind, 1, s)
	if mark == nil {
		return nil
	}
	r.Advance(mark.OriginalLength)
	mark.Segment = mdtext.NewSegment(at.Start, at.Start+mark.OriginalLength)
	c.PushDelimiter(mark)
	return mark
}

// markdown shows a markdown block.
// https://docs.slack.dev/reference/block-kit/blocks/markdown-block
func (b builder) markdown(s string) []element {
	m := markdownReader{builder: b, source: []byte(s)}
	return m.blocks(markdownParser().Parse(mdtext.NewReader(m.source)), 0)
}

type markdownReader struct {
	builder
	source []byte
	cell   bool // in a table
}

// blocks shows the blocks within another. indent is that of lists among them.
func (m markdownReader) blocks(parent ast.Node, indent int) []element {
	if m.depth++; m.depth > 2*maxDepth {
		return []element{{Kind: box, Label: "nested too deeply"}}
	}
	var all []element
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			all = append(all, element{Kind: heading, N: min(n.Level, 4), Spans: m.inline(nil, n, 0)})
		case *ast.ThematicBreak:
			all = append(all, element{Kind: divider})
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			code := string(n.Lines().Value(m.source))
			all = append(all, element{Kind: pre, Spans: words(strings.TrimSuffix(code, "\n"), 0)})
		case *ast.Blockquote:
			all = append(all, element{Kind: quote, Kids: m.blocks(n, 0)})
		case *ast.List:
			all = append(all, m.list(n, indent)...)
		case *east.Table:
			e := element{Kind: table}
			in := m
			in.cell = true
			for r := n.FirstChild(); r != nil; r = r.NextSibling() {
				var cells []element
				for c := r.FirstChild(); c != nil; c = c.NextSibling() {
					cells = append(cells, textOf(in.inline(nil, c, 0)...))
				}
				e.Rows = append(e.Rows, cells)
			}
			all = append(all, e)
		case *ast.Paragraph, *ast.TextBlock:
			all = append(all, textOf(m.inline(nil, n, 0)...))
		}
	}
	return all
}

// list shows a list within an item as Slack does: as one of its own, with an
// indent, between the parts of the list around it.
func (m markdownReader) list(l *ast.List, indent int) []element {
	var all []element
	open := false // the last of all is a part of this list
	count := 0
	for n := l.FirstChild(); n != nil; n = n.NextSibling() {
		if !open {
			e := element{Kind: list, N: min(indent, 8)}
			if l.IsOrdered() {
				e.Start, e.From = "1", l.Start-1+count
			}
			all = append(all, e)
		}
		kids := m.blocks(n, indent+1)
		at := slices.IndexFunc(kids, func(e element) bool { return e.Kind == list })
		if open = at < 0; open {
			at = len(kids)
		}
		item := textOf()
		switch {
		case at == 1:
			item = kids[0]
		case at > 1:
			item = element{Kind: group, Kids: kids[:at]}
		}
		part := &all[len(all)-1]
		part.Kids = append(part.Kids, item)
		all = append(all, kids[at:]...)
		count++
	}
	return all
}

// inline appends what is in a line: text, marks and links.
func (m markdownReader) inline(spans []span, parent ast.Node, st style) []span {
	var raw strings.Builder // neighbours together: a token may lie in several
	flush := func() {
		spans = append(spans, m.bare(raw.String(), st)...)
		raw.Reset()
	}
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			raw.Write(n.Value(m.source))
			if n.SoftLineBreak() || n.HardLineBreak() {
				raw.WriteByte('\n')
			}
			continue
		case *ast.AutoLink:
			raw.WriteString("<" + string(n.Label(m.source)) + ">")
			continue
		}
		flush()
		switch n := n.(type) {
		case *ast.CodeSpan:
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				raw.Write(c.(*ast.Text).Value(m.source))
			}
			text := strings.ReplaceAll(raw.String(), "\n", " ")
			if m.cell { // even here a | has a backslash, or it would end the cell
				text = strings.ReplaceAll(text, `\|`, "|")
			}
			spans = append(spans, span{Text: text, Style: st | code})
			raw.Reset()
		case *ast.Emphasis:
			mark := italic
			if n.Level == 2 {
				mark = bold
			}
			spans = m.inline(spans, n, st|mark)
		case *east.Strikethrough:
			spans = m.inline(spans, n, st|strike)
		case *ast.Link:
			spans = append(spans, m.link(n, string(n.Destination), st))
		case *ast.Image:
			spans = append(spans, m.link(n, string(n.Destination), st))
		}
	}
	flush()
	return spans
}

// link shows an image as a link too, as Slack does.
func (m markdownReader) link(n ast.Node, address string, st style) span {
	label := ""
	for _, s := range m.inline(nil, n, 0) {
		label += s.Text
	}
	s, ok := linkTo(address, label)
	if !ok { // Slack knows no addresses that are relative to a page
		s = span{Text: "[" + label + "](" + address + ")"}
	}
	s.Style |= st
	return s
}

var escapeForm = regexp.MustCompile(`\\[[:punct:]]`)

// bare reads a text without marks: it may hold addresses, emoji and Slack's own
// tokens. What a backslash escapes takes part in none of them.
func (b builder) bare(s string, st style) []span {
	p := parser{o: b.o, urls: true}
	var atoms []atom
	for {
		at := escapeForm.FindStringIndex(s)
		if at == nil {
			return merge(p.run(append(atoms, p.atoms(s)...), st))
		}
		atoms = append(append(atoms, p.atoms(s[:at[0]])...), atom{tok: &span{Text: s[at[0]+1 : at[1]]}})
		s = s[at[1]:]
	}
}
