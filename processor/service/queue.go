package service

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/parts"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/status"
)

// platform is a client that has logged in, and what it was told.
type platform struct {
	*resilient.Client
	session resilient.Session
	queues  []string // to which the functions' calls are sent
}

// orgID stands in links for who has several organisations.
func (p platform) orgID() int {
	if p.session.Orgs > 1 {
		return p.session.OrgID
	}
	return 0
}

// findPlatform logs in and asks for the queues. It goes on asking while the platform is
// away. The client is to be closed.
func findPlatform(ctx context.Context, m parts.Maker, board *status.Board) (p platform, err error) {
	client, err := m.Client(ctx, 0)
	if err != nil {
		return p, err
	}
	defer func() {
		if err != nil {
			client.Close()
		}
	}()
	r := patience{m.Settings.Resilient, m.Log, board}
	var session resilient.Session
	err = r.try(ctx, r.MaxConnectionRetries, func() (err error) {
		session, err = client.Login(ctx)
		return err
	})
	if err != nil {
		return p, err
	}
	var found parts.Queues
	err = r.try(ctx, r.RequestMaxRetries, func() (err error) {
		found, err = parts.FindQueues(ctx, client, session, Functions())
		return err
	})
	if err != nil {
		return p, err
	}
	for _, missing := range found.Missing {
		m.Log.InfoContext(ctx, "a function is not used", "why", missing)
	}
	queues := strings.Join(found.Names, ", ")
	m.Log.InfoContext(ctx, "platform", "url", client.URL(), "org", session.OrgName, "org_id", session.OrgID, "queue", queues)
	board.Found(client.URL(), session.OrgName, queues)
	return platform{client, session, found.Names}, nil
}

// patience is how a request to the platform is tried again.
type patience struct {
	config.Resilient
	log   *slog.Logger
	board *status.Board
}

// try asks until it works, up to so many times (0 is without end), as long as
// time may heal the error. The pauses are those of the settings, but never more
// than a minute: the original's grow for ever.
func (p patience) try(ctx context.Context, times int, ask func() error) error {
	wait := p.RequestRetryDelay
	for i := 1; ; i++ {
		err := ask()
		if err == nil || ctx.Err() != nil || !resilient.Temporary(err) || i == times {
			return err
		}
		wait = min(max(wait, time.Millisecond), time.Minute)
		p.board.Trying(err)
		p.log.WarnContext(ctx, "the platform cannot be used; trying again", "error", err, "wait", wait)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait = time.Duration(float64(wait) * p.RequestRetryBackoff)
	}
}
