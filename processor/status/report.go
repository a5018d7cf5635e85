package status

import (
	"os"
	"reflect"
	"slices"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/render"
)

// Report is the status of the service at one moment. It holds no secret, and no
// text of an incident unless it was asked for.
type Report struct {
	Version  string         `json:"version"`
	Host     string         `json:"host"`
	PID      int            `json:"pid"`
	Started  time.Time      `json:"started"`
	Time     time.Time      `json:"time"`
	Ready    bool           `json:"ready"`
	NotReady string         `json:"not_ready,omitempty"` // why
	Log      []logReport    `json:"log"`                 // the places that it goes to
	Settings settingsReport `json:"settings"`
	Platform platformReport `json:"platform"`
	Broker   *brokerReport  `json:"broker,omitempty"`
	Slack    string         `json:"slack"` // known, unknown
	Loaded   bool           `json:"scripts_loaded"`
	Scripts  []scriptReport `json:"scripts"`
	Problem  string         `json:"scripts_problem,omitempty"`  // why the folder cannot be used
	Default  string         `json:"scripts_default,omitempty"`  // what takes the place of the default script, where there is none
	Polled   string         `json:"scripts_polled,omitempty"`   // why changes of it are found by looking every two seconds
	Gaps     []string       `json:"confinement_gaps,omitempty"` // what does not hold the render workers, and why
	Journal  []entryReport  `json:"journal"`                    // open entries, the oldest first
	InWork   int            `json:"in_work"`
	Calls    []callReport   `json:"calls"` // the latest first
}

type logReport struct {
	Where string `json:"where"`
	Lost  uint64 `json:"lost_lines"`
	Error string `json:"error,omitempty"` // of the last line; empty if it was written
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

// Report looks at everything. With text the errors of calls are as the platform
// got them; they may quote the incident.
func (b *Board) Report(text bool) Report {
	b.mu.Lock()
	p, settings, platform, calls := b.parts, b.settings, b.platform, slices.Clone(b.last)
	b.mu.Unlock()
	r := Report{
		Version: b.version, Host: b.host, PID: os.Getpid(), Started: b.started, Time: time.Now(),
		Log: []logReport{}, Settings: settings, Platform: platform, Slack: "unknown",
		Loaded: p.loaded, Scripts: []scriptReport{}, Journal: []entryReport{}, Calls: []callReport{},
	}
	for _, s := range b.log.State() {
		l := logReport{Where: s.Name, Lost: s.Lost}
		if s.Err != nil {
			l.Error = s.Err.Error()
		}
		r.Log = append(r.Log, l)
	}
	r.connection(p)
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
		if p.loaded {
			r.Default = render.WithoutDefault(set)
		}
		r.Polled = p.scripts.Unwatched()
		for _, b := range p.scripts.Confinement() {
			if b.Gap != "" {
				r.Gaps = append(r.Gaps, b.Name+": "+b.Gap)
			}
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
		r.Calls = append(r.Calls, callStatus(f, text))
	}
	eachText(reflect.ValueOf(&r), b.secrets.Text)
	return r
}

// eachText changes every text in what v points to. A member that is added to the
// report is not forgotten here.
func eachText(v reflect.Value, change func(string) string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(change(v.String()))
	case reflect.Pointer:
		if !v.IsNil() {
			eachText(v.Elem(), change)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachText(v.Index(i), change)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() { // those of a time are not
				eachText(v.Field(i), change)
			}
		}
	}
}

// connection fills in the broker, and whether the service is ready for calls.
func (r *Report) connection(p parts) {
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
		r.NotReady = join("the platform cannot be used yet", r.Platform.Error)
	}
}

// openEntries are the journal's, nil where there is none or it cannot be read.
// The journal may be closed meanwhile, and says so.
func (b *Board) openEntries() []journal.Entry {
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

func callStatus(f processor.Finished, text bool) callReport {
	c := callReport{
		ID: f.ID, At: f.At, Function: f.Function, Workflow: f.Workflow, Script: f.Script, Classic: f.Layout != nil,
		Kind: string(f.Kind), Channel: f.Channel, Attempts: f.Attempts,
		DurationMS: float64(f.Took.Microseconds()) / 1000, Settled: f.Settled, Error: f.Reason(),
	}
	if text && f.Err != nil {
		c.Error = f.Err.Error()
	}
	return c
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
