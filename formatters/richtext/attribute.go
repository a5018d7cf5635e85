package richtext

import (
	"strings"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// attributesEnd returns where the attributes end that begin at s[i], which is
// where the ">" of their tag stands, or 0 if they are not as HTML wants them.
func attributesEnd(s string, i int) int {
	if i < len(s) && s[i] == '>' {
		return i // most tags have none
	}
	start := i
	for i < len(s) {
		rest := strings.TrimLeft(s[i:], " \t\r\n\f/")
		if rest == "" || rest[0] != '>' && len(rest) == len(s)-i && i == start {
			return 0 // what follows the name is part of it
		}
		if rest[0] == '>' {
			return len(s) - len(rest)
		}
		name, value, n := nextAttribute(rest)
		if n == 0 || value == "" && !mayStandAlone(name) && !strings.Contains(rest[:n], "=") {
			return 0
		}
		i = len(s) - len(rest) + n
		// Tags may stand in the values of others. That the source is not read once
		// for each, such a tag must not be long.
		if i-start > maxNested && strings.IndexByte(value, '<') >= 0 {
			return 0
		}
	}
	return 0
}

// maxNested is in bytes.
const maxNested = 4 << 10

// nextAttribute reads the first attribute of s, and what stands before it. n is 0
// where there is none without a mistake.
func nextAttribute(s string) (name, value string, n int) {
	i := 0
	for i < len(s) && strings.IndexByte(" \t\r\n\f/", s[i]) >= 0 {
		i++
	}
	from := i
	for i < len(s) && (mrkdwn.IsAlnum(s[i]) || i > from && strings.IndexByte("-_:.", s[i]) >= 0) {
		i++
	}
	if name = s[from:i]; name == "" {
		return "", "", 0
	}
	rest := strings.TrimLeft(s[i:], " \t\r\n\f")
	if !strings.HasPrefix(rest, "=") {
		return name, "", i
	}
	rest = strings.TrimLeft(rest[1:], " \t\r\n\f")
	end := 0
	switch {
	case rest == "":
		return "", "", 0
	case rest[0] == '"' || rest[0] == '\'':
		end = 1 + strings.IndexByte(rest[1:], rest[0])
		if end == 0 {
			return "", "", 0
		}
		value, end = rest[1:end], end+1
	default:
		if end = strings.IndexAny(rest, " \t\r\n\f><\"'`"); end < 0 {
			end = len(rest)
		} else if strings.IndexByte("<\"'`", rest[end]) >= 0 {
			end = 0
		}
		if value = rest[:end]; value == "" {
			return "", "", 0
		}
	}
	return name, value, len(s) - len(rest) + end
}

// mayStandAlone reports whether HTML has the attribute without a value, or leaves
// it to whoever invents it: data-…, and x:… of office programs.
func mayStandAlone(name string) bool {
	if strings.ContainsAny(name, "-:") {
		return true
	}
	switch strings.ToLower(name) {
	case "allowfullscreen", "alt", "async", "autofocus", "autoplay", "border", "checked", "class", "compact", "contenteditable",
		"controls", "default", "defer", "disabled", "download", "draggable", "hidden", "ismap", "itemscope", "loop", "multiple", "muted",
		"nohref", "noresize", "noshade", "novalidate", "nowrap", "open", "readonly", "required", "reversed", "selected", "style":
		return true
	}
	return false
}

// hasHandler reports whether one of the attributes is a script: onerror, onload.
func hasHandler(attrs string) bool {
	for {
		name, _, n := nextAttribute(attrs)
		if n == 0 {
			return false
		}
		if len(name) > 2 && strings.EqualFold(name[:2], "on") {
			return true
		}
		attrs = attrs[n:]
	}
}
