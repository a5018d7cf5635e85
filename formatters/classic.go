package formatters

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/formatters/richtext"
)

// Classic returns the original's layout: one "Label: value" line for every
// field that is not empty. With markup it is for Slack's default,
// without it for a call with mrkdwn=false. Labels are made safe too. A value with a
// line that reads as a field of the message stands in a quote.
func Classic(fields []Field, markup bool) string { return textLines(fields, markup, mrkdwn.Label) }

// shown is the field's value in a text.
func (f *Field) shown(markup bool) string {
	if !markup {
		return mrkdwn.EscBare(f.Plain)
	}
	return f.Text
}

// textLines are "Label: value" lines; label makes a label safe.
func textLines(fields []Field, markup bool, label func(string) string) string {
	var b strings.Builder
	forged := labels{fields: fields}
	for i := range fields {
		f := &fields[i]
		value := f.shown(markup)
		if f.Empty || value == "" {
			continue
		}
		if forged.in(f.Plain) {
			value = mrkdwn.QuoteLines(value)
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(label(f.Label))
		b.WriteByte(':')
		if startsBlock(value) {
			b.WriteByte('\n') // a list, a quote or a fence needs a line of its own
		} else {
			b.WriteByte(' ')
		}
		b.WriteString(value)
	}
	return b.String()
}

// ClassicBlocks are what Slack shows in the place of the classic text where that
// holds data that Slack would format, call or link: one rich_text block that looks
// the same, in which data needs no guard, so that every name and every address can
// be copied as it was sent. Nil is for a text that says the same without it. text is
// what [Classic] has returned for the fields, and serves notifications then.
func ClassicBlocks(fields []Field, text string, markup bool) []json.RawMessage {
	needed := strings.Contains(text, mrkdwn.Joiner) || strings.Contains(text, mrkdwn.CodeBacktick)
	for i := range fields {
		f := &fields[i]
		if !f.ours() {
			return nil // it is mrkdwn that a script has written
		}
		needed = needed || !f.Empty && f.Type != "incident" && mrkdwn.NamesHost(f.Plain)
	}
	if !needed {
		return nil
	}
	return []json.RawMessage{Lines(fields, markup, nil)}
}

// Lines is a rich_text block of one "Label: value" line for every field that is not
// empty; nil if there is none. Without markup rich text is shown without its
// formatting. Fields may have a Text that a script has made: live says which of the
// tokens in it may act.
func Lines(fields []Field, markup bool, live func(token string) bool) json.RawMessage {
	var lines richtext.Lines
	addLines(&lines, fields, markup, live)
	return richTextBlock(lines.Elements())
}

func addLines(lines *richtext.Lines, fields []Field, markup bool, live func(token string) bool) {
	forged := labels{fields: fields}
	for i := range fields {
		f := &fields[i]
		lines.Quote = forged.in(f.Plain)
		switch label := mrkdwn.OneLine(f.Label); {
		case f.Empty || f.Plain == "":
		case markup && f.RichText != nil:
			lines.Rich(label, f.RichText)
		case live != nil && !f.ours():
			lines.Markup(label, f.Text, live)
		default:
			lines.Text(label, strings.ReplaceAll(f.Plain, mrkdwn.Joiner, ""))
		}
	}
}

// richTextBlock is nil where there are no elements.
func richTextBlock(elements []json.RawMessage) json.RawMessage {
	if elements == nil {
		return nil
	}
	js := []byte(`{"type":"rich_text","elements":[`)
	for i, element := range elements {
		if i > 0 {
			js = append(js, ',')
		}
		js = append(js, element...)
	}
	return append(js, "]}"...)
}

// labels are those of a message.
type labels struct {
	fields []Field
	folded map[string]bool // nil until somebody asks
}

// in reports whether a line of a text, but for the first, which stands behind a label
// of its own, reads as a field of the message.
func (l *labels) in(text string) bool {
	_, text, _ = strings.Cut(text, "\n")
	if colon(text) < 0 {
		return false
	}
	if l.folded == nil {
		l.folded = map[string]bool{}
		for i := range l.fields {
			l.folded[strings.TrimSpace(mrkdwn.Fold(mrkdwn.OneLine(l.fields[i].Label)))] = true
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		end := 0
		for range maxColons {
			i := colon(line[end:])
			if i < 0 {
				break
			}
			end += i
			if label := strings.TrimSpace(mrkdwn.Fold(line[:end])); label != "" && l.folded[label] {
				return true
			}
			_, size := utf8.DecodeRuneInString(line[end:])
			end += size
		}
	}
	return false
}

// colon is where a text has a colon first, or what looks like one.
func colon(text string) int {
	return strings.IndexFunc(text, func(r rune) bool { return r == ':' || r >= utf8.RuneSelf && strings.ContainsRune(colons, r) })
}

const (
	colons    = ":\uff1a\ufe55\u2236\u02f8\ua789" // and what looks like one
	maxColons = 4                                 // of a line that may end a label, of which some have colons themselves
)

// ours reports whether the text is what this package makes of the field, and not
// what a script's own type has made.
func (f *Field) ours() bool {
	return f.RichText != nil || f.Empty || f.Text == mrkdwn.Esc(f.Plain)
}

func startsBlock(value string) bool {
	switch {
	case strings.HasPrefix(value, "```"), strings.HasPrefix(value, "> "), strings.HasPrefix(value, "• "):
		return true
	}
	n := 0
	for n < len(value) && value[n] >= '0' && value[n] <= '9' {
		n++
	}
	return n > 0 && strings.HasPrefix(value[n:], ". ") && strings.Contains(value, "\n")
}
