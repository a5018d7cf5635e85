package richtext

import (
	"strings"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// spans are what begins like a tag and has an end of its own; what stands in them
// is no markup.
var spans = [...]struct {
	begin, end string
	kind       tokenKind
}{
	{"<!--", "", nothing}, // see commentEnd
	{"<![CDATA[", "]]>", typed},
	{"<![if", ">", nothing},
	{"<![endif", ">", nothing},
	{doctype, ">", nothing},           // one of XML may hold an attack
	{"<?xml:namespace", ">", nothing}, // of office programs
	{"<?", "?>", typed},
	{"<%", "%>", typed},
}

const doctype = "<!doctype html"

func (s *scanner) span(at int, rest string) (t token, size int) {
	for i, span := range spans {
		if len(rest) < len(span.begin) || !strings.EqualFold(rest[:len(span.begin)], span.begin) {
			continue
		}
		if s.missing[i] {
			break
		}
		n := 0
		if span.end == "" {
			n = commentEnd(rest)
		} else if n = strings.Index(rest, span.end); n >= 0 {
			n += len(span.end)
		}
		if n <= 0 {
			s.missing[i] = true
			break
		}
		if span.begin == doctype && isSaid(s.src[:at], rest[n:], false) {
			break
		}
		return token{kind: span.kind}, n
	}
	return token{kind: typed}, 1
}

// commentEnd returns the end of the comment that a text begins with, 0 if it has
// none. It may be empty (<!-->), and its end may have a mark too much (--!>).
func commentEnd(rest string) int {
	for i := len("<!"); ; i++ {
		n := strings.Index(rest[i:], "--")
		if n < 0 {
			return 0
		}
		i += n
		switch after := rest[i+2:]; {
		case strings.HasPrefix(after, ">"):
			return i + 3
		case strings.HasPrefix(after, "!>") && i >= len("<!--"):
			return i + 4
		}
	}
}

// hiddenEnd returns the end of an element that shows nothing, whose start tag has
// size bytes, or 0 if it has none of its own.
func hiddenEnd(rest string, size int, name string) int {
	const most = 4 // start tags that a script writes; each is looked past by those before it
	quoted := 0
	for i := size; ; {
		n := strings.IndexByte(rest[i:], '<')
		if n < 0 {
			return 0
		}
		i += n + 1
		closing := strings.HasPrefix(rest[i:], "/")
		if closing {
			i++
		}
		end := i + len(name)
		if end >= len(rest) || !strings.EqualFold(rest[i:end], name) || mrkdwn.IsAlnum(rest[end]) {
			continue
		}
		n = strings.IndexByte(rest[end:], '>')
		if !closing && quoted < most && strings.IndexByte("\"'`", rest[i-2]) >= 0 {
			quoted++
			continue
		}
		if !closing || n < 0 {
			return 0
		}
		return end + n + 1
	}
}
