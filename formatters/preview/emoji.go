package preview

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed emoji.txt
var emojiText string

// emojiTable holds the common emoji by their names in Slack. A line of
// emoji.txt is the character and its names; what is missing there is shown by
// its name.
var emojiTable = sync.OnceValue(func() map[string]string {
	table := map[string]string{}
	for line := range strings.Lines(emojiText) {
		if names := strings.Fields(line); len(names) > 1 {
			for _, name := range names[1:] {
				table[name] = names[0]
			}
		}
	}
	return table
})

// emojiAt reads an emoji at the front of a text, :name: or
// :name::skin-tone-3:, and how long that is.
func emojiAt(s string) (span, int) {
	name, rest, closed := strings.Cut(s[1:], ":")
	char, known := Emoji(name)
	if !closed || !known {
		return span{}, 0
	}
	n := len(":" + name + ":")
	e := span{What: emoji, Text: char, Title: s[:n]}
	if tone, ok := strings.CutPrefix(rest, ":skin-tone-"); ok && len(tone) > 1 && tone[0] >= '2' && tone[0] <= '6' && tone[1] == ':' {
		n += len(":skin-tone-2:")
	}
	return e, n
}

// Emoji gives the character of an emoji by its name, with or without the
// colons. A false says that the table of common ones does not have it.
func Emoji(name string) (char string, ok bool) {
	char, ok = emojiTable()[strings.Trim(name, ":")]
	return char, ok
}
