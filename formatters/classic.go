package formatters

import "strings"

// Classic returns the original's layout: one "Label: value" line for every
// field that is not empty. With mrkdwn it is for Slack's default markup,
// without it for a call with mrkdwn=false. Labels are made safe too.
func Classic(fields []Field, mrkdwn bool) string {
	var b strings.Builder
	for i := range fields {
		f := &fields[i]
		value := f.Text
		if !mrkdwn {
			value = escBare(f.Plain)
		}
		if f.Empty || value == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(classicLabel(f.Label))
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

// classicLabel guards every mark of the label that stands at a word's edge:
// its partner may be in the value.
func classicLabel(label string) string {
	label = oneLine(label)
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
	return safe
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
