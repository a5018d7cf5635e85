package mrkdwn

import "strings"

// urlFinder finds the ends of the URLs of one text: Slack makes links of them and
// does not format inside, and people copy them. It takes linear time though
// the text may be http://http://http://….
type urlFinder struct {
	from     int // no URL's scheme ends here or before
	run      int // the end of the last run of characters that URLs are made of
	runNoEnd int // the same without what does not count at a URL's end
}

// end returns where the URL ends whose "://" stands at s[i], or 0 if it is not
// an http URL with a host. i must not go back.
func (u *urlFinder) end(s string, i int) int {
	scheme := i
	for scheme > 0 && IsAlnum(s[scheme-1]) && i-scheme < len("https")+1 { // one more, to see a longer word
		scheme--
	}
	if name := s[scheme:i]; u.from == i || !strings.EqualFold(name, "http") && !strings.EqualFold(name, "https") {
		return 0
	}
	host := i + len("://")
	if host == len(s) || !IsAlnum(s[host]) && s[host] != '[' {
		return 0
	}
	if host >= u.run {
		u.run = host
		for u.run < len(s) && (IsAlnum(s[u.run]) || strings.IndexByte(urlChars, s[u.run]) >= 0) {
			u.run++
		}
		u.runNoEnd = u.run
		for u.runNoEnd > host && strings.IndexByte(markChars+endsURL, s[u.runNoEnd-1]) >= 0 {
			u.runNoEnd--
		}
	}
	return max(u.runNoEnd, i)
}

// EachURL calls f with the place of every http or https URL of a text that Slack
// would make a link of, in order.
func EachURL(s string, f func(start, end int)) {
	var urls urlFinder
	for i, end := 0, 0; ; {
		n := strings.Index(s[i:], "://")
		if n < 0 {
			return
		}
		if i += n; i >= end {
			if to := urls.end(s, i); to > i {
				scheme := i - len("http")
				if s[i-1]|0x20 == 's' {
					scheme--
				}
				f(scheme, to)
				end = to
			}
		}
		i += len("://")
	}
}

// urlChars are the characters of a URL for Slack, beside letters and digits.
const urlChars = "-._~:/?#[]@!$&*+;=%"

// endsURL are the characters that are not part of a URL where they end it, as
// marks are not: the full stop of "see https://example.com." is the sentence's.
const endsURL = ".:;!?[]"

// wordEnd is the length of the letters and digits at the start of s.
func wordEnd(s string) int {
	n := 0
	for n < len(s) && IsAlnum(s[n]) {
		n++
	}
	return n
}
