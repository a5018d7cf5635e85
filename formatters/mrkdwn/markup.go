package mrkdwn

import (
	"strings"
)

// The helpers below put Slack's marks around text that is already mrkdwn: a
// Field's Text, or what Esc returned. Code and Pre, inside of which nothing
// formats, take plain text just as well.

// Bold returns the text in bold, line by line because Slack's bold ends there.
func Bold(text string) string { return mark(text, '*') }

// Italic returns the text in italics.
func Italic(text string) string { return mark(text, '_') }

// mark puts c around every line. Marks of the same kind inside would end it
// early, so they get a word joiner on both sides.
func mark(text string, c byte) string {
	var b strings.Builder
	b.Grow(len(text) + 2)
	for line := range strings.SplitSeq(text, "\n") {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		inner := strings.TrimSpace(line)
		if inner == "" {
			b.WriteString(line)
			continue
		}
		at := strings.Index(line, inner)
		b.WriteString(line[:at])
		b.WriteByte(c)
		b.WriteString(guardMarks(inner, c))
		if last := inner[len(inner)-1]; c == '_' && (last == '@' || last == '#') {
			b.WriteString(Joiner) // names may hold the mark
		}
		b.WriteByte(c)
		b.WriteString(line[at+len(inner):])
	}
	return b.String()
}

// acts reports whether a sign or a colon at s[i] would call or begin an emoji amid a
// word, if that is no URL.
func acts(s string, i int) bool {
	switch s[i] {
	case '@', '#':
		return Live(s, i, false)
	case ':':
		end, whole := EmojiCode(s, i)
		return end > 0 && !whole
	}
	return false
}

// guardMarks puts word joiners around every c outside of <...>. As a word joiner
// may end a URL for Slack, what acts after it, and Esc left alone as part of the URL,
// gets one too.
func guardMarks(s string, c byte) string {
	if strings.IndexByte(s, c) < 0 {
		return s
	}
	var b strings.Builder
	token := false // inside <...>
	cut := false   // a word joiner was put into this word
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '<':
			token = true
		case '>', '|':
			token = false
		case ' ', '\t', '\n':
			cut = false
		case '`': // what is in code does not format, and is there to be copied
			if n := strings.IndexAny(s[i+1:], "`\n"); c != '`' && !token && n > 0 && s[i+1+n] == '`' && !strings.HasSuffix(s[:i], Joiner) {
				b.WriteString(s[i : i+1+n])
				i += 1 + n
			}
		}
		joined := strings.HasPrefix(s[i+1:], Joiner)
		if s[i] != c || token {
			b.WriteByte(s[i])
			if cut && !token && !joined && acts(s, i) {
				b.WriteString(Joiner)
			}
			continue
		}
		if !strings.HasSuffix(s[:i], Joiner) {
			b.WriteString(Joiner)
		}
		b.WriteByte(c)
		if !joined {
			b.WriteString(Joiner)
		}
		cut = true
	}
	return b.String()
}

// Label returns a label for a value that follows it in the same line: it is safe
// text in which every mark that stands at a word's edge is guarded, because its
// partner may be in the value, and of whose end the colon behind it makes no emoji.
func Label(label string) string {
	label = OneLine(label)
	if isPlain(label) { // as most
		return label
	}
	safe := Esc(label)
	for i := 0; i < len(markChars); i++ {
		c := markChars[i]
		if strings.IndexByte(label, c) < 0 {
			continue
		}
		for j := 0; j < len(label); j++ {
			if label[j] != c {
				continue
			}
			if opens, closes := couldFormat([]byte(label+":"), j); opens || closes || c == '`' {
				safe = guardMarks(safe, c)
				break
			}
		}
	}
	if i := strings.LastIndexByte(label, ':'); i >= 0 && emojiCode(label+":", i) > 0 {
		safe += Joiner
	}
	return safe
}

// CodeBacktick stands in inline code for a backtick, for which Slack has no way.
const CodeBacktick = "\u02cb"

// Code returns the text as inline code, on one line. It takes safe text, too: what
// Esc made of "a & b" is not to show as "a &amp; b". A backtick in it
// becomes [CodeBacktick], which looks like one.
func Code(text string) string {
	text = strings.TrimSpace(strings.ReplaceAll(OneLine(text), "`", CodeBacktick))
	if text == "" {
		return ""
	}
	return "`" + escEntities(Unescape(text)) + "`"
}

// Pre returns the text as a fenced block.
func Pre(text string) string {
	text = strings.Trim(Clean(text), "\n")
	return "```\n" + BreakFences(escEntities(Unescape(text))) + "\n```"
}

// BreakFences keeps three backticks in a row from ending a fence.
func BreakFences(text string) string {
	return strings.ReplaceAll(text, "``", "`"+Joiner+"`")
}

// QuoteLines is Quote for text that may have fences and quotes in it, which stay as
// they are.
func QuoteLines(text string) string {
	var b strings.Builder
	fenced := false
	for line := range strings.SplitSeq(text, "\n") {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		if fenced = fenced != (strings.Count(line, "```")%2 > 0); !fenced && !strings.HasPrefix(line, "> ") && !strings.HasPrefix(line, "```") {
			b.WriteString("> ")
		}
		b.WriteString(line)
	}
	return b.String()
}

// Quote returns the text as a quotation: > before every line.
func Quote(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 8)
	for line := range strings.SplitSeq(strings.Trim(text, "\n"), "\n") {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("> ")
		b.WriteString(line)
	}
	return b.String()
}
