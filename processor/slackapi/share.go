package slackapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// File is a file that is in Slack.
type File struct {
	ID        string                        `json:"id"`
	Name      string                        `json:"name"`
	Title     string                        `json:"title"`
	Size      int64                         `json:"size"`
	User      string                        `json:"user"` // who has uploaded it
	Created   int64                         `json:"created"`
	Permalink string                        `json:"permalink"`
	Shares    map[string]map[string][]share `json:"shares"` // by kind and id of channels
}

// share is a message that has a file.
type share struct {
	TS       string `json:"ts"`
	ThreadTS string `json:"thread_ts"`
}

// In is the first message of a channel that has the file.
func (f File) In(channel string) (m Posted, found bool) {
	for _, byChannel := range f.Shares {
		if len(byChannel[channel]) == 0 {
			continue
		}
		s := byChannel[channel][0]
		if s.ThreadTS == s.TS {
			s.ThreadTS = "" // a parent names itself once it has replies
		}
		return Posted{Channel: channel, TS: s.TS, ThreadTS: s.ThreadTS}, s.TS != ""
	}
	return Posted{}, false
}

// Share is the message that is to show a file.
type Share struct {
	File     string // id
	Title    string
	Channel  string // id
	ThreadTS string
	Comment  string // mrkdwn
}

// Share shows a file in a channel, of which the app must be a member. It is tried
// again until the delivery timeout, after an ambiguous answer only where Slack does
// not have the file. The errors are those of [Poster.Post].
func (p *Poster) Share(ctx context.Context, s Share, permit Permit) error {
	deadline, pause := p.patience(), backoff{min: p.cfg.MinBackoff, max: p.cfg.MaxBackoff}
	begun := time.Now()
	for tries := 1; ; tries++ {
		sent := time.Now()
		err := p.share(ctx, s, permit)
		var (
			last  *UnavailableError
			doubt *UnknownError
			wait  = pause.next()
		)
		switch {
		case errors.As(err, &doubt):
			// Slack may go on working on a request that was cut off.
			wait = max(wait, 2*p.cfg.LookupDelay, time.Until(sent.Add(p.cfg.RequestTimeout*3/2)))
			last = &UnavailableError{Reason: doubt.Reason + ", and the file is not there", Err: doubt.Err, Elsewhere: doubt.Elsewhere}
		case errors.As(err, &last):
			if last.RetryAfter > 0 {
				wait = last.RetryAfter
			}
		default:
			return err
		}
		at := time.Now().Add(wait)
		if doubt != nil {
			there, err := p.sharedMeanwhile(ctx, s, at)
			if err != nil {
				doubt.Lookup = err.Error()
				return doubt
			}
			if there {
				return nil
			}
		}
		if at.After(deadline) {
			last.Tries, last.Waited = tries, time.Since(begun)
			return last
		}
		if err := p.sleepers.sleepUntil(ctx, at); err != nil {
			return err
		}
	}
}

// sharedMeanwhile looks soon, and again at a moment, for what Slack may have done in
// spite of an ambiguous answer.
func (p *Poster) sharedMeanwhile(ctx context.Context, s Share, at time.Time) (there bool, err error) {
	for _, look := range []time.Time{time.Now().Add(p.cfg.LookupDelay), at} {
		if err := p.sleepers.sleepUntil(ctx, look); err != nil {
			return false, err
		}
		if there, err = p.Shared(ctx, s.File, s.Channel); there || err != nil {
			break
		}
	}
	return there, err
}

// share is one try.
func (p *Poster) share(ctx context.Context, s Share, permit Permit) error {
	rec := &recorder{most: maxBody}
	if permit != nil {
		var err error
		if rec.until, err = permit(ctx); err != nil {
			return &UnavailableError{Reason: "it may not be posted from here now", Err: err}
		}
	}
	x := p.exchange(ctx, rec, func(ctx context.Context, api *slack.Client) error {
		_, err := api.CompleteUploadExternalContext(ctx, slack.CompleteUploadExternalParameters{
			Files:   []slack.FileSummary{{ID: s.File, Title: s.Title}},
			Channel: s.Channel, ThreadTimestamp: s.ThreadTS, InitialComment: s.Comment,
		})
		return err
	})
	_, err := x.verdict(s.Channel)
	return err
}

