package render

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// The inputs that come with slack_text and say which channel the call is for.
const (
	inputIncident     = "incident_id"
	inputTask         = "task_id"
	inputChannelID    = "slack_channel_id"
	inputPrivate      = "slack_is_channel_private"
	inputParticipants = "slack_participant_emails"
	inputReplace      = "slack_replace_archived" // our own
)

// Room is what a call with slack_text says of its channel.
type Room struct {
	Incident int
	Task     int    // 0: the incident itself
	Name, ID string // "" where the call names none
	Private  *bool  // nil: it does not say
	Emails   string // of those to invite, separated by commas
	Replace  bool   // an archived channel is replaced by a new one
}

// named is the channel that the call names.
func (r Room) named() string { return cmp.Or(r.ID, r.Name) }

// Lane is what the calls for one channel have in common before it is looked for: the
// channel that they name, or else the incident or task.
func Lane(call resilient.Call) string {
	if named := Channel(call); named != "" || !later(call.Inputs) {
		return named
	}
	r, _ := readRoom(call.Inputs)                       // what cannot be read is an error of Render
	return fmt.Sprintf("RES %d %d", r.Incident, r.Task) // no channel has such a name
}

// readRoom reads those inputs.
func readRoom(in resilient.Inputs) (r Room, err error) {
	var errs []error
	text := func(name string) string {
		s, err := in.Text(name)
		errs = append(errs, err)
		return strings.TrimSpace(s)
	}
	r.ID, r.Name, r.Emails = text(inputChannelID), text(inputChannel), text(inputParticipants)
	if _, err = in.Required(inputIncident); err == nil {
		r.Incident, err = number(in, inputIncident)
	}
	errs = append(errs, err)
	r.Task, err = number(in, inputTask)
	errs = append(errs, err)
	private, said, err := in.Bool(inputPrivate)
	errs = append(errs, err)
	if said {
		r.Private = &private
	}
	r.Replace, _, err = in.Bool(inputReplace)
	return r, errors.Join(append(errs, err)...)
}

// number reads the number of an incident or a task; 0 where there is none.
func number(in resilient.Inputs, name string) (int, error) {
	text, err := in.Text(name)
	if text = strings.TrimSpace(text); err != nil || text == "" {
		return 0, err
	}
	raw, err := json.Marshal(text)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(formatters.IncidentID(raw)) // 2095.0 is one, too
	if err != nil || n < 0 || n == 0 && name == inputIncident {
		return 0, &resilient.InputError{Name: name, Got: fmt.Sprintf("%.40q", text), Want: "a number"}
	}
	return n, nil
}
