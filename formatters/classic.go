package formatters

import (
	"strings"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// Classic returns the original's layout: one "Label: value" line for every
// field that is not empty. With markup it is for Slack's default,
// without it for a call with mrkdwn=false. Labels are made safe too.
func Classic(fields []Field, markup bool) string {
	var b strings.Builder
	for i := range fields {
		f := &fields[i]
		value := f.Text
		if !markup {
			value = mrkdwn.EscBare(f.Plain)
		}
		if f.Empty || value == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(mrkdwn.Label(f.Label))
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
