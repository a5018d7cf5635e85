package mrkdwn

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Esc returns text as mrkdwn that Slack shows as it was typed: nothing in it
// mentions, links or formats, whatever the message's parse and link_names say.
// Control characters, bidirectional controls and zero-width characters go;
// line breaks stay. Where Slack knows no escape an invisible word joiner is put
// beside a mark that would format and after an @ or # that would call; e-mail
// addresses, URLs, snake_case and *.exe are left as they are. Whether a mark
// would format is judged within text alone: a layout that puts two texts on one
// line can put each into Bold, Italic or Code, which guard all of theirs.
func Esc(text string) string {
	i := 0
	for i < len(text) && (asItIs[text[i]] || text[i] == ':' && emojiCode(text, i) == 0) {
		i++
	}
	if i == len(text) {
		return text
	}
	var w Builder
	w.buf = make([]byte, 0, len(text)+len(text)/8+8)
	w.Text(Clean(text))
	return w.String()
}

// EscBare is Esc for text that Slack gets with mrkdwn=false: marks do not
// format there, but entities and mentions still work.
func EscBare(text string) string {
	var w Builder
	w.Text(Clean(text))
	for i, c := range w.buf {
		if kind, ok := literalKind(c); ok {
			w.buf[i] = markChars[kind]
		} else if kind, ok := markKind(c); ok && c < wideMark {
			w.buf[i] = markChars[kind]
		}
	}
	s := string(w.buf)
	for i, form := range wideChars {
		s = strings.ReplaceAll(s, string(rune(wideMark+i)), form)
	}
	return s
}

// EscOnce escapes & < > but leaves the three entities alone, so that it can be
// given plain text as well as text that Esc has made safe: "a < b" and "a &lt; b"
// both become "a &lt; b".
func EscOnce(text string) string {
	if !strings.ContainsAny(text, "&<>") {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '&':
			if rest := text[i:]; strings.HasPrefix(rest, "&amp;") || strings.HasPrefix(rest, "&lt;") || strings.HasPrefix(rest, "&gt;") {
				b.WriteByte('&')
			} else {
				b.WriteString("&amp;")
			}
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// escEntities escapes & < >.
func escEntities(s string) string {
	if !strings.ContainsAny(s, "&<>") {
		return s
	}
	return toEntities.Replace(s)
}

var toEntities = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// Unescape undoes the three entities. & comes last: &amp;lt; is the text &lt;.
func Unescape(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	return entities.Replace(s)
}

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

// Link returns a link with the label. The label may be plain text or already
// safe text, "" shows the URL itself. A label that reads as another address than
// the link's stands before the link as text. Only http, https and mailto URLs become
// links; of any other URL the label and the URL are returned as text, so that
// nothing is hidden.
func Link(target, label string) string {
	href, ok := SafeURL(target)
	shown := Esc(Unescape(OneLine(label)))
	switch {
	case !ok && (shown == "" || label == target):
		return Esc(OneLine(target))
	case !ok: // one text, as the mark of one may find its partner in the other
		return Esc(Unescape(OneLine(label)) + " (" + OneLine(target) + ")")
	case shown == "" || label == target:
		return "<" + EscOnce(href) + ">"
	case deceives(Unescape(label), href): // the label may be data
		return Esc(Unescape(OneLine(label))) + " (<" + EscOnce(href) + ">)"
	}
	return "<" + EscOnce(href) + "|" + shown + ">"
}

// SafeURL returns an http, https or mailto URL in a form that cannot break out of
// <url|label>, "" for any other, and whether it may be linked to: one of more than
// MaxURL characters may not.
func SafeURL(raw string) (string, bool) {
	raw = strings.TrimSpace(Clean(raw))
	scheme, rest, ok := strings.Cut(raw, ":")
	if !ok || len(scheme) > len("mailto") {
		return "", false
	}
	switch strings.ToLower(scheme) {
	case "http", "https":
		host := strings.TrimLeft(rest, "/")
		if !strings.HasPrefix(rest, "//") || host == "" || host[0] == '?' || host[0] == '#' {
			return "", false
		}
	case "mailto":
		if rest == "" {
			return "", false
		}
	default:
		return "", false
	}
	// https://host/@here would call everybody where Slack takes it for text.
	url := replaceBroadcastSigns(Percent(raw, "|<>\"`\\^{}"), "%40")
	return url, Fits(url, MaxURL)
}

// Percent encodes blanks, controls and the bytes of unsafe. Letters outside
// ASCII stay: Slack and browsers show and follow them.
func Percent(s, unsafe string) string {
	const hex = "0123456789ABCDEF"
	clean := true
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] == 0x7f || strings.IndexByte(unsafe, s[i]) >= 0 {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c == 0x7f || strings.IndexByte(unsafe, c) >= 0 {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// User returns a mention of the user or, for an id that begins with S, of the
// user group. What is not an id is returned as text that mentions nobody.
func User(id string) string {
	id = strings.TrimSpace(id)
	switch {
	case slackID(id, "UW"):
		return "<@" + id + ">"
	case slackID(id, "S"):
		return "<!subteam^" + id + ">"
	}
	return Esc(id)
}

// Broadcast returns a call to everybody: here to those who are online, channel to
// the members of the channel, everyone to those of the workspace. The error is for
// any other word.
func Broadcast(who string) (string, error) {
	switch who = strings.TrimPrefix(strings.TrimSpace(who), "@"); who {
	case "here", "channel", "everyone":
		return "<!" + who + ">", nil
	}
	return "", fmt.Errorf(`broadcast takes "here", "channel" or "everyone", not %q`, OneLine(who))
}

// ChannelRef returns a link to the channel, or the id as text if it is none.
func ChannelRef(id string) string {
	id = strings.TrimSpace(id)
	if slackID(id, "CGD") {
		return "<#" + id + ">"
	}
	return Esc(id)
}

func slackID(id, kinds string) bool {
	if len(id) < 2 || strings.IndexByte(kinds, id[0]) < 0 {
		return false
	}
	for i := 1; i < len(id); i++ {
		if c := id[i]; !(c >= 'A' && c <= 'Z' || c >= '0' && c <= '9') {
			return false
		}
	}
	return true
}

// Truncate cuts mrkdwn to at most n Unicode code points, the sign … at the end
// included. It cuts between words where one ends near by, and never inside an
// entity or a <...> token. What is open there, a mark or a fence, is closed before
// the sign.
func Truncate(text string, n int) string {
	if n <= 0 {
		return ""
	}
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	s := splitter{text: text, kind: SlackMarkup}
	for room := n - 1; ; room-- {
		head := strings.TrimRight(text[:cutPoint(text, room)], " \n\t")
		if strings.ContainsAny(head, markChars) {
			head = s.closed(head)
		}
		if end := len(head) - 1; end >= 0 && (head[end] == '@' || head[end] == '#') && Live(head+"…", end, false) {
			head += Joiner
		}
		if Fits(head, n-1) {
			return head + "…"
		}
	}
}

// MaxURL is how many characters Slack takes for a link.
const MaxURL = 3_000
