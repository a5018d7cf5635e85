package render

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

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

// Named is the channel that the call names, "" where it names none.
func (r Room) Named() string { return cmp.Or(r.ID, r.Name) }

// Lane is what the calls for one channel have in common before it is looked for: the
// channel that they name, or else the incident or task.
func Lane(call resilient.Call) string {
	if named := Channel(call); named != "" || !later(call.Inputs) {
		return named
	}
	r, _ := ReadRoom(call.Inputs)                       // what cannot be read is an error of Render
	return fmt.Sprintf("RES %d %d", r.Incident, r.Task) // no channel has such a name
}

// RoomOf is what a call says of its channel; false with slack_details, and for what
// cannot be read, which is an error of Render.
func RoomOf(call resilient.Call) (*Room, bool) {
	if !later(call.Inputs) {
		return nil, false
	}
	r, err := ReadRoom(call.Inputs)
	return &r, err == nil
}

// ReadRoom reads those inputs. All that is wrong is reported at once; each part of the
// error is a *resilient.InputError.
func ReadRoom(in resilient.Inputs) (r Room, err error) {
	var errs []error
	text := func(name string) string {
		s, err := in.Text(name)
		errs = append(errs, err)
		return strings.TrimSpace(s)
	}
	r.ID, r.Name, r.Emails = text(inputChannelID), text(inputChannel), text(inputParticipants)
	if _, err = in.Required(inputIncident); err == nil {
		r.Incident, err = in.Number(inputIncident)
	}
	if err == nil && r.Incident == 0 {
		err = &resilient.InputError{Name: inputIncident, Got: `"0"`, Want: "a number"}
	}
	errs = append(errs, err)
	r.Task, err = in.Number(inputTask)
	errs = append(errs, err)
	private, said, err := in.Bool(inputPrivate)
	errs = append(errs, err)
	if said {
		r.Private = &private
	}
	r.Replace, _, err = in.Bool(inputReplace)
	return r, errors.Join(append(errs, err)...)
}
