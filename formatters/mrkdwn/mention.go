package mrkdwn

import (
	"strings"
	"unicode/utf8"
)

// Live reports whether Slack might take the sign @ or # at s[i] with the word
// after it for a name. With parse=full and with link_names it does so at the
// start of a word: "@joe", "(#general". The @ of joe@example.com and the # of
// https://host/#top are left alone, so that both can be copied; but not
// where a word that calls everybody follows.
func Live(s string, i int, inURL bool) bool {
	if i+1 == len(s) || !startsName(s[i+1]) {
		return false
	}
	if s[i] == '@' && isBroadcast(s, i) {
		return true
	}
	return !inURL && !(i > 0 && IsAlnum(s[i-1]))
}

// startsName reports whether c can be the first byte of a user's or a channel's
// name. Names may hold letters of any script.
func startsName(c byte) bool {
	return IsAlnum(c) || c == '_' || c == '-' || c == '.' || c >= utf8.RuneSelf
}

// Broadcasts are the words that call everybody: @here all who are at their desks,
// @channel all members. group is an older one.
var Broadcasts = [...]string{"here", "channel", "everyone", "group"}

// isBroadcast reports whether the @ at s[i] and the word behind it call
// everybody: "@here", "@Channel:", but not "@herein". One that goes on with - or _
// counts too, "@here_", as the mark may get a Joiner and then ends the word. Not
// meant are hosts of addresses, joe@here.example and joe@here-it-is.com, and pages
// of people, https://host/@group-ib.
func isBroadcast(s string, i int) bool {
	for _, word := range Broadcasts {
		rest := s[i+1:]
		if len(rest) < len(word) || !strings.EqualFold(rest[:len(word)], word) {
			continue
		}
		rest = rest[len(word):]
		if rest == "" {
			return true
		}
		if IsAlnum(rest[0]) {
			continue
		}
		if i == 0 || len(rest) == 1 || !IsAlnum(rest[1]) {
			return true
		}
		host := IsAlnum(s[i-1]) && strings.IndexByte(".-_", rest[0]) >= 0
		page := s[i-1] == '/' && strings.IndexByte("-_", rest[0]) >= 0
		return !host && !page
	}
	return false
}

// guardBroadcasts puts a Joiner into every "@here" of a text that is ready. Text has
// guarded those of one text. These come about where two meet: "https://host/@her"
// and "e", of a word that is half bold.
func guardBroadcasts(s string) string { return replaceBroadcastSigns(s, "@"+Joiner) }

// replaceBroadcastSigns puts sign in the place of the @ before every word that
// calls everybody. The @ of an e-mail address is none of those.
func replaceBroadcastSigns(s, sign string) string {
	if strings.IndexByte(s, '@') < 0 {
		return s
	}
	from := 0
	var b strings.Builder
	for i := range len(s) {
		if s[i] == '@' && (i == 0 || !IsAlnum(s[i-1])) && isBroadcast(s, i) {
			b.WriteString(s[from:i])
			b.WriteString(sign)
			from = i + 1
		}
	}
	if from == 0 {
		return s
	}
	return b.String() + s[from:]
}
