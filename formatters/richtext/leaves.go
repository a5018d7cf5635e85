package richtext

import (
	"strconv"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// Markup adds a line whose text is mrkdwn. Of it become elements the tokens that
// live says yes to, and a link that shows its address; a style where it is around
// all; all else is text.
func (l *Lines) Markup(label, text string, live func(token string) bool) {
	l.line(label)
	s := style(0)
	// slack.code(x) and the like put their mark around all. Marks inside are text:
	// the helpers guard those of data, and a lone one of a script formats nothing.
	for _, m := range marks {
		inner, ok := strings.CutPrefix(text, m.char)
		if inner, closed := strings.CutSuffix(inner, m.char); ok && closed && inner != "" && !strings.Contains(inner, "\n") && guarded(inner, m.char) {
			text, s = inner, m.style
			break
		}
	}
	from := 0
	put := func(to int) {
		plain := mrkdwn.Unescape(strings.ReplaceAll(text[from:to], mrkdwn.Joiner, ""))
		if plain != "" {
			l.add([]piece{{text: plain, style: s}}, ^style(0))
		}
	}
	for i := strings.IndexByte(text, '<'); i >= 0 && i < len(text); {
		size, _ := mrkdwn.Unit(text[i:])
		if size > 2 {
			if leaf := leafOf(text[i+1:i+size-1], s, live(text[i:i+size])); leaf != nil {
				put(i)
				l.comma()
				l.open = append(l.open, leaf...)
				from = i + size
			}
		}
		next := strings.IndexByte(text[i+size:], '<')
		if next < 0 {
			break
		}
		i += size + next
	}
	put(len(text))
}

// guarded reports whether every one of the mark in a text is of data.
func guarded(text, mark string) bool {
	for head, tail, found := strings.Cut(text, mark); found; head, tail, found = strings.Cut(tail, mark) {
		if !strings.HasSuffix(head, mrkdwn.Joiner) || !strings.HasPrefix(tail, mrkdwn.Joiner) {
			return false
		}
	}
	return true
}

// maxDate, in seconds since 1970, bounds what Slack takes in an element (package
// blockkit has the rule): the year 2242. A date beyond is its text.
const maxDate = 1 << 33

// leafOf is the element of a token; nil if it must not act, or is none.
func leafOf(token string, s style, live bool) []byte {
	target, label, labelled := strings.Cut(token, "|")
	url, safe := mrkdwn.SafeURL(mrkdwn.Unescape(target))
	label = mrkdwn.Unescape(strings.ReplaceAll(label, mrkdwn.Joiner, ""))
	leaf := func(kind, name, value string) []byte {
		js := append([]byte(`{"type":"`), kind...)
		js = append(append(js, `","`...), name...)
		return appendStyle(appendQuoted(append(js, `":`...), value), s)
	}
	group, isGroup := strings.CutPrefix(target, "!subteam^")
	date, isDate := strings.CutPrefix(target, "!date^")
	switch {
	case !live && (labelled || !safe) && !isDate:
		return nil
	case safe && labelled:
		return appendPieces(nil, []piece{{label, s, url}}, ^style(0))
	case safe:
		return appendPieces(nil, []piece{{url, s, url}}, ^style(0))
	case isGroup:
		return leaf("usergroup", "usergroup_id", group)
	case isDate:
		seconds, format, _ := strings.Cut(date, "^")
		n, err := strconv.ParseInt(seconds, 10, 64)
		if err != nil || strings.Contains(format, "^") || label == "" {
			return nil
		}
		if n < -maxDate || n > maxDate {
			return appendPieces(nil, []piece{{label, s, ""}}, ^style(0))
		}
		js := strconv.AppendInt([]byte(`{"type":"date","timestamp":`), n, 10)
		js = appendQuoted(append(js, `,"format":`...), mrkdwn.Unescape(format))
		return appendStyle(appendQuoted(append(js, `,"fallback":`...), label), s)
	case len(target) < 2:
		return nil
	case target[0] == '@':
		return leaf("user", "user_id", target[1:])
	case target[0] == '#':
		return leaf("channel", "channel_id", target[1:])
	case target == "!here" || target == "!channel" || target == "!everyone":
		return leaf("broadcast", "range", target[1:])
	}
	return nil
}
