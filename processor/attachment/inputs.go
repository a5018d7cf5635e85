package attachment

import (
	"errors"
	"strings"

	"github.com/fn-slack/fn-slack/processor/channel"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// inputs are those of one call, read; the comment's are read where it is rendered.
type inputs struct {
	wish                 channel.Wish
	named                string // the channel that the call names, "" where it names none
	attachment, artifact int    // 0: not that; the latter counts first
	thread               string
}

// readInputs reads the inputs. All that is wrong is reported at once.
func readInputs(from resilient.Inputs) (in inputs, err error) {
	room, err := render.ReadRoom(from)
	errs := []error{err}
	in.wish, in.named = channel.Wish(room), room.Named()
	in.attachment, err = from.Number("attachment_id")
	errs = append(errs, err)
	in.artifact, err = from.Number("artifact_id")
	errs = append(errs, err)
	in.thread, err = from.Text("slack_thread_id")
	in.thread = strings.TrimSpace(in.thread)
	if errs = append(errs, err); errors.Join(errs...) == nil && in.attachment == 0 && in.artifact == 0 {
		errs = append(errs, &resilient.InputError{Name: "attachment_id", Got: "nothing", Want: "the number of an attachment, or in artifact_id that of an artifact with a file"})
	}
	return in, errors.Join(errs...)
}
