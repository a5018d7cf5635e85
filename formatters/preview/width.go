package preview

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible makes text safe for a terminal: control characters and those that
// turn or hide text become something that can be seen, since a person who tests
// a layout wants to know that they are there.
func visible(s string) string {
	if strings.IndexFunc(s, hidden) < 0 && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case !hidden(r):
			b.WriteRune(r)
		case r < ' ':
			b.WriteRune('\u2400' + r) // the control pictures
		case r == 0x7f:
			b.WriteRune('\u2421')
		default:
			fmt.Fprintf(&b, "<U+%04X>", r)
		}
	}
	return b.String()
}

// hidden tells whether a rune must not reach a terminal. The joiners and
// selectors that emoji are made of may.
func hidden(r rune) bool {
	switch {
	case r == '\n' || r == '\u200d' || r == '\u2060':
		return false
	case r < ' ' || r >= 0x7f && r < 0xa0:
		return true
	case r == '\u2028' || r == '\u2029':
		return true
	}
	return unicode.Is(unicode.Cf, r) && !(r >= 0xE0020 && r <= 0xE007F)
}

// columns is how wide a terminal shows a text. It follows what terminals agree
// on: combining marks take no column, East Asian wide characters and emoji two.
func columns(s string) int {
	n := 0
	var last rune
	for _, r := range s {
		w := runeColumns(r)
		switch {
		case last == '\u200d' && w == 2: // joined into the emoji before it
			w = 0
		case r == '\ufe0f' && last != 0 && runeColumns(last) == 1: // shown as an emoji
			w = 1
		case regional(r) && regional(last): // a flag
			w, r = 0, 0
		}
		n += w
		last = r
	}
	return n
}

func regional(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

func runeColumns(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1100 && r <= 0x115f,
		r >= 0x2e80 && r <= 0x303e,
		r >= 0x3041 && r <= 0xa4cf,
		r >= 0xac00 && r <= 0xd7a3,
		r >= 0xf900 && r <= 0xfaff,
		r >= 0xfe30 && r <= 0xfe6f,
		r >= 0xff00 && r <= 0xff60,
		r >= 0xffe0 && r <= 0xffe6,
		r >= 0x1f1e6 && r <= 0x1f64f,
		r >= 0x1f680 && r <= 0x1f6ff,
		r >= 0x1f7e0 && r <= 0x1f7eb,
		r >= 0x1f900 && r <= 0x1f9ff,
		r >= 0x1fa70 && r <= 0x1faff,
		r >= 0x20000 && r <= 0x3fffd:
		return 2
	case strings.ContainsRune("⌚⌛⏩⏪⏫⏬⏰⏳◽◾☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛎⛔⛪⛲⛳⛵⛺⛽✅✊✋✨❌❎❓❔❕❗➕➖➗➰➿⬛⬜⭐⭕", r),
		r >= 0x1f300 && r <= 0x1f5ff:
		return 2
	}
	return 1
}
