package attachment

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/processor/channel"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// inputs are those of one call, read.
type inputs struct {
	wish                 channel.Wish
	attachment, artifact int // 0: not that; the latter counts first
	text, thread         string
}

// named is the channel that the call names, "" where it names none.
func (in inputs) named() string { return cmp.Or(in.wish.ID, in.wish.Name) }

// readInputs reads the inputs. All that is wrong is reported at once.
func readInputs(from resilient.Inputs) (in inputs, err error) {
	var errs []error
	text := func(name string) string {
		s, err := from.Text(name)
		errs = append(errs, err)
		return strings.TrimSpace(s)
	}
	number := func(name string) int {
		n, err := number(name, text(name))
		errs = append(errs, err)
		return n
	}
	in.wish = channel.Wish{
		Incident: number("incident_id"), Task: number("task_id"),
		Name: text("slack_channel"), ID: text("slack_channel_id"), Emails: text("slack_participant_emails"),
	}
	private, said, err := from.Bool("slack_is_channel_private")
	errs = append(errs, err)
	if said {
		in.wish.Private = &private
	}
	in.wish.Replace, _, err = from.Bool("slack_replace_archived") // our own
	errs = append(errs, err)
	in.attachment, in.artifact = number("attachment_id"), number("artifact_id")
	in.text, in.thread = text("slack_text"), text("slack_thread_id")
	missing := func(name, want string) {
		errs = append(errs, &resilient.InputError{Name: name, Got: "nothing", Want: want})
	}
	if err := errors.Join(errs...); err != nil {
		return in, err
	}
	if in.wish.Incident == 0 {
		missing("incident_id", "the number of an incident")
	}
	if in.attachment == 0 && in.artifact == 0 {
		missing("attachment_id", "the number of an attachment, or in artifact_id that of an artifact with a file")
	}
	return in, errors.Join(errs...)
}

// number reads a number, 0 where there is none. A script that computes writes 2095.0.
func number(name, text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	raw, err := json.Marshal(text)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(formatters.IncidentID(raw))
	if err != nil || n < 0 {
		return 0, &resilient.InputError{Name: name, Got: fmt.Sprintf("%.40q", text), Want: "a number"}
	}
	return n, nil
}
