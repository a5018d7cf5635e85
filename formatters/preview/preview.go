package preview

import (
	"bufio"
	"cmp"
	_ "embed"
	"io"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
)

// Options are what a preview needs to know beside the message. The zero value
// works.
type Options struct {
	Author   string            // where the message has no username
	Time     time.Time         // of the message; dates are "today" relative to it; zero shows no time
	Location *time.Location    // of dates; nil is UTC
	Names    map[string]string // display names by the ids of users, user groups and channels

	Width int  // columns of the terminal; 0 is 80
	Color bool // the terminal shows colours
}

//go:embed preview.css
var css string

// CSS is the style sheet for HTML. It styles what lies in an element with the
// class "message", light or dark as the reader's system is, or as the attribute
// data-theme="light" or "dark" of an ancestor says.
func CSS() string { return css }

// HTML gives the body of a message, without author and time, safe to put into
// a page. It has no style attributes, scripts or external resources, so that
// it works under a strict Content-Security-Policy.
func HTML(m blockkit.Message, o Options) string {
	var b strings.Builder
	if err := page().ExecuteTemplate(&b, "elements", build(m, o)); err != nil {
		panic(err) // the template is a part of the program, and fits every tree
	}
	return b.String()
}

// Terminal writes the message with its author, in o.Width columns.
func Terminal(w io.Writer, m blockkit.Message, o Options) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	b := bufio.NewWriter(w)
	author := cmp.Or(m.Username, o.Author)
	var lines []line
	if author != "" || !o.Time.IsZero() {
		head := []span{{Text: author, Style: bold}}
		if !o.Time.IsZero() {
			head = append(head, span{Text: " " + o.Time.In(o.zone()).Format("15:04"), Style: muted})
		}
		if m.ReplyBroadcast {
			head = append(head, span{Text: " replied to a thread, also in the channel", Style: muted})
		} else if m.ThreadTS != "" {
			head = append(head, span{Text: " replied in a thread", Style: muted})
		}
		lines = wrap(head, o.Width)
	}
	for _, e := range build(m, o) {
		lines = append(lines, layout(e, o.Width)...)
	}
	for _, l := range lines {
		writeLine(b, l, o.Color)
	}
	return b.Flush()
}

func (o Options) zone() *time.Location { return cmp.Or(o.Location, time.UTC) }
