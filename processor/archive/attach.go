package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// attached is a history that the platform has.
type attached struct {
	ID       int    `json:"id"`
	Name     string `json:"name"`
	Messages int    `json:"messages,omitempty"` // 0 where it was found there
}

// kinds are the endings of file names and the types of their contents.
var kinds = map[string]struct{ ending, mime string }{Text: {".txt", "text/plain"}, JSON: {".jsonl", "application/x-ndjson"}}

// fileName is the original's, in letters that no system takes for anything else.
func fileName(channel string, format string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '_'
	}, channel)
	return "Slack_channel_" + name + "_history" + kinds[format].ending
}

// attach attaches the history in a format.
func (a *archiving) attach(ctx context.Context, format string) (attached, error) {
	name := fileName(a.channel.Name, format)
	done, err := processor.Step[attached]{
		Name: "attach/" + format, Done: "attached", What: "history", Where: "the platform",
		Find: func(ctx context.Context, _ time.Time) (done attached, found bool, err error) {
			err = a.insist(ctx, func() (err error) {
				done, found, err = a.look(ctx, name)
				return err
			})
			return done, found, err
		},
		Do: func(ctx context.Context, permit processor.Permit) (attached, error) {
			if err := a.history.finish(ctx); err != nil {
				return attached{}, err
			}
			file, err := a.history.render(ctx, format)
			if err != nil {
				return attached{}, err
			}
			defer file.close()
			done, err := a.upload(ctx, resilient.Upload{
				Incident: a.wish.Incident, Task: a.wish.Task, Name: name, Type: kinds[format].mime, Permit: orNotNow(permit),
				Size: file.size, Body: func() io.Reader { return io.NewSectionReader(file.file, 0, file.size) },
			})
			done.Messages = a.history.count()
			return done, err
		},
	}.Take(ctx, a.t)
	if err != nil {
		return done, err
	}
	count := ""
	if done.Messages > 0 {
		count = fmt.Sprintf(" of %d messages", done.Messages)
	}
	a.t.Status(ctx, fmt.Sprintf("The history%s is attached to %s as %s", count, resID(a.wish), done.Name))
	for _, note := range a.history.names.notes {
		a.note(ctx, note)
	}
	return done, nil
}

// look looks for the attachment of this call.
func (a *archiving) look(ctx context.Context, name string) (attached, bool, error) {
	all, err := a.cfg.Platform.Attached(ctx, a.wish.Incident, a.wish.Task)
	at := slices.IndexFunc(all, func(one resilient.Attached) bool {
		return one.Name == name && !slices.Contains(a.channel.Before, one.ID)
	})
	if err != nil || at < 0 {
		return attached{}, false, err
	}
	return attached{ID: all[at].ID, Name: name}, true, nil
}

// attachedBefore are the attachments of the names that ours will have and that were
// there before a moment; a zero one is now.
func (a *archiving) attachedBefore(ctx context.Context, channel string, moment time.Time) (ids []int, err error) {
	var all []resilient.Attached
	err = a.insist(ctx, func() (err error) {
		all, err = a.cfg.Platform.Attached(ctx, a.wish.Incident, a.wish.Task)
		return err
	})
	for _, one := range all {
		ours := slices.ContainsFunc(a.cfg.Formats, func(f string) bool { return one.Name == fileName(channel, f) })
		if ours && (moment.IsZero() || one.Created.Before(moment)) {
			ids = append(ids, one.ID)
		}
	}
	return ids, err
}

// upload sends the file, and sends it again only after a look has shown that the
// platform does not have it.
func (a *archiving) upload(ctx context.Context, u resilient.Upload) (done attached, err error) {
	var doubt error
	err = a.insist(ctx, func() error {
		if doubt != nil {
			one, found, err := a.look(ctx, u.Name)
			if done = one; found || err != nil {
				return err
			}
			doubt = nil
		}
		one, err := a.cfg.Platform.Attach(ctx, u)
		if done = (attached{ID: one.ID, Name: u.Name}); resilient.Temporary(err) {
			doubt = err
		}
		return err
	})
	if err != nil && doubt != nil {
		err = &unknownError{err}
	}
	return done, err
}

// orNotNow is a permit whose errors pass with time.
func orNotNow(permit processor.Permit) processor.Permit {
	if permit == nil {
		return nil
	}
	return func(ctx context.Context) (time.Time, error) {
		until, err := permit(ctx)
		if err != nil {
			err = &notNow{err}
		}
		return until, err
	}
}

// insist asks the platform again while time may heal what is wrong.
func (a *archiving) insist(ctx context.Context, ask func() error) error {
	end := time.Now().Add(a.cfg.Timeout)
	for pause := time.Second; ; pause = min(2*pause, 30*time.Second) {
		err := ask()
		_, waits := errors.AsType[*notNow](err)
		if err == nil || !waits && !resilient.Temporary(err) || time.Now().Add(pause).After(end) {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
