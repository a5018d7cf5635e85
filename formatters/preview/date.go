package preview

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// date reads the arguments of <!date^seconds^format^link|fallback>.
func (p *parser) date(args, fallback string) (span, bool) {
	parts := strings.SplitN(args, "^", 3)
	if len(parts) < 2 {
		return span{}, false
	}
	address := ""
	if len(parts) == 3 {
		address = decode(parts[2])
	}
	seconds, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return span{What: date, Text: fallback}, fallback != ""
	}
	return p.o.dateSpan(seconds, decode(parts[1]), address, fallback), true
}

func (o Options) dateSpan(seconds int64, format, address, fallback string) span {
	if seconds < -62135596800 || seconds > 253402300799 { // years 1 to 9999
		return span{What: date, Text: fallback}
	}
	at := time.Unix(seconds, 0).In(o.zone())
	s := span{What: date, Text: dateForm.ReplaceAllStringFunc(format, func(token string) string {
		return o.datePart(token, at)
	}), Title: at.Format("2006-01-02 15:04:05 MST")}
	if href := safe(address); href != "" {
		s.What, s.Href = link, href
	}
	return s
}

var dateForm = regexp.MustCompile(`\{[a-z_]+\}`)

// dateLayouts are the tokens of Slack's date formats in Go's notation, # for the
// ordinal of the day.
// https://docs.slack.dev/messaging/formatting-message-text#date-formatting
var dateLayouts = map[string]string{
	"{date_num}": "2006-01-02", "{date_slash}": "01/02/2006",
	"{date}": "January #, 2006", "{date_pretty}": "January #, 2006",
	"{date_short}": "Jan 2, 2006", "{date_short_pretty}": "Jan 2, 2006",
	"{date_long}": "Monday, January #, 2006", "{date_long_pretty}": "Monday, January #, 2006",
	"{date_long_full}": "Monday, January #, 2006", "{day_divider_pretty}": "Monday, January #, 2006",
	"{time}": "3:04 PM", "{time_secs}": "3:04:05 PM",
}

func (o Options) datePart(token string, at time.Time) string {
	layout, known := dateLayouts[token]
	switch {
	case token == "{ago}":
		return o.ago(at)
	case !known:
		return token
	case strings.HasSuffix(token, "_pretty}") || token == "{date_long_full}":
		if near := o.near(at); near != "" {
			return near
		}
	}
	return strings.Replace(at.Format(layout), "#", ordinal(at.Day()), 1)
}

// near says yesterday, today or tomorrow where that is right on the day of the
// message, else nothing.
func (o Options) near(at time.Time) string {
	now := o.Time.In(at.Location())
	for days, name := range map[int]string{-1: "yesterday", 0: "today", 1: "tomorrow"} {
		if !o.Time.IsZero() && now.AddDate(0, 0, days).Format(time.DateOnly) == at.Format(time.DateOnly) {
			return name
		}
	}
	return ""
}

func (o Options) ago(at time.Time) string {
	if o.Time.IsZero() {
		return at.Format("2006-01-02 15:04")
	}
	d := o.Time.Sub(at)
	form := "%s ago"
	if d < 0 {
		d, form = -d, "in %s"
	}
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{365 * 24 * time.Hour, "year"}, {30 * 24 * time.Hour, "month"}, {24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if n := int(d / unit.size); n == 1 {
			return fmt.Sprintf(form, "1 "+unit.name)
		} else if n > 1 {
			return fmt.Sprintf(form, fmt.Sprint(n, " ", unit.name, "s"))
		}
	}
	return "just now"
}

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}
