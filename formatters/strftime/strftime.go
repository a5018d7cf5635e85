package strftime

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Format writes t. What is no directive is shown as it stands.
func Format(t time.Time, format string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(format, "%")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		d, size := read(rest)
		if text, known := d.text(t); known {
			b.WriteString(text)
		} else {
			b.WriteString("%" + rest[:size])
		}
		format = rest[size:]
	}
}

// directive is what stands behind a %.
type directive struct {
	pad    byte // '-', '_' or '0' where the format says how a number is filled up; '^' is capitals
	letter byte // 0 at the end of a format
	colon  bool // %:z
}

// read returns the directive that a text begins with, and its size.
func read(s string) (d directive, size int) {
	for size < len(s) && strings.IndexByte("-_0^:", s[size]) >= 0 {
		if s[size] == ':' {
			d.colon = true
		} else {
			d.pad = s[size]
		}
		size++
	}
	if size < len(s) {
		d.letter = s[size]
		size++
	}
	return d, size
}

// layouts are the directives that Go has a layout for.
var layouts = map[byte]string{
	'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'h': "Jan", 'p': "PM", 'P': "pm", 'z': "-0700", 'Z': "MST",
	'c': "Mon Jan _2 15:04:05 2006", 'x': "01/02/06", 'X': "15:04:05", 'D': "01/02/06", 'F': "2006-01-02", 'T': "15:04:05", 'R': "15:04", 'r': "03:04:05 PM",
}

// text is what the directive shows of t, and whether there is such a one.
func (d directive) text(t time.Time) (text string, known bool) {
	layout, known := layouts[d.letter]
	switch {
	case d.colon && d.letter != 'z':
		return "", false
	case d.colon:
		layout = "-07:00"
	case d.letter == '%':
		return "%", true
	case d.letter == 'n':
		return "\n", true
	case d.letter == 't':
		return "\t", true
	}
	if known {
		if text = t.Format(layout); d.pad == '^' {
			text = strings.ToUpper(text)
		}
		return text, true
	}
	n, width, fill := d.number(t)
	if width == 0 {
		return "", false
	}
	switch d.pad {
	case '-':
		return strconv.Itoa(n), true
	case '_':
		fill = ' '
	case '0':
		fill = '0'
	}
	if fill == ' ' {
		return fmt.Sprintf("%*d", width, n), true
	}
	return fmt.Sprintf("%0*d", width, n), true
}

// number is the value of a directive that is a number, how wide it is, 0 where it
// is none, and with what it is filled up.
func (d directive) number(t time.Time) (n, width int, fill byte) {
	isoYear, isoWeek := t.ISOWeek()
	hour12 := (t.Hour()+11)%12 + 1
	switch d.letter {
	case 'Y':
		return t.Year(), 4, '0'
	case 'C':
		return t.Year() / 100, 2, '0'
	case 'y':
		return t.Year() % 100, 2, '0'
	case 'G':
		return isoYear, 4, '0'
	case 'g':
		return isoYear % 100, 2, '0'
	case 'm':
		return int(t.Month()), 2, '0'
	case 'd':
		return t.Day(), 2, '0'
	case 'e':
		return t.Day(), 2, ' '
	case 'j':
		return t.YearDay(), 3, '0'
	case 'H':
		return t.Hour(), 2, '0'
	case 'k':
		return t.Hour(), 2, ' '
	case 'I':
		return hour12, 2, '0'
	case 'l':
		return hour12, 2, ' '
	case 'M':
		return t.Minute(), 2, '0'
	case 'S':
		return t.Second(), 2, '0'
	case 'f':
		return t.Nanosecond() / 1000, 6, '0'
	case 's':
		return int(t.Unix()), 1, '0'
	case 'U': // weeks that begin on a Sunday
		return (t.YearDay() + 6 - int(t.Weekday())) / 7, 2, '0'
	case 'W': // on a Monday
		return (t.YearDay() + 6 - (int(t.Weekday())+6)%7) / 7, 2, '0'
	case 'V':
		return isoWeek, 2, '0'
	case 'u':
		return (int(t.Weekday())+6)%7 + 1, 1, '0'
	case 'w':
		return int(t.Weekday()), 1, '0'
	}
	return 0, 0, 0
}
