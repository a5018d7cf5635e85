package formatters

import (
	"strconv"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/formatters/strftime"
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
		return strftime.Format(t, o.DateFormat)
	}
	return t.Format(o.DateFormat)
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
	return dateToken(ms, format, o.date(time.UnixMilli(ms)))
}

// dateToken shows a date as format says, or else the fallback.
func dateToken(ms int64, format, fallback string) string {
	return "<!date^" + strconv.FormatInt(time.UnixMilli(ms).Unix(), 10) + "^" + mrkdwn.EscOnce(format) + "|" + strings.ReplaceAll(mrkdwn.Esc(mrkdwn.OneLine(fallback)), "|", "/") + ">"
}
