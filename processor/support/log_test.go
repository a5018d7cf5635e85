package support

import (
	"strings"
	"testing"
)

func TestLinesKeepWhatQuotesNobody(t *testing.T) {
	for line, want := range map[string]string{
		`time=T level=INFO msg=subscribed addr=soar:65001 server="ActiveMQ/5.17 x"`:            `time=T level=INFO msg=subscribed addr=soar:65001 server="ActiveMQ/5.17 x"`,
		`time=T level=WARN msg=call id=ID:1 kind=script error="cannot read \"Bad mail\" of x"`: `time=T level=WARN msg=call id=ID:1 kind=script error="(27 characters)"`,
		`time=T level=INFO msg=console script=a.js text=secret`:                                `time=T level=INFO msg=console script=a.js text="(6 characters)"`,
		`{"time":"T","level":"WARN","msg":"call","id":"ID:1","error":"Bad mail","duration":2}`: `time=T level=WARN msg=call id=ID:1 error="(8 characters)" duration=2`,
		`{"time":"T","err":"refused"}`:                                                         `time=T err=refused`,
		`panic: Bad mail`:                                                                      `(a line of 15 bytes that is not in the form of the log)`,
		`time=T level=INFO msg="half of a line, error=`:                                        `(a line of 45 bytes that is not in the form of the log)`,
		`{"time":"T","err":`:                                                                   `(a line of 18 bytes that is not in the form of the log)`,
	} {
		if got := withoutText(line); got != want+"\n" {
			t.Errorf("%s\nbecomes %swant    %s", line, got, want)
		}
	}
}

// Whatever a line holds, it stays one line, and a call's error stays out.
func FuzzNoLineKeepsTheErrorOfACall(f *testing.F) {
	f.Add("a", "b c", `d"e`)
	f.Add("=", "\n", "\\")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		const marked = "Bad-mail"
		for _, line := range []string{
			"time=T msg=call id=" + quoted(a) + " error=" + quoted(marked+b) + " kind=" + quoted(c),
			"time=T msg=console text=" + quoted(b+marked) + " script=" + quoted(a),
		} {
			if got := withoutText(line); strings.Contains(got, marked) && !strings.Contains(a+c, marked) || strings.Count(got, "\n") != 1 {
				t.Errorf("%q becomes %q", line, got)
			}
		}
	})
}
