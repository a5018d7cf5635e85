package preview

import (
	_ "embed"
	"regexp"
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

// emojiForm is an emoji by its name, which has at most 100 characters: Slack's
// own rule for custom ones.
var emojiForm = regexp.MustCompile(`^(:[a-z0-9+_'-]{1,100}:)(?::skin-tone-[2-6]:)?`)

// emojiAt reads an emoji at the front of a text, :name: or
// :name::skin-tone-3:, and how long that is.
func emojiAt(s string) (span, int) {
	found := emojiForm.FindStringSubmatch(s)
	if found == nil {
		return span{}, 0
	}
	char, ok := Emoji(found[1])
	if !ok {
		return span{}, 0
	}
	return span{What: emoji, Text: char, Title: found[1]}, len(found[0])
}

// Emoji gives the character of an emoji by its name, with or without the
// colons. A false says that the table of common ones does not have it.
func Emoji(name string) (char string, ok bool) {
	char, ok = emojiTable()[strings.Trim(name, ":")]
	return char, ok
}
