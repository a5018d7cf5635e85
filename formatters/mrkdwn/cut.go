package mrkdwn

import (
	"strings"
	"unicode/utf8"
)

// cutPoint returns the byte offset, at most n code points into mrkdwn, at which
// it may be cut: not inside an entity, a <...> token or a code point, and
// between words if one ends in the second half, else where a word is breakable.
func cutPoint(text string, n int) int {
	end, count, space := 0, 0, -1
	lastBreak, breakURL, word := 0, 0, 0
	for end < len(text) {
		size, runes := Unit(text[end:])
		if count+runes > n {
			break
		}
		c := text[end]
		if breakable(text, end) {
			lastBreak = end
			if end > 0 && !endsURLAt(text, end) {
				breakURL = end
			}
		}
		if c == ' ' || c == '\n' {
			word = end + 1
			if count*2 >= n {
				space = end
			}
		}
		end += size
		count += runes
	}
	if end == len(text) || text[end] == ' ' || text[end] == '\n' {
		return end
	}
	if space > 0 {
		return space
	}
	inURL := strings.Contains(text[word:end], "://")
	if breakable(text, end) && !(inURL && endsURLAt(text, end)) {
		return end
	}
	if inURL {
		return breakURL
	}
	return lastBreak
}

// breakable reports whether a word may be broken at text[at]: where no mark comes
// to stand at the edge, which could format there as it could not in snake_case,
// and no @herein becomes an @here.
func breakable(text string, at int) bool {
	if at == 0 || at == len(text) {
		return true
	}
	if r, _ := utf8.DecodeRuneInString(text[at:]); isMark(r) {
		return false
	}
	switch c := text[at-1]; {
	case !IsAlnum(c):
		r, size := utf8.DecodeLastRuneInString(text[:at])
		return !isMark(r) || strings.HasSuffix(text[:at-size], Joiner) && strings.HasPrefix(text[at:], Joiner)
	case c|0x20 == 'e' || c|0x20 == 'l' || c|0x20 == 'p':
		for _, word := range Broadcasts {
			if n := at - len(word) - 1; n >= 0 && text[n] == '@' && strings.EqualFold(text[n+1:at], word) {
				return false
			}
		}
	}
	return true
}

// isMark reports whether r may format, narrow or wide.
func isMark(r rune) bool {
	switch r {
	case '*', '_', '~', '`', '＊', '＿', '｀':
		return true
	}
	return false
}

// endsURLAt reports whether a URL broken at text[at] would end before there, as it
// does before a full stop, and leave marks behind that it held.
func endsURLAt(text string, at int) bool {
	head := text[:at]
	return strings.IndexByte(endsURL, text[at-1]) >= 0 &&
		!strings.HasSuffix(head, "&amp;") && !strings.HasSuffix(head, "&lt;") && !strings.HasSuffix(head, "&gt;")
}

// Unit returns the length of what stands at the start of text and cannot be
// cut, in bytes and in code points: an entity, a <...> token, a code point.
func Unit(text string) (size, runes int) {
	switch c := text[0]; {
	case c == '&':
		for _, entity := range [...]string{"&amp;", "&lt;", "&gt;"} {
			if strings.HasPrefix(text, entity) {
				return len(entity), len(entity)
			}
		}
	case c == '<':
		for i := 1; i < len(text) && text[i] != '<' && text[i] != '\n'; i++ {
			if text[i] == '>' {
				return i + 1, utf8.RuneCountInString(text[:i+1])
			}
		}
	case c >= utf8.RuneSelf:
		_, size = utf8.DecodeRuneInString(text)
		return size, 1
	}
	return 1, 1
}
