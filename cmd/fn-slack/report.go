package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters/preview"
	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/journal"
)

// report is the status of the service at one moment. It holds no secret, and no
// text of an incident unless it was asked for.
type report struct {
	Version  string         `json:"version"`
	Host     string         `json:"host"`
	PID      int            `json:"pid"`
	Started  time.Time      `json:"started"`
	Time     time.Time      `json:"time"`
	Ready    bool           `json:"ready"`
	NotReady string         `json:"not_ready,omitempty"` // why
	Settings settingsReport `json:"settings"`
	Platform platformReport `json:"platform"`
	Broker   *brokerReport  `json:"broker,omitempty"`
	Slack    string         `json:"slack"` // known, unknown
	Loaded   bool           `json:"scripts_loaded"`
	Scripts  []scriptReport `json:"scripts"`
	Problem  string         `json:"scripts_problem,omitempty"` // why the folder cannot be used
	Journal  []entryReport  `json:"journal"`                   // open entries, the oldest first
	InWork   int            `json:"in_work"`
	Calls    []callReport   `json:"calls"` // the latest first
}

type brokerReport struct {
	Address     string          `json:"address"`
	Server      string          `json:"server,omitempty"`
	TLS         string          `json:"tls,omitempty"`
	Connected   bool            `json:"connected"`
	Subscribed  bool            `json:"subscribed"`
	Draining    bool            `json:"draining,omitempty"`
	Since       time.Time       `json:"since"`
	LastError   string          `json:"last_error,omitempty"`
	LastErrorAt *time.Time      `json:"last_error_at,omitempty"`
	NextAttempt *time.Time      `json:"next_attempt,omitempty"`
	Held        int             `json:"held"`
	Counts      broker.Counters `json:"counts"`
}

type scriptReport struct {
	Name    string     `json:"name"`
	State   string     `json:"state"`
	Version string     `json:"version,omitempty"` // the first characters of its SHA-256
	Since   *time.Time `json:"since,omitempty"`
	Error   string     `json:"error,omitempty"`
}

type entryReport struct {
	ID    string    `json:"id"`
	State string    `json:"state"`
	Began time.Time `json:"began"`
}

type callReport struct {
	ID         string    `json:"id"`
	At         time.Time `json:"at"`
	Function   string    `json:"function,omitempty"`
	Workflow   string    `json:"workflow,omitempty"`
	Script     string    `json:"script,omitempty"`
	Classic    bool      `json:"classic,omitempty"` // the script failed, the classic layout was used
	Kind       string    `json:"kind"`
	Channel    string    `json:"channel,omitempty"`
	Attempts   int       `json:"attempts"`
	DurationMS float64   `json:"duration_ms"`
	Settled    bool      `json:"settled"`
	Error      string    `json:"error,omitempty"` // without text of the incident, unless that was asked for
}

// report looks at everything. With text the errors of calls are as the platform
// got them; they may quote the incident.
func (b *board) report(text bool) report {
	b.mu.Lock()
	p, settings, platform, calls := b.parts, b.settings, b.platform, slices.Clone(b.last)
	b.mu.Unlock()
	r := report{
		Version: version(), Host: hostname(), PID: os.Getpid(), Started: b.started, Time: time.Now(),
		Settings: settings, Platform: platform, Slack: "unknown",
		Loaded: p.loaded, Scripts: []scriptReport{}, Journal: []entryReport{}, Calls: []callReport{},
	}
	switch {
	case p.consumer != nil:
		s := p.consumer.State()
		r.Broker = &brokerReport{
			Address: s.Address, Server: s.Server, TLS: s.TLS, Connected: s.Connected, Subscribed: s.Subscribed,
			Draining: s.Draining, Since: s.Since, LastError: s.LastError, LastErrorAt: moment(s.LastErrorAt),
			NextAttempt: moment(s.NextAttempt), Held: s.Held, Counts: s.Counters,
		}
		r.Ready = s.Subscribed && p.loaded
		switch {
		case !s.Subscribed:
			r.NotReady = join("not subscribed at the broker", s.LastError)
		case !r.Ready:
			r.NotReady = "the scripts are not loaded yet"
		}
	case p.journal == nil:
		r.NotReady = "starting"
	default:
		r.NotReady = join("the platform cannot be used yet", platform.Error)
	}
	if p.work != nil {
		r.InWork = p.work.InWork()
	}
	if p.poster != nil && p.poster.Known() {
		r.Slack = "known"
	}
	if p.scripts != nil {
		set := p.scripts.Scripts()
		if err := set.Problem(); err != nil {
			r.Problem = err.Error()
		}
		for _, s := range set.Status() {
			r.Scripts = append(r.Scripts, scriptStatus(s))
		}
	}
	for _, e := range b.openEntries() {
		r.Journal = append(r.Journal, entryReport{e.ID, string(e.State), e.Began})
	}
	slices.SortFunc(r.Journal, func(a, b entryReport) int { return a.Began.Compare(b.Began) })
	for _, f := range slices.Backward(calls) {
		c := callReport{
			ID: f.ID, At: f.At, Function: f.Function, Workflow: f.Workflow, Script: f.Script, Classic: f.Layout != nil,
			Kind: string(f.Kind), Channel: f.Channel, Attempts: f.Attempts,
			DurationMS: float64(f.Took.Microseconds()) / 1000, Settled: f.Settled, Error: f.Reason(),
		}
		if text && f.Err != nil {
			c.Error = f.Err.Error()
		}
		r.Calls = append(r.Calls, c)
	}
	return r
}

// openEntries are the journal's, nil where there is none or it cannot be read.
// The journal may be closed meanwhile; bbolt says so.
func (b *board) openEntries() []journal.Entry {
	p := b.now()
	if p.journal == nil {
		return nil
	}
	entries, err := p.journal.Unsettled()
	if err != nil {
		return nil
	}
	if entries == nil {
		entries = []journal.Entry{}
	}
	return entries
}

func scriptStatus(s engine.Status) scriptReport {
	r := scriptReport{Name: s.Name, State: string(s.State), Version: s.SHA256[:min(12, len(s.SHA256))], Since: moment(s.Since)}
	if s.Err != nil {
		r.Error = s.Err.Error()
	}
	return r
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func join(what, why string) string {
	if why == "" {
		return what
	}
	return what + ": " + why
}

// sentence is the report in one line.
func (r report) sentence() string {
	if !r.Ready {
		return r.NotReady
	}
	return fmt.Sprintf("serving %s at %s", r.Platform.Queue, r.Broker.Address)
}

// print writes the report for a person. Names, channels and errors may be
// somebody else's text.
func (r report) print(w io.Writer) {
	var b strings.Builder
	r.write(&b)
	_, _ = io.WriteString(w, preview.Printable(b.String())) // there is nowhere to report to
}

func (r report) write(w io.Writer) {
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

func (r report) printTables(w io.Writer, ago func(time.Time) string) {
	switch {
	case len(r.Scripts) > 0:
	case r.Loaded:
		fmt.Fprintln(w, "scripts   none: messages go out in the classic layout")
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
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", head, preview.PrintableLine(s.Name), s.State, s.Version, since, preview.PrintableLine(s.Error))
	}
	t.Flush()
	if r.Problem != "" {
		fmt.Fprintln(w, "         ", r.Problem)
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