// Shared says whether a file was shared in a channel. Before the upload is completed
// Slack knows of no such file. Where it has the file and does not show it there in
// time, nobody can tell, and that is an error.
func (p *Poster) Shared(ctx context.Context, id, channel string) (bool, error) {
	f, found, err := p.AwaitShare(ctx, id, channel)
	switch {
	case err != nil:
		return false, err
	case f.ID != "" && !found:
		return false, errors.New("the file is in Slack, but not shown in the channel yet")
	}
	return found, nil
}

// AwaitShare gives a file as soon as it is shown in a channel, for which Slack takes
// its time: it looks through files first. After a while the file is given all the
// same, with false. It has no id where Slack does not know it.
func (p *Poster) AwaitShare(ctx context.Context, id, channel string) (f File, found bool, err error) {
	const method = "files.info"
	end := time.Now().Add(2 * p.cfg.RequestTimeout)
	for pause := (backoff{min: p.cfg.MinBackoff, max: p.cfg.MaxBackoff}); ; {
		x, _, err := p.read(ctx, method, channel, p.patience(), func(ctx context.Context, api *slack.Client) error {
			_, _, _, err := api.GetFileInfoContext(ctx, id, 1, 1)
			return err
		})
		if code := Code(err); code == "file_not_found" || code == "file_deleted" {
			return File{}, false, nil
		}
		if err != nil {
			return File{}, false, err
		}
		var a struct {
			File File `json:"file"`
		}
		if err := json.Unmarshal(x.body, &a); err != nil {
			return File{}, false, fmt.Errorf("slack: %s: %w", method, err)
		}
		_, found = a.File.In(channel)
		at := time.Now().Add(pause.next())
		if found || at.After(end) {
			return a.File, found, nil
		}
		if err := p.sleepers.sleepUntil(ctx, at); err != nil {
			return File{}, false, err
		}
	}
}

// FindFile looks for a file that this app has uploaded, after oldest, by its title
// and size: shares of files carry no delivery id. It must be in the channel, or in
// none yet.
func (p *Poster) FindFile(ctx context.Context, title string, size int64, channel string, oldest time.Time) (File, bool, error) {
	const method = "files.list"
	x, _, err := p.read(ctx, "auth.test", "", p.patience(), func(ctx context.Context, api *slack.Client) error {
		_, err := api.AuthTestContext(ctx)
		return err
	})
	if err != nil {
		return File{}, false, err
	}
	var who slack.AuthTestResponse
	if err := json.Unmarshal(x.body, &who); err != nil {
		return File{}, false, fmt.Errorf("slack: auth.test: %w", err)
	}
	from := slack.JSONTime(oldest.Add(-time.Duration(p.ahead.Load())).Unix())
	for page := 1; page <= maxPages; page++ {
		x, _, err := p.read(ctx, method, channel, p.patience(), func(ctx context.Context, api *slack.Client) error {
			_, _, err := api.GetFilesContext(ctx, slack.GetFilesParameters{
				User: who.UserID, TimestampFrom: from, TimestampTo: slack.DEFAULT_FILES_TS_TO, Types: slack.DEFAULT_FILES_TYPES, Count: pageSize, Page: page,
			})
			return err
		})
		if err != nil {
			return File{}, false, err
		}
		var list struct {
			Files  []File `json:"files"`
			Paging struct {
				Pages int `json:"pages"`
			} `json:"paging"`
		}
		if err := json.Unmarshal(x.body, &list); err != nil {
			return File{}, false, fmt.Errorf("slack: %s: %w", method, err)
		}
		for _, f := range list.Files {
			_, there := f.In(channel)
			if mrkdwn.Unescape(f.Title) == title && f.Size == size && f.User == who.UserID && (there || len(f.Shares) == 0) { // Slack escapes some of its answers
				return f, true, nil
			}
		}
		if page >= list.Paging.Pages {
			return File{}, false, nil
		}
	}
	return File{}, false, fmt.Errorf("slack: %s: more than %d files since %s", method, maxPages*pageSize, oldest.Format(time.RFC3339))
}
