package channel

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxName is in characters: https://docs.slack.dev/reference/methods/conversations.create
const maxName = 80

// idForm is the form of a channel's id, which no name can have: names are lower case.
var idForm = regexp.MustCompile(`^[CG][A-Z0-9]{7,}$`)

// validName makes a name that Slack takes: lower case letters, digits, - and _. What
// else there is becomes a hyphen. A # before it is how people write channels. "" says
// that nothing is left of it.
func validName(name string) string {
	name = strings.ToLower(norm.NFC.String(strings.TrimPrefix(strings.TrimSpace(name), "#")))
	var b strings.Builder
	gap := false
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' {
			gap = true
			continue
		}
		if gap && b.Len() > 0 && r != '-' {
			b.WriteByte('-')
		}
		gap = false
		b.WriteRune(r)
	}
	name = cutName(b.String(), maxName)
	if strings.Trim(name, "-_") == "" {
		return ""
	}
	return name
}

// plainName is a valid name in the letters that Slack's documents allow. There are
// channels with others, so they are looked for, but none is made. "" says that nothing
// is left of it.
func plainName(name string) string {
	return validName(strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r > unicode.MaxASCII:
			return ' '
		}
		return r
	}, norm.NFKD.String(name)))
}

func cutName(name string, most int) string {
	if r := []rune(name); len(r) > most {
		return string(r[:most])
	}
	return name
}

// maxNames is how many names are tried for one channel.
const maxNames = 9

// candidate is the n-th name that is tried for a channel, from 1: the name itself,
// and with a number behind it.
func candidate(name string, n int) string {
	if n == 1 {
		return name
	}
	suffix := fmt.Sprintf("-%d", n)
	return cutName(name, maxName-len(suffix)) + suffix
}

// isCandidate says whether a channel may have been made for a name.
func isCandidate(got, name string) bool {
	for n := 1; n <= maxNames; n++ {
		if got == candidate(name, n) {
			return true
		}
	}
	return false
}
