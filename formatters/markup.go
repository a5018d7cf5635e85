package formatters

import (
	"strconv"
	"strings"
	"time"
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
			b.WriteString(wj) // names may hold the mark
		}
		b.WriteByte(c)
		b.WriteString(line[at+len(inner):])
	}
	return b.String()
}

// guardMarks puts word joiners around every c outside of <...>. As a word joiner
// may end a URL for Slack, an @ or # after it, which Esc left alone as part of
// the URL, gets one too.
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
		}
		joined := strings.HasPrefix(s[i+1:], wj)
		if s[i] != c || token {
			b.WriteByte(s[i])
			if cut && !token && !joined && (s[i] == '@' || s[i] == '#') && live(s, i, false) {
				b.WriteString(wj)
			}
			continue
		}
		if !strings.HasSuffix(s[:i], wj) {
			b.WriteString(wj)
		}
		b.WriteByte(c)
		if !joined {
			b.WriteString(wj)
		}
		cut = true
	}
	return b.String()
}

// Code returns the text as inline code, on one line. A backtick in it, for
// which Slack has no way, becomes the letter that looks like one.
func Code(text string) string {
	text = strings.TrimSpace(strings.ReplaceAll(oneLine(text), "`", "\u02cb"))
	if text == "" {
		return ""
	}
	return "`" + quiet(text) + "`"
}

// Pre returns the text as a fenced block.
func Pre(text string) string {
	text = strings.Trim(clean(text), "\n")
	return "```\n" + breakFences(quiet(text)) + "\n```"
}

// breakFences keeps three backticks in a row from ending a fence.
func breakFences(text string) string {
	return strings.ReplaceAll(text, "``", "`"+wj+"`")
}

// quiet escapes text for code, where marks do not format but entities are
// decoded and names might still call.
func quiet(text string) string {
	return escBare(unescape(text))
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

// Date returns Slack's date token: every reader sees the time in his own time
// zone. ms are milliseconds since 1970; format is made of Slack's own words,
// "" is "{date_short_pretty} at {time}". Clients that cannot show it show the
// date as o formats it.
func Date(ms int64, format string, o Options) string {
	if format = strings.NewReplacer("^", " ", "|", " ", "<", " ", ">", " ", "\n", " ", "\r", " ").Replace(format); strings.TrimSpace(format) == "" {
		format = "{date_short_pretty} at {time}"
	}
	t := time.UnixMilli(ms)
	return "<!date^" + strconv.FormatInt(t.Unix(), 10) + "^" + escOnce(format) + "|" + strings.ReplaceAll(Esc(oneLine(o.date(t))), "|", "/") + ">"
}
