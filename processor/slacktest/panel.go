package slacktest

import (
	"context"
	"encoding/json"
	"time"
)

// Panel is what the page's form sends, and what its lists show. The demo
// implements it over the stand-in platform and the service.
type Panel interface {
	// Offer is what can be sent.
	Offer() Offer
	// Send starts the workflow for an object. It returns when the platform has
	// taken it, not when it has been answered.
	Send(ctx context.Context, o Order) error
	// Change changes an incident, and starts the workflow that brings its message up
	// to date. It returns as Send does.
	Change(ctx context.Context, c Change) error
	// Files are those that were attached to objects of the platform, oldest first.
	// Their contents may not change afterwards.
	Files() []Attached
	// Actions gives the actions so far, oldest first, and a channel that is
	// closed when this has changed. Neither the slice nor what it refers to
	// may change afterwards.
	Actions() ([]Action, <-chan struct{})
	// Scripts gives the scripts in the order of their names, in the same way.
	Scripts() ([]Script, <-chan struct{})
}

// Offer is what the form offers. The first of each list is the default.
type Offer struct {
	Objects []Object `json:"objects"`
	Layouts []string `json:"layouts"` // scripts that can be asked for; the service's own choice is always offered
	// Incidents are those whose message in Slack follows them.
	Incidents  []Incident `json:"incidents"`
	Severities []string   `json:"severities"`
	Owners     []string   `json:"owners"`
	Statuses   []string   `json:"statuses"`
}

// Incident is what the form for changes shows of an incident.
type Incident struct {
	ID          int    `json:"id"`
	Name        string `json:"name"`
	Severity    string `json:"severity"`
	Owner       string `json:"owner"`
	Status      string `json:"status"`
	Description string `json:"description"` // HTML
}

// Change is what the form for changes sends. What is nil stays as it is.
type Change struct {
	ID          int     `json:"id"` // of the incident
	Severity    *string `json:"severity"`
	Owner       *string `json:"owner"`
	Status      *string `json:"status"`
	Description *string `json:"description"` // HTML or text, at most maxOrder bytes
}

// text is what a person has written.
func (c Change) text() string {
	if c.Description == nil {
		return ""
	}
	return *c.Description
}

// Attached is a file that was attached to an object of the platform.
type Attached struct {
	ID      int
	To      string // the object, as people call it
	Name    string
	Content []byte
}

// Object is a kind of object, with the samples of it.
type Object struct {
	Name    string   `json:"name"` // incident, note, …
	Samples []Sample `json:"samples"`
	Text    bool     `json:"text"` // what is sent is a text, which the reader may change
}

// Sample is one object that can be sent.
type Sample struct {
	Name string `json:"name"`
	Text string `json:"text"` // of an object with Text
}

// Order is what the form sends.
type Order struct {
	Object string `json:"object"`
	Sample string `json:"sample"`
	Layout string `json:"layout"` // empty leaves it to the service
	Text   string `json:"text"`   // at most maxOrder bytes
}

// text is what a person has written.
func (o Order) text() string { return o.Text }

// Action is one run of a workflow as the platform's Action Status shows it.
type Action struct {
	ID      string // unique
	Title   string // the workflow's name
	Subject string // what it was about: the incident's name, the note
	Layout  string // the script that made the message, "" before
	Begun   time.Time
	State   ActionState
	Entries []ActionEntry // oldest first
	Channel string        // id and ts of the message that it posted, "" before
	TS      string
}

// ActionState is how far an action is.
type ActionState string

const (
	ActionRunning ActionState = "running"
	ActionDone    ActionState = "done"
	ActionOther   ActionState = "other" // done, in another layout than the one that was meant
	ActionStale   ActionState = "stale" // done, by the last good version of a script
	ActionFailed  ActionState = "failed"
)

// Words say how far the action is.
func (a Action) Words() string {
	switch {
	case a.State == ActionDone:
		return "completed"
	case a.State == ActionOther && a.Layout == "classic":
		return "in the classic layout"
	case a.State == ActionOther:
		return "in another layout"
	case a.State == ActionStale:
		return "by a stale script"
	}
	return string(a.State)
}

// ActionEntry is one line of an action: a status message, the result, or the
// error.
type ActionEntry struct {
	Time   time.Time
	Text   string
	Detail json.RawMessage // the whole result, shown on demand; nil is none
}

// Script is one layout script.
type Script struct {
	Name    string
	State   string    // live, stale, set_aside, broken; "missing" is one that should be there
	Samples []string  // names
	Changed time.Time // the file, zero where it is gone
	Notes   []string  // what its author should look at
	Problem string    // why the file is not live, with position, excerpt and hint; "" while it is
}
