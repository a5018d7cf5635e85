package resilient

import (
	"bytes"
	"regexp"
)

// escapes are those of JSON that are one character (\\ too, so that \\ud800 stays
// text), then pairs of surrogates, then halves of pairs.
var escapes = regexp.MustCompile(`\\[^u]` +
	`|\\u[dD][89abAB][[:xdigit:]]{2}\\u[dD][c-fC-F][[:xdigit:]]{2}` +
	`|\\u[dD][89a-fA-F][[:xdigit:]]{2}`)

// repair makes JSON text fit to be passed on: a byte order mark goes, bytes
// that are no UTF-8 and \u escapes that are half of a surrogate pair become
// U+FFFD. Both occur when a workflow cuts a text in the middle of an emoji;
// left in place they would travel through results into readers that refuse
// them.
func repair(body []byte) []byte {
	body = bytes.ToValidUTF8(bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF")), []byte("\uFFFD"))
	if !bytes.Contains(body, []byte(`\ud`)) && !bytes.Contains(body, []byte(`\uD`)) {
		return body
	}
	return escapes.ReplaceAllFunc(body, func(escape []byte) []byte {
		if len(escape) == len(`\ud800`) && escape[1] == 'u' {
			return []byte(`\ufffd`)
		}
		return escape
	})
}
