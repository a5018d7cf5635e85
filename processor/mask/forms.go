package mask

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// forms are a secret as it may come back: as it is, and as it was sent or is
// quoted by whoever repeats it. Most are the same where it has letters and
// digits only.
func forms(secret string) []string {
	list := []string{
		secret,
		url.QueryEscape(secret),
		url.PathEscape(secret),
		strings.TrimPrefix(url.UserPassword("", secret).String(), ":"),
		html.EscapeString(secret),
		stompHeader.Replace(secret),
		strings.Map(printable, secret),
		// Without the = at the end: they may be there or not.
		base64.RawStdEncoding.EncodeToString([]byte(secret)),
		base64.RawURLEncoding.EncodeToString([]byte(secret)),
	}
	for _, form := range list {
		list = append(list, escape.ReplaceAllStringFunc(form, strings.ToLower))
	}
	// Twice, because a log quotes the JSON that an error quotes.
	for range 2 {
		list = distinct(list)
		for _, form := range list {
			list = append(list, quoted(form)...)
		}
	}
	return distinct(list)
}

// escape is a byte of an address. In which case its digits are is up to whoever
// writes it.
var escape = regexp.MustCompile(`%[0-9A-F]{2}`)

// stompHeader writes a header of STOMP 1.2.
var stompHeader = strings.NewReplacer(`\`, `\\`, "\r", `\r`, "\n", `\n`, ":", `\c`)

// printable is what a terminal is given in the place of a control character.
func printable(r rune) rune {
	if r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
		return unicode.ReplacementChar
	}
	return r
}

// quoted is text within quotes, without these: as Go has it, and as JSON may,
// which writes more or less as escapes.
func quoted(text string) []string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // a text can always be written
	plain := inner(strings.TrimSuffix(b.String(), "\n"))
	b.Reset()
	json.HTMLEscape(&b, []byte(plain))
	return []string{
		inner(strconv.Quote(text)), inner(strconv.QuoteToASCII(text)), plain, b.String(),
		ascii(plain),
		strings.ReplaceAll(ascii(plain), "/", `\/`), // PHP's way
	}
}

// ascii writes all that is not ASCII as Python's JSON does.
func ascii(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r <= unicode.MaxASCII {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

func inner(quoted string) string { return quoted[1 : len(quoted)-1] }

func distinct(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }
