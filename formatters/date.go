package formatters

import (
	"strconv"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// The original's layout of dates; in a zone other than UTC the offset takes the
// place of the Z.
const defaultDateFormat = "2006-01-02T15:04:05Z07:00"

// Milliseconds within 100,000,000 days of 1970, the span of dates that
// JavaScript knows (ECMAScript, "Time Values and Time Range"): a script must be
// able to compute with what it is given.
const maxDateMS = 8.64e15

// date formats t as the installation wants it.
func (o Options) date(t time.Time) string {
	loc := o.Location
	if loc == nil {
		loc = time.UTC
	}
	t = t.In(loc)
	switch {
	case o.DateFormat == "":
		return t.Format(defaultDateFormat)
	case strings.IndexByte(o.DateFormat, '%') >= 0:
		return strftime(t, o.DateFormat)
	}
	return t.Format(o.DateFormat)
}

// strftime formats with the directives that the platform's administrators know
// from Python. An unknown directive is shown as it stands.
func strftime(t time.Time, format string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(format, "%")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		if rest == "" {
			b.WriteByte('%')
			return b.String()
		}
		c := rest[0]
		format = rest[1:]
		if layout, ok := directives[c]; ok {
			b.WriteString(t.Format(layout))
			continue
		}
		switch c {
		case 's':
			b.WriteString(strconv.FormatInt(t.Unix(), 10))
		case '%':
			b.WriteByte('%')
		default:
			b.WriteByte('%')
			b.WriteByte(c)
		}
	}
}

var directives = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "01", 'b': "Jan", 'B': "January", 'd': "02", 'e': "_2", 'j': "002",
	'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM", 'a': "Mon", 'A': "Monday",
	'z': "-0700", 'Z': "MST", 'F': "2006-01-02", 'T': "15:04:05", 'D': "01/02/06", 'R': "15:04",
}

// milliseconds reads a date as the platform sends it: a number of milliseconds
// since 1970, also as text. A fraction is cut.
func milliseconds(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil {
		return ms, ms >= -maxDateMS && ms <= maxDateMS
	}
	if strings.Trim(s, "+-.0123456789eE") != "" {
		return 0, false // ParseFloat would take hexadecimal, Inf and NaN
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f < -maxDateMS || f > maxDateMS {
		return 0, false
	}
	ms := int64(f)
	if f < 0 && float64(ms) != f {
		ms--
	}
	return ms, true
}

// Date returns Slack's date token: every reader sees the time in his own time
// zone. ms are milliseconds since 1970; format is made of Slack's own words,
// "" is "{date_short_pretty} at {time}". Clients that cannot show it show the
// date as o formats it.
func Date(ms int64, format string, o Options) string {
	if format = strings.NewReplacer("^", " ", "|", " ", "<", " ", ">", " ", "\n", " ", "\r", " ").Replace(format); strings.TrimSpace(format) == "" {
		format = "{date_short_pretty} at {time}"
	}
	t := time.UnixMilli(ms)
	return "<!date^" + strconv.FormatInt(t.Unix(), 10) + "^" + mrkdwn.EscOnce(format) + "|" + strings.ReplaceAll(mrkdwn.Esc(mrkdwn.OneLine(o.date(t))), "|", "/") + ">"
}
