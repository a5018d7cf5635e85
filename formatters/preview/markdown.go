package preview

import (
	"regexp"
	"strings"
)

// markdown shows a markdown block: the part of Markdown that Slack translates,
// read line by line. https://docs.slack.dev/reference/block-kit/blocks/markdown-block
func (b builder) markdown(s string) []element {
	var list []element
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i := 0; i < len(lines); {
		l := lines[i]
		trimmed := strings.TrimSpace(l)
		switch {
		case trimmed == "":
			i++
		case strings.HasPrefix(trimmed, "```"):
			end := i + 1
			for end < len(lines) && !strings.HasPrefix(strings.TrimSpace(lines[end]), "```") {
				end++
			}
			list = append(list, element{kind: pre, spans: words(strings.Join(lines[i+1:min(end, len(lines))], "\n"), 0)})
			i = end + 1
		case headingForm.MatchString(trimmed):
			m := headingForm.FindStringSubmatch(trimmed)
			list = append(list, element{kind: heading, n: min(len(m[1]), 4), spans: b.inline(m[2], 0)})
			i++
		case ruleForm.MatchString(trimmed):
			list = append(list, element{kind: divider})
			i++
		case strings.HasPrefix(trimmed, ">"):
			var inner []string
			for ; i < len(lines) && strings.HasPrefix(strings.TrimSpace(lines[i]), ">"); i++ {
				inner = append(inner, strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(lines[i]), ">"), " "))
			}
			list = append(list, element{kind: quote, kids: []element{textOf(b.inline(strings.Join(inner, "\n"), 0)...)}})
		case itemForm.MatchString(l):
			var e element
			e, i = b.markdownList(lines, i)
			list = append(list, e)
		case strings.HasPrefix(trimmed, "|") && i+1 < len(lines) && tableForm.MatchString(strings.TrimSpace(lines[i+1])):
			e := element{kind: table}
			for at := i; i < len(lines) && strings.HasPrefix(strings.TrimSpace(lines[i]), "|"); i++ {
				if i == at+1 {
					continue
				}
				var cells []element
				for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(lines[i]), "|"), "|") {
					cells = append(cells, textOf(b.inline(strings.TrimSpace(cell), 0)...))
				}
				e.rows = append(e.rows, cells)
			}
			list = append(list, e)
		default:
			var para []string
			for ; i < len(lines) && strings.TrimSpace(lines[i]) != "" && (len(para) == 0 || !opensBlock(lines[i])); i++ {
				para = append(para, lines[i])
			}
			list = append(list, textOf(b.inline(strings.Join(para, "\n"), 0)...))
		}
	}
	return list
}

var (
	headingForm = regexp.MustCompile(`^(#{1,6})\s+(.*?)\s*#*$`)
	ruleForm    = regexp.MustCompile(`^(?:-{3,}|\*{3,}|_{3,})$`)
	itemForm    = regexp.MustCompile(`^(\s*)(?:[-*+]|(\d{1,9})[.)])\s+(.*)$`)
	tableForm   = regexp.MustCompile(`^\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?$`)
	inlineForm  = regexp.MustCompile("`([^`\n]+)`" + `|\*\*(\S(?:[^\n]*?\S)?)\*\*|__(\S(?:[^\n]*?\S)?)__|~~([^~\n]+)~~|!?\[([^\]\n]*)\]\(([^()\s]+)\)|<(https?://[^\s<>]+|mailto:[^\s<>]+)>|\*(\S(?:[^*\n]*?\S)?)\*|\b_(\S(?:[^_\n]*?\S)?)_\b`)
)

func opensBlock(l string) bool {
	t := strings.TrimSpace(l)
	return strings.HasPrefix(t, "```") || strings.HasPrefix(t, ">") || headingForm.MatchString(t) || itemForm.MatchString(l)
}

// markdownList reads items of one kind and indent.
func (b builder) markdownList(lines []string, i int) (element, int) {
	first := itemForm.FindStringSubmatch(lines[i])
	e := element{kind: list, n: min(len(first[1])/2, 8)}
	if first[2] != "" {
		e.start = "1"
	}
	for ; i < len(lines); i++ {
		m := itemForm.FindStringSubmatch(lines[i])
		if m == nil || len(m[1]) != len(first[1]) || (m[2] == "") != (first[2] == "") {
			break
		}
		e.kids = append(e.kids, textOf(b.inline(m[3], 0)...))
	}
	return e, i
}

// inline reads marks, links and emoji of Markdown.
func (b builder) inline(s string, st style) []span {
	var spans []span
	for s != "" {
		m := inlineForm.FindStringSubmatchIndex(s)
		if m == nil {
			break
		}
		spans = append(spans, b.bare(s[:m[0]], st)...)
		part := func(n int) (string, bool) {
			if m[2*n] < 0 {
				return "", false
			}
			return s[m[2*n]:m[2*n+1]], true
		}
		if t, ok := part(1); ok {
			spans = append(spans, span{text: t, style: st | code})
		}
		for n, mark := range map[int]style{2: bold, 3: bold, 4: strike, 8: italic, 9: italic} {
			if t, ok := part(n); ok {
				spans = append(spans, b.inline(t, st|mark)...)
			}
		}
		address, isLink := part(6)
		label, _ := part(5)
		if !isLink {
			address, isLink = part(7)
		}
		if isLink {
			l, ok := linkTo(address, label)
			if !ok {
				l = span{text: s[m[0]:m[1]]}
			}
			l.style |= st
			spans = append(spans, l)
		}
		s = s[m[1]:]
	}
	return append(spans, b.bare(s, st)...)
}

// bare links addresses. It is Markdown: there are no entities of Slack's in it,
// but it may hold Slack's own tokens.
func (b builder) bare(s string, st style) []span {
	p := parser{o: b.o, urls: true}
	return p.run(p.atoms(s), st)
}
