package richtext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// spokenOf reports whether the tags of a hidden element are words of what stands
// around it.
func (t token) spokenOf(before, content, after string) bool {
	if strings.HasSuffix(before, "=") || before != "" && after != "" && before[len(before)-1] == after[0] && strings.IndexByte("\"'`", after[0]) >= 0 {
		return true
	}
	code := t.name == "script" || t.name == "style" // never prose
	return t.attrs == "" && isProse(content) && (code || amidWords(before, after))
}

// amidWords reports whether text stands in the same line before or after.
func amidWords(before, after string) bool {
	const blanks = " \t\u00a0\ufeff"
	before, after = strings.TrimRight(before, blanks), strings.TrimLeft(withoutStyles(after[:min(len(after), 64)]), blanks)
	return before != "" && strings.IndexByte(">\n\r", before[len(before)-1]) < 0 ||
		after != "" && strings.IndexByte("<\n\r", after[0]) < 0
}

// leadsWords reports whether what follows a tag goes on like a sentence that begins
// with it.
func leadsWords(after string) bool {
	return strings.HasPrefix(after, " ") && amidWords("", after)
}

// isSaid reports whether words stand before a tag in its line, and what follows is no
// other tag: it is one of them. In code it may follow a word without a blank.
func isSaid(before, after string, code bool) bool {
	const blanks = " \t\u00a0"
	left, right := strings.TrimRight(before, blanks), strings.TrimLeft(after, blanks)
	r, _ := utf8.DecodeLastRuneInString(left)
	behind := unicode.IsLetter(r) || unicode.IsDigit(r)
	if len(left) == len(before) {
		next, _ := utf8.DecodeRuneInString(after)
		return code && behind && next != '<' && !unicode.IsLetter(next) && !unicode.IsDigit(next)
	}
	return (behind || strings.ContainsRune(`:,.;(=-`, r)) &&
		(right == "" || right[0] != '<' && (len(right) < len(after) || strings.IndexByte("\r\n,.;:)!?", right[0]) >= 0))
}

// mustEnd reports whether HTML asks for the end tag of an element of formatting, and
// the tag stands as those are written down that somebody speaks of.
func (t token) mustEnd() bool {
	switch t.tag.kind {
	case tagInline, tagList, tagQuote, tagPre, tagTable:
		return t.attrs == ""
	case tagBlock, tagPara:
		return t.attrs == "" && (t.name == "div" || t.name == "center" || isHeading(t.name))
	}
	return false
}

// isProse reports whether what an element holds, with its end tag, are words and no
// code, set off from both tags by blanks; or an ellipsis, or what stands between two
// tags in quotes. The words may be formatted.
func isProse(content string) bool {
	content = withoutStyles(content[:strings.LastIndex(content, "</")])
	inner := strings.Trim(content, ",()\"'`\u201c\u201d")
	words := strings.Trim(inner, " .\u2026")
	if words == "" {
		return strings.TrimSpace(content) != ""
	}
	return inner[0] == ' ' && inner[len(inner)-1] == ' ' &&
		strings.IndexFunc(words, func(r rune) bool {
			return !strings.ContainsRune(" ,-&/:'\u2019\u2013", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}) < 0
}

// withoutStyles is a text without the tags of formatting in it that have no
// attributes, up to the first other tag.
func withoutStyles(s string) string {
	if strings.IndexByte(s, '<') < 0 {
		return s
	}
	var b strings.Builder
	for s != "" {
		text, rest, _ := strings.Cut(s, "<")
		b.WriteString(text)
		name, after, ok := strings.Cut(rest, ">")
		if _, t := lookup(strings.TrimPrefix(name, "/")); !ok || t.kind != tagInline || t.flags&word != 0 {
			b.WriteString(s[len(text):])
			break
		}
		s = after
	}
	return b.String()
}
