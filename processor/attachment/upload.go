package attachment

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// uploaded is the result of the step that brings the bytes to Slack.
type uploaded struct {
	ID     string `json:"id"`
	Shared bool   `json:"shared,omitempty"` // by another instance
}

// title is the file's in Slack.
func (p *post) title() string {
	return render.FileTitle(p.file.Incident, p.file.Of, p.name)
}

// upload brings the file to Slack and shows it.
func (p *post) upload(ctx context.Context) (shown, error) {
	up, err := p.bytes().Take(ctx, p.t)
	if err != nil {
		return shown{}, err
	}
	if err := p.t.AwaitTurn(ctx, p.room.ID); err != nil {
		return shown{}, err
	}
	if !up.Shared {
		if _, err := p.share(up.ID).Take(ctx, p.t); err != nil {
			return shown{}, err
		}
	}
	p.t.PassTurn() // the next call need not wait until Slack has looked through the file
	p.t.Status(ctx, fmt.Sprintf("File %q added to Slack", p.name))
	return p.see(ctx, up.ID), nil
}

// bytes is the step after which Slack has the bytes, and nobody sees them.
func (p *post) bytes() processor.Step[uploaded] {
	return processor.Step[uploaded]{
		Name: "upload", Done: "uploaded", What: "file", Where: "Slack",
		// What the journal does not have was not shared by us, but maybe by another
		// instance, with a journal of its own.
		Find: func(ctx context.Context, oldest time.Time) (uploaded, bool, error) {
			f, found, err := p.cfg.Slack.FindFile(ctx, p.title(), p.file.Size, p.room.ID, oldest)
			return uploaded{f.ID, true}, found, inDoubt(err)
		},
		Do: func(ctx context.Context, _ processor.Permit) (up uploaded, err error) {
			err = p.insist(ctx, func() error {
				up.ID, err = p.cfg.Slack.Upload(ctx, slackapi.Upload{Name: p.name, Size: p.file.Size, Open: p.open})
				return err
			})
			return up, err
		},
	}
}

// open opens the contents for a try to upload them.
func (p *post) open(ctx context.Context) (io.ReadCloser, error) {
	return p.cfg.Platform.Contents(ctx, p.file)
}

// share is the step that shows the file in the channel.
func (p *post) share(id string) processor.Step[bool] {
	return processor.Step[bool]{
		Name: "share", Done: "posted", What: "file", Where: "Slack",
		Find: func(ctx context.Context, _ time.Time) (bool, bool, error) {
			there, err := p.cfg.Slack.Shared(ctx, id, p.room.ID)
			return true, there, inDoubt(err)
		},
		Do: func(ctx context.Context, permit processor.Permit) (bool, error) {
			s := slackapi.Share{File: id, Title: p.title(), Channel: p.room.ID, ThreadTS: p.thread, Comment: p.comment}
			err := p.cfg.Slack.Share(ctx, s, permit)
			if slackapi.Code(err) == "not_in_channel" && !p.room.Private { // messages can be posted from outside, files cannot
				if err := p.cfg.Slack.Join(ctx, p.room.ID, permit); err != nil {
					return false, err
				}
				err = p.cfg.Slack.Share(ctx, s, permit)
			}
			return true, err
		},
	}
}

// inDoubt is the error of a lookup for what a process that died may have posted.
func inDoubt(err error) error {
	if err == nil {
		return nil
	}
	return &slackapi.UnknownError{Reason: "this call was begun before, by a process that ended", Lookup: err.Error()}
}

// see waits until Slack shows the file. That it does not is no failure: it is posted.
func (p *post) see(ctx context.Context, id string) shown {
	file, found, err := p.cfg.Slack.AwaitShare(ctx, id, p.room.ID)
	done := shown{file: file}
	done.file.ID = id
	switch {
	case err != nil:
		done.note = "The link to the file is not known: " + processor.Sentence(err)
		return done
	case !found:
		done.note = "Slack has the file, but does not show it in #" + p.room.Name + " yet"
		return done
	}
	done.message, _ = file.In(p.room.ID)
	done.link = p.link(ctx, done.message)
	return done
}

// link leads to a message; "" where it is not known.
func (p *post) link(ctx context.Context, m slackapi.Posted) string {
	link, err := p.cfg.Slack.Permalink(ctx, m)
	if err != nil {
		p.cfg.Log.DebugContext(ctx, "no permalink", "error", err)
	}
	return link
}
