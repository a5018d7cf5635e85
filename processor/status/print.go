package status

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fn-slack/fn-slack/formatters/preview"
)

// Sentence is the report in one line.
func (r Report) Sentence() string {
	if !r.Ready {
		return r.NotReady
	}
	return fmt.Sprintf("serving %s at %s", r.Platform.Queue, r.Broker.Address)
}

// Print writes the report for a person. Names, channels and errors may be
// somebody else's text, so what would move the cursor is shown, not sent.
func (r Report) Print(w io.Writer) {
	var b strings.Builder
	r.write(&b)
	_, _ = io.WriteString(w, preview.Printable(b.String())) // there is nowhere to report to
}

func (r Report) write(w io.Writer) {
	ago := func(t time.Time) string { return r.Time.Sub(t).Round(time.Second).String() }
	state := "ready"
	if !r.Ready {
		state = "NOT READY: " + preview.PrintableLine(r.NotReady)
	}
	fmt.Fprintf(w, "fn-slack %s on %s (pid %d), up %s: %s\n", r.Version, r.Host, r.PID, ago(r.Started), state)
	fmt.Fprintf(w, "settings  %s, loaded %s ago\n", r.Settings.File, ago(r.Settings.Loaded))
	if r.Settings.Refused != "" {
		fmt.Fprintf(w, "          the file as it is now is not used: %s\n", strings.ReplaceAll(r.Settings.Refused, "\n", "\n          "))
	}
	for _, l := range r.Log {
		if l.Lost > 0 || l.Error != "" {
			fmt.Fprintf(w, "log       %s: %s\n", l.Where, join(fmt.Sprintf("%d lines lost", l.Lost), l.Error))
		}
	}
	if r.Platform.URL != "" {
		fmt.Fprintf(w, "platform  %s, organisation %s, queue %s\n", r.Platform.URL, r.Platform.Organisation, r.Platform.Queue)
	}
	if b := r.Broker; b != nil {
		state := "not connected"
		if b.Subscribed {
			state = strings.TrimRight("subscribed, "+b.Server+", "+b.TLS, ", ")
		}
		fmt.Fprintf(w, "broker    %s: %s since %s; %d received, %d settled, %d held\n", b.Address, state, ago(b.Since), b.Counts.Received, b.Counts.Settled, b.Held)
		if b.LastError != "" && b.LastErrorAt != nil {
			fmt.Fprintf(w, "          last error %s ago: %s\n", ago(*b.LastErrorAt), preview.PrintableLine(b.LastError))
		}
	}
	slack := "the token was accepted"
	if r.Slack != "known" {
		slack = "has not accepted the token yet"
	}
	fmt.Fprintf(w, "slack     %s\n", slack)
	r.printTables(w, ago)
}

func (r Report) printTables(w io.Writer, ago func(time.Time) string) {
	switch {
	case len(r.Scripts) > 0:
	case r.Loaded:
		fmt.Fprintln(w, "scripts   none")
	default:
		fmt.Fprintln(w, "scripts   not loaded yet")
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer t.Flush()
	for i, s := range r.Scripts {
		head, since := "", ""
		if i == 0 {
			head = "scripts"
		}
		if s.Since != nil {
			since = ago(*s.Since) + " ago"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", head, preview.PrintableLine(s.Name), strings.ReplaceAll(s.State, "_", " "), s.Version, since, preview.PrintableLine(s.Error))
	}
	t.Flush()
	for _, gap := range r.Gaps {
		fmt.Fprintln(w, "          render workers are held by less than they could be:", gap)
	}
	if r.Polled != "" {
		fmt.Fprintln(w, "          the folder is looked at every two seconds:", preview.PrintableLine(r.Polled))
	}
	for _, text := range []string{r.Problem, r.Default} {
		if text != "" {
			fmt.Fprintln(w, "         ", text)
		}
	}
	fmt.Fprintf(w, "journal   %d open entries; %d calls in work\n", len(r.Journal), r.InWork)
	for _, e := range r.Journal {
		fmt.Fprintf(t, "\t%s\t%s\t%s ago\n", preview.PrintableLine(e.ID), e.State, ago(e.Began))
	}
	t.Flush()
	if len(r.Calls) > 0 {
		fmt.Fprintln(t, "last calls\tkind\tscript\tchannel\tattempts\tms\tid\terror")
	}
	for _, c := range r.Calls {
		script, channel, id, err := preview.PrintableLine(c.Script), preview.PrintableLine(c.Channel), preview.PrintableLine(c.ID), preview.PrintableLine(c.Error)
		if c.Classic {
			script += " (the layout failed)"
		}
		kind := c.Kind
		if !c.Settled {
			kind += ", not settled"
		}
		fmt.Fprintf(t, "%s ago\t%s\t%s\t%s\t%d\t%.0f\t%s\t%s\n", ago(c.At), kind, script, channel, c.Attempts, c.DurationMS, id, err)
	}
}
