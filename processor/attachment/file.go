package attachment

import (
	"context"
	"fmt"
	"time"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/processor/kind"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// maxFile is Slack's general limit of a file, in bytes: 1 GB,
// https://slack.com/help/articles/201330736. A workspace may have a lower one.
const maxFile = 1 << 30

// find asks the platform for the file of a call, and whether it is a malware sample.
func (f *Function) find(ctx context.Context, in inputs) (file resilient.File, sample bool, err error) {
	err = f.insist(ctx, func() error {
		if in.artifact == 0 {
			file, err = f.cfg.Platform.Attachment(ctx, in.wish.Incident, in.wish.Task, in.attachment)
			return err
		}
		a, err := f.cfg.Platform.Artifact(ctx, in.wish.Incident, in.artifact)
		if err == nil && a.File == nil {
			return &unfit{fmt.Sprintf("artifact %d of incident %d has no file: correct artifact_id, or post its value with slack_post_message.", in.artifact, in.wish.Incident), "the artifact has no file"}
		}
		if err == nil {
			file, sample = *a.File, a.Sample
		}
		return err
	})
	switch {
	case err != nil:
		return file, false, err
	case in.artifact == 0 && file.Of == "artifact": // which may be malware
		return file, false, &unfit{fmt.Sprintf("attachment %d is the file of an artifact: name that one in artifact_id.", in.attachment), "the attachment is an artifact's"}
	case file.Size <= 0:
		return file, false, &unfit{fmt.Sprintf("the file %q is empty, and Slack takes no empty files.", file.Name), "the file is empty"}
	case file.Size > maxFile:
		return file, false, &unfit{fmt.Sprintf("the file %q has %d bytes, and Slack takes %d at most.", file.Name, file.Size, maxFile), "the file is too large for Slack"}
	}
	return file, sample, nil
}

// shownName is a file's name without what would deceive who reads it.
func shownName(name string) string {
	if name = mrkdwn.OneLine(name); mrkdwn.Blank(name) {
		return "file"
	}
	return name
}

// insist asks the platform again while time may heal what is wrong.
func (f *Function) insist(ctx context.Context, do func() error) error {
	end := time.Now().Add(f.cfg.Timeout)
	for pause := time.Second; ; pause = min(2*pause, 30*time.Second) {
		err := do()
		if err == nil || !resilient.Temporary(err) || ctx.Err() != nil || time.Now().Add(pause).After(end) {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// unfit is a file that Slack cannot get.
type unfit struct {
	what   string // it may quote the file's name
	reason string // the same without it
}

func (e *unfit) Error() string { return e.what }

func (e *unfit) Kind() (kind.Kind, string) { return kind.Input, e.reason }
