package strftime

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Check is why a format cannot be meant: it has a directive that there is none of,
// is a pattern of Java's, or shows every date alike. The error names the form that
// was meant, where it can be told. A format without a % is one of Go's.
func Check(format string) error {
	if strings.IndexByte(format, '%') < 0 {
		return checkLayout(format)
	}
	for rest := format; ; {
		_, after, ok := strings.Cut(rest, "%")
		if !ok {
			return nil
		}
		d, size := read(after)
		if _, known := d.text(time.Time{}); !known {
			what := fmt.Sprintf("%q is no directive of strftime", "%"+after[:size])
			if d.letter == 0 {
				what = "nothing follows the last %"
			}
			if meant, ok := misspelt[d.letter]; ok {
				return fmt.Errorf("%s; write %%%c for %s", what, meant.letter, meant.what)
			}
			return fmt.Errorf("%s; write such as %%d.%%m.%%Y %%H:%%M, and %%%% for a percent sign", what)
		}
		rest = after[size:]
	}
}

// misspelt are letters that other languages have, and what is meant.
var misspelt = map[byte]struct {
	letter byte
	what   string
}{
	'i': {'M', "minutes"}, 'N': {'f', "parts of a second"}, 'L': {'f', "parts of a second"}, 'v': {'f', "parts of a second"},
	'K': {'H', "hours"}, 'E': {'a', "the day's name"}, 'q': {'m', "the month"},
}

// checkLayout checks a layout of Go's.
func checkLayout(format string) error {
	if meant := fromPattern(format); meant != "" {
		return fmt.Errorf("it is a pattern of Java's; write %s", meant)
	}
	one := time.Date(2017, 11, 23, 22, 47, 58, 999_000_000, time.FixedZone("XYZ", 3600))
	if format != "" && one.Format(format) == format {
		return errors.New("it shows every date alike; write such as %d.%m.%Y %H:%M")
	}
	return nil
}

// patterns are the words of Java's patterns and of those like them, the longer ones
// of a letter first.
var patterns = []struct{ word, directive string }{
	{"yyyy", "%Y"}, {"YYYY", "%Y"}, {"uuuu", "%Y"}, {"yy", "%y"}, {"YY", "%y"}, {"y", "%Y"},
	{"MMMM", "%B"}, {"MMM", "%b"}, {"MM", "%m"}, {"M", "%-m"}, {"LLLL", "%B"}, {"LLL", "%b"},
	{"DDD", "%j"}, {"DD", "%d"}, {"D", "%-d"}, {"dd", "%d"}, {"d", "%-d"},
	{"HH", "%H"}, {"H", "%-H"}, {"hh", "%I"}, {"h", "%-I"}, {"mm", "%M"}, {"m", "%-M"}, {"ss", "%S"}, {"s", "%-S"}, {"SSSSSS", "%f"}, {"SSS", "%f"},
	{"EEEE", "%A"}, {"EEE", "%a"}, {"E", "%a"}, {"a", "%p"}, {"A", "%p"}, {"XXX", "%:z"}, {"X", "%z"}, {"Z", "%z"}, {"z", "%Z"}, {"ww", "%V"},
}

// fromPattern is a pattern of Java's in directives; "" for what is none.
func fromPattern(format string) string {
	sure := false
	for _, word := range []string{"yy", "YY", "MM", "dd", "DD", "HH", "hh", "mm"} {
		sure = sure || strings.Contains(format, word)
	}
	if !sure {
		return ""
	}
	var b strings.Builder
next:
	for format != "" {
		if format[0] == '\'' { // 'T' is the letter; '' a quotation mark
			text, rest, _ := strings.Cut(format[1:], "'")
			if text == "" {
				text = "'"
			}
			b.WriteString(text)
			format = rest
			continue
		}
		for _, p := range patterns {
			if strings.HasPrefix(format, p.word) {
				b.WriteString(p.directive)
				format = format[len(p.word):]
				continue next
			}
		}
		b.WriteByte(format[0])
		format = format[1:]
	}
	return b.String()
}
