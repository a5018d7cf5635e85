package richtext

import (
	"strings"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// lookup finds the element that a tag's text begins with, in any case.
func lookup(s []byte) tag {
	var lower [16]byte
	n := 0
	for n < len(s) && strings.IndexByte(" \t\n\r\f/>", s[n]) < 0 {
		if n == len(lower) {
			return tag{}
		}
		lower[n] = s[n]
		if s[n] >= 'A' && s[n] <= 'Z' {
			lower[n] += 'a' - 'A'
		}
		n++
	}
	return tags[string(lower[:n])]
}

// unknown handles what looks like a tag and is none of HTML: the elements of
// office programs (o:p) and of pictures vanish, the rest is text.
func (w *walker) unknown(name, raw string) {
	if w.svg > 0 {
		return
	}
	if prefix, local, ok := strings.Cut(name, ":"); ok && len(prefix) <= 8 && plainName(prefix) && plainName(local) {
		return
	}
	w.text(raw)
}

func plainName(s string) bool {
	for i := 0; i < len(s); i++ {
		if !mrkdwn.IsAlnum(s[i]) && s[i] != '-' && s[i] != '_' {
			return false
		}
	}
	return s != ""
}

// comment drops comments and what programs write; <!channel> was typed.
func (w *walker) comment() {
	raw := string(w.tok.Raw())
	if len(raw) > 2 && raw[0] == '<' && raw[1] == '!' && mrkdwn.IsLetter(raw[2]) && !strings.EqualFold(raw[2:min(len(raw), 9)], "doctype") {
		w.text(raw)
	}
}
