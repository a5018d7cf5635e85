package resilient

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Repair makes JSON text fit to be passed on: a byte order mark goes, bytes
// that are no UTF-8 and \u escapes that are half of a surrogate pair become
// U+FFFD. Both occur when a workflow cuts a text in the middle of an emoji;
// left in place they would travel through results into readers that refuse
// them.
func Repair(body []byte) []byte {
	body = bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))
	if !utf8.Valid(body) {
		body = bytes.ToValidUTF8(body, []byte("\uFFFD"))
	}
	out := body
	copied := false
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		r, ok := escape(body[i:])
		if !ok || !utf16.IsSurrogate(r) {
			i++ // the escaped character, so that \\ud800 stays text
			continue
		}
		if low, ok := escape(body[i+6:]); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
			i += 11
			continue
		}
		if !copied {
			out, copied = bytes.Clone(body), true
		}
		copy(out[i:], `\ufffd`)
		i += 5
	}
	return out
}

// escape reads the \uXXXX that s begins with.
func escape(s []byte) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	return rune(n), err == nil
}
