package strftime

import (
	"strings"
	"testing"
	"time"
)

func TestDirectives(t *testing.T) {
	at := time.Date(2018, 4, 7, 9, 3, 5, 12_345_000, time.FixedZone("CEST", 2*3600))
	for format, want := range map[string]string{
		"%Y-%m-%dT%H:%M:%S%z":        "2018-04-07T09:03:05+0200",
		"%-d.%-m.%y %-H:%-M %-I %-j": "7.4.18 9:3 9 97",
		"%_d|%e|%k|%l|%0e":           " 7| 7| 9| 9|07",
		"%f %j %s %:z %Z":            "012345 097 1523084585 +02:00 CEST",
		"%c|%x|%X|%D|%F|%T|%R|%r":    "Sat Apr  7 09:03:05 2018|04/07/18|09:03:05|04/07/18|2018-04-07|09:03:05|09:03|09:03:05 AM",
		"%a %A %b %B %h %p %P %^a":   "Sat Saturday Apr April Apr AM am SAT",
		"%U %W %V %G %g %u %w %C":    "13 14 14 2018 18 6 6 20",
		"100%% %Q %":                 "100% %Q %",
		"a%nb%tc":                    "a\nb\tc",
	} {
		if got := Format(at, format); got != want {
			t.Errorf("%s: got %q, want %q", format, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, format := range []string{"", "%d.%m.%Y %H:%M", "%-d %f %c %j %z %:z %G-W%V-%u %%", "02.01.2006 15:04", "2 Jan 2006", "Mon 15:04 MST", time.RFC3339} {
		if err := Check(format); err != nil {
			t.Errorf("%s: %v", format, err)
		}
	}
	for format, want := range map[string]string{
		"dd.MM.yyyy HH:mm":             "write %d.%m.%Y %H:%M",
		"yyyy-MM-dd'T'HH:mm:ss.SSSXXX": "write %Y-%m-%dT%H:%M:%S.%f%:z",
		"EEE, d MMM yyyy h:mm a":       "write %a, %-d %b %Y %-I:%M %p",
		"DD/MM/YYYY":                   "write %d/%m/%Y",
		"D MMMM YYYY, h:mm A":          "write %-d %B %Y, %-I:%M %p",
		"%d.%m.%Y %H:%i":               "write %M for minutes",
		"%d.%Q":                        `"%Q" is no directive`,
		"100%":                         "nothing follows",
		"%:H":                          `"%:H"`,
		"short":                        "every date alike",
	} {
		if err := Check(format); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", format, err, want)
		}
	}
}
