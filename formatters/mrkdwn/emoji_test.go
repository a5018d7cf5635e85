package mrkdwn

import (
	"strings"
	"testing"
)

func TestColonsThatAreNoEmoji(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"2001:db8:100:1234::1", "2001:|db8:|100:|1234::1"},
		{"10:100:3 and 1:2:3", "10:|100:3 and 1:2:3"},
		{"00:ab:2c:10", "00:|ab:|2c:10"},
		{"2018-04-27T19:33:36Z 12:30:00", "2018-04-27T19:33:36Z 12:30:00"},
		{"std::vector::x", "std::|vector::x"},
		{"it burns :fire:.", "it burns :fire:."},
		{":fire::+1: (:large_green_circle:)", ":fire::+1: (:large_green_circle:)"},
		{"x:fire: :fire:x", "x:|fire: :|fire:x"},
		{"https://h.example:80/:100:/", "https://h.example:80/:100:/"},
		{":::", ":::"},
	} {
		if got := strings.ReplaceAll(Esc(c.text), Joiner, "|"); got != c.want {
			t.Errorf("%s: got %s, want %s", c.text, got, c.want)
		}
	}
}

// What follows decides about a code, in another text, too.
func TestTextsMakeNoEmojiTogether(t *testing.T) {
	for _, c := range []struct{ first, second, want string }{
		{":100:", "3", ":|100:3"},
		{":fire::+1:", "x", ":|fire::|+1:x"},
		{":large_circle:", "x", ":|large_circle:x"},
		{":100:", " 3", ":100: 3"},
		{":1", "00:", ":1|00:"},
		{":100:", ":x", ":|100::x"},
	} {
		var w Builder
		w.Text(c.first)
		w.Text(c.second)
		if got := strings.ReplaceAll(w.String(), Joiner, "|"); got != c.want {
			t.Errorf("%s and %s: got %s, want %s", c.first, c.second, got, c.want)
		}
	}
}
