package service

import (
	"context"
	"log/slog"
	"reflect"
	"time"

	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/logs"
	"github.com/fn-slack/fn-slack/processor/parts"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/status"
)

const (
	// lookAtSettings is how often the settings file is looked at. It is small,
	// and looking works where events of the file system do not: mounts of
	// containers, network drives.
	lookAtSettings = 500 * time.Millisecond
	// tryAgain is when settings are tried again that could not be tried because
	// something was away.
	tryAgain = 30 * time.Second
)

// supervisor keeps the service running with the settings as they are, and takes
// over changed ones: it tries them first, then lets the service finish what it
// holds and starts it with the new ones. Settings that do not work leave the
// old ones in use.
type supervisor struct {
	Config
	log   *logs.Log
	board *status.Board
	seen  render.Seen // a change of settings does not forget it
}

// ending is how a service has ended.
type ending struct {
	served bool // it was subscribed at least once
	err    error
}

// run serves until ctx ends, or until the service ends with settings that have
// never worked.
func (v *supervisor) run(ctx context.Context, s *config.Settings) error {
	var before *config.Settings // those to go back to
	watched := newWatchedFiles(s)
	pause := time.Duration(0) // more than 0 once these settings have worked and the service has ended all the same
	for {
		serving, stop := context.WithCancel(ctx)
		ended := make(chan ending, 1)
		go func() {
			served, err := serve(serving, v.maker(s, v.log.Logger), v.board)
			ended <- ending{served, err}
		}()
		next, end := v.wait(ctx, s, watched, ended)
		stop()
		switch {
		case next != nil:
			if end := <-ended; end.err != nil {
				v.log.Warn("the service did not end well before the change of its settings", "error", end.err)
			}
			before, s, pause = s, next, 0
			watched.follow(s)
			v.log.Use(s)
			v.board.Took()
			v.log.Info("changed settings are in use", "file", s.File)
		case end.err == nil || ctx.Err() != nil:
			return end.err
		case end.served || pause > 0:
			// It worked, so time or a person can heal what ended it, such as a
			// full disk. The broker keeps the calls meanwhile.
			before = nil
			pause = min(max(2*pause, time.Second), time.Minute)
			what := "the service has stopped and will start again"
			if !end.served {
				what = "the service cannot start again"
			}
			v.log.Error(what, "error", end.err, "wait", pause)
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(pause):
			}
		case before != nil:
			v.log.Error("the service does not start with the changed settings and goes back to those before", "error", end.err)
			v.board.Refused(end.err)
			s, before = before, nil
			v.log.Use(s)
		default:
			return end.err
		}
	}
}

func (v *supervisor) maker(s *config.Settings, log *slog.Logger) parts.Maker {
	return parts.Maker{Settings: s, Getenv: v.Getenv, Version: v.Version, Host: v.Host, Log: log, Secrets: v.Secrets, Seen: &v.seen}
}

// wait waits for settings to go on with, or for the end of the service: next is
// nil then.
func (v *supervisor) wait(ctx context.Context, s *config.Settings, watched *watchedFiles, ended <-chan ending) (next *config.Settings, end ending) {
	look := time.NewTicker(lookAtSettings)
	defer look.Stop()
	for {
		asked := false
		select {
		case end := <-ended:
			return nil, end
		case <-v.Reload:
			asked = true
			watched.read()
			v.log.Info("SIGHUP: the settings are read again")
		case <-look.C:
			if !watched.changed() {
				continue
			}
			v.log.Info("the settings file has changed", "file", s.File)
		}
		next, err := v.Load()
		// Other certificates under the same names are a change, too.
		if err == nil && !asked && !watched.certificates && same(s, next) {
			v.board.Took()
			continue // only comments, or what nobody reads
		}
		if err == nil {
			err = v.try(ctx, s, next, watched.certificates)
		}
		if err == nil {
			return next, ending{}
		}
		if ctx.Err() != nil {
			continue // the service ends, and its error is what counts
		}
		v.board.Refused(err)
		v.log.Error("changed settings are refused, the service goes on with those before", "error", err)
		if resilient.Temporary(err) || unavailable(err) {
			watched.retry(tryAgain)
		}
	}
}

// same reports whether two settings have the same effect.
func same(a, b *config.Settings) bool {
	return reflect.DeepEqual(a.Resilient, b.Resilient) && reflect.DeepEqual(a.Slack, b.Slack)
}
