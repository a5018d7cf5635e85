package mrkdwn

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// EmojiCode finds the code of an emoji, :fire:, that begins at the colon s[i], and
// returns where it ends, or 0 for none. It is whole where a person can have meant
// it: it is a word, or several are one together, of which the end is that of the
// last. In 2001:db8:100::1 and in 10:100:3 Slack finds codes too, and shows 💯.
func EmojiCode(s string, i int) (end int, whole bool) {
	if end = emojiCode(s, i); end == 0 {
		return 0, false
	}
	if before, _ := utf8.DecodeLastRuneInString(s[:i]); before == ':' || WordRune(before) {
		return end, false
	}
	last := end
	for range maxCodes {
		if last == len(s) || s[last] != ':' {
			break
		}
		next := emojiCode(s, last)
		if next == 0 {
			break
		}
		last = next
	}
	after, _ := utf8.DecodeRuneInString(s[last:])
	if after == ':' || WordRune(after) || emojiCode(s, last-1) > 0 { // or its last colon begins one: ":fire:-o:"
		return end, false
	}
	return last, true
}

// Joins reports whether a code that follows the text is part of a word with it.
func Joins(text string) bool {
	last, _ := utf8.DecodeLastRuneInString(text)
	return last == ':' || WordRune(last)
}

// GoesOn reports whether a text is part of a word with a code that stands before it.
func GoesOn(text string) bool {
	first, _ := utf8.DecodeRuneInString(text)
	return WordRune(first) || first == ':' && emojiCode(text, 0) == 0
}

// breakCodes keeps the codes at the end of what is there from being emoji.
func (w *Builder) breakCodes() {
	end := len(bytes.TrimRight(w.buf, markChars))
	for range maxCodes {
		if end == 0 || w.buf[end-1] != ':' {
			return
		}
		tail := w.buf[max(0, end-2-maxEmoji) : end-1]
		begin := bytes.LastIndexByte(tail, ':')
		if begin < 0 {
			return
		}
		code := strings.ReplaceAll(string(tail[begin:]), underscore, "_") + ":"
		if emojiCode(code, 0) != len(code) {
			return
		}
		end -= len(tail) + 1 - begin
		w.buf = slices.Insert(w.buf, end+1, []byte(Joiner)...)
	}
}

// makesCode reports whether the end of what is there and the beginning of s are the
// code of an emoji together.
func (w *Builder) makesCode(s string) bool {
	end := strings.IndexByte(s[:min(len(s), maxEmoji+1)], ':')
	if end < 0 {
		return false
	}
	tail := w.buf[max(0, len(w.buf)-maxEmoji-1):]
	begin := bytes.LastIndexByte(tail, ':')
	if begin < 0 {
		return false
	}
	code := strings.ReplaceAll(string(tail[begin:]), underscore, "_") + s[:end+1]
	return emojiCode(code, 0) == len(code)
}

const (
	maxEmoji = 100 // bytes of a name; Slack takes no longer one
	maxCodes = 8   // in a word, so that the time for a text is bounded
)

// emojiCode is where a code ends that begins at s[i], or 0.
func emojiCode(s string, i int) int {
	end, letter := i+1, false
	for end < len(s) && end-i <= maxEmoji {
		if c := s[end]; IsLetter(c) {
			letter = true
		} else if !IsAlnum(c) && c != '_' && c != '+' && c != '-' && c != '\'' {
			break
		}
		end++
	}
	if end == len(s) || s[end] != ':' {
		return 0
	}
	if !letter { // 12:30:00 has none
		switch s[i+1 : end] {
		case "100", "1234", "+1", "-1":
		default:
			return 0
		}
	}
	return end + 1
}
