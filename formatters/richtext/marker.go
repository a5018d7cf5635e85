package richtext

import (
	"slices"
	"strconv"
	"strings"
)

// marker is what stands before an item of a list.
type marker byte

const (
	bullet    marker = '*'
	decimal   marker = '1'
	checked   marker = 'x'
	unchecked marker = 'o'
	// Beside them 'a', 'A', 'i' and 'I', as in the type of an ol.
)

// numbered reports whether the items count.
func (m marker) numbered() bool { return strings.IndexByte("1aAiI", byte(m)) >= 0 }

// text is the marker of the item with the number.
func (m marker) text(number int) string {
	switch m {
	case checked:
		return "☑"
	case unchecked:
		return "☐"
	case bullet:
		return "•"
	}
	text := ""
	switch m {
	case 'a', 'A':
		text = letters(number)
	case 'i', 'I':
		text = roman(number)
	}
	if text == "" { // there is none for 0
		text = strconv.Itoa(number)
	}
	if m == 'a' || m == 'i' {
		text = strings.ToLower(text)
	}
	return text + "."
}

// letters count A to Z, AA, AB.
func letters(n int) string {
	var s []byte
	for ; n > 0; n = (n - 1) / 26 {
		s = append(s, 'A'+byte((n-1)%26))
	}
	slices.Reverse(s)
	return string(s)
}

func roman(n int) string {
	if n <= 0 || n >= 4000 {
		return ""
	}
	var b strings.Builder
	for _, d := range []struct {
		value  int
		digits string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= d.value; n -= d.value {
			b.WriteString(d.digits)
		}
	}
	return b.String()
}
