package slacktest

import (
	"context"
	"encoding/json"
	"time"
)

// Panel is what the page's buttons do and what its Action Status shows. The
// demo implements it over the stand-in platform.
type Panel interface {
	// Samples names the incidents that can be sent. The first is the default.
	Samples() []string
	// SendIncident starts the workflow that posts a sample. It returns when the
	// platform has taken it, not when it has been answered.
	SendIncident(ctx context.Context, sample string) error
	// AddNote starts the workflow that posts a note to the latest incident.
	AddNote(ctx context.Context, text string) error
	// Actions gives the actions so far, oldest first, and a channel that is
	// closed when this has changed. Neither the slice nor what it refers to
	// may change afterwards.
	Actions() ([]Action, <-chan struct{})
}

// Action is one run of a workflow as the platform's Action Status shows it.
type Action struct {
	ID      string // unique
	Title   string // the workflow's name
	Subject string // what it was about: the incident's name, the note
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
	ActionFailed  ActionState = "failed"
)

// ActionEntry is one line of an action: a status message, the result, or the
// error.
type ActionEntry struct {
	Time   time.Time
	Text   string
	Detail json.RawMessage // the whole result, shown on demand; nil is none
}
