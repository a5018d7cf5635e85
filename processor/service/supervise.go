package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"syscall"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

const (
	// lookAtSettings is how often the settings file is looked at. It is small,
	// and looking works where events of the file system do not: mounts of
	// containers, network drives.
	lookAtSettings = 500 * time.Millisecond
	// proveTimeout bounds the trial of changed settings.
	proveTimeout = 30 * time.Second
	// proveAgain is when settings are tried again that could not be tried
	// because something was away.
	proveAgain = 30 * time.Second
)

// supervisor keeps the service running with the settings as they are, and takes
// over changed ones: it tries them first, then lets the service finish what it
// holds and starts it with the new ones. Settings that do not work leave the
// old ones in use.
type supervisor struct {
	load  func() (*config.Settings, error)
	env   environment
	logs  *logs
	board *board
}

// run serves until ctx ends, or until the service ends with settings that have
// never worked.
func (v *supervisor) run(ctx context.Context, s *config.Settings) error {
	hangup := make(chan os.Signal, 1) // one that waits is as good as many
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)

	var before *config.Settings // those to go back to
	watched := newWatchedFiles(s)
	pause := time.Duration(0)
	for {
		serving, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- serve(serving, s, v.env, v.logs.Logger, v.board) }()
		next, err := v.wait(ctx, s, watched, hangup, ended)
		stop()
		switch {
		case next != nil:
			if err := <-ended; err != nil {
				v.logs.Warn("the service did not end well before the change of its settings", "error", err)
			}
			before, s, pause = s, next, 0
			watched.follow(s)
			v.logs.use(s)
			v.board.fresh()
			v.board.took()
			v.logs.Info("changed settings are in use", "file", s.File)
		case err == nil || ctx.Err() != nil:
			return err
		case v.board.haveServed():
			// It worked, so time or a person can heal what ended it, such as a
			// full disk. The broker keeps the calls meanwhile.
			before = nil
			pause = min(max(2*pause, time.Second), time.Minute)
			v.logs.Error("the service has stopped and will start again", "error", err, "wait", pause)
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(pause):
			}
		case before != nil:
			v.logs.Error("the service does not start with the changed settings and goes back to those before", "error", err)
			v.board.refused(err)
			s, before = before, nil
			v.logs.use(s)
		case pause > 0: // it does not start again yet
			pause = min(2*pause, time.Minute)
			v.logs.Error("the service cannot start again", "error", err, "wait", pause)
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(pause):
			}
		default:
			return err
		}
	}
}

// wait waits for the end of the service, or for settings to go on with.
func (v *supervisor) wait(ctx context.Context, s *config.Settings, watched *watchedFiles, hangup <-chan os.Signal, ended <-chan error) (*config.Settings, error) {
	look := time.NewTicker(lookAtSettings)
	defer look.Stop()
	for {
		asked := false
		select {
		case err := <-ended:
			return nil, err
		case <-hangup:
			asked = true
			watched.read()
			v.logs.Info("SIGHUP: the settings are read again")
		case <-look.C:
			if !watched.changed() {
				continue
			}
			v.logs.Info("the settings file has changed", "file", s.File)
		}
		next, err := v.load()
		// Other certificates under the same names are a change, too.
		if err == nil && !asked && !watched.certificates && same(s, next) {
			v.board.took()
			continue // only comments, or what nobody reads
		}
		if err == nil {
			err = v.prove(ctx, s, next, watched.certificates)
		}
		if err == nil {
			return next, nil
		}
		if ctx.Err() != nil {
			continue // the service ends, and its error is what counts
		}
		v.board.refused(err)
		v.logs.Error("changed settings are refused, the service goes on with those before", "error", err)
		if resilient.Temporary(err) || unavailable(err) {
			watched.retry(proveAgain)
		}
	}
}

func unavailable(err error) bool {
	var slack *slackapi.UnavailableError
	return errors.As(err, &slack)
}

// same reports whether two settings have the same effect.
func same(a, b *config.Settings) bool {
	return reflect.DeepEqual(a.Resilient, b.Resilient) && reflect.DeepEqual(a.Slack, b.Slack)
}

// prove tries what can be tried beside the running service. certificates says
// that the files of certificates have another content.
func (v *supervisor) prove(ctx context.Context, s, next *config.Settings, certificates bool) error {
	ctx, cancel := context.WithTimeout(ctx, proveTimeout)
	defer cancel()
	quiet := slog.New(slog.DiscardHandler) // what goes wrong is returned
	state, err := stateDir(next, v.env)
	if err != nil {
		return err
	}
	if err := writable(state); err != nil {
		return err
	}
	client, err := newClient(ctx, next, v.env, quiet, 0)
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := client.Login(ctx)
	if err != nil {
		return err
	}
	function, err := client.Function(ctx, render.Function)
	if err != nil {
		return err
	}
	if certificates || !reflect.DeepEqual(s.Resilient, next.Resilient) {
		address, err := brokerConfig(next, queueName(session, function), v.env, quiet)
		if err != nil {
			return err
		}
		if err := broker.Check(ctx, address); err != nil {
			return err
		}
	}
	poster, err := newPoster(next, v.env, quiet, v.board)
	if err != nil {
		return err
	}
	if _, err := poster.AuthTest(ctx); err != nil {
		return err
	}
	v.needsRestart(s, next)
	return nil
}

// needsRestart names the changes that only a new start takes up.
func (v *supervisor) needsRestart(s, next *config.Settings) {
	a, b := s.Resilient, next.Resilient
	for name, differs := range map[string]bool{
		"logdir": a.LogDir != b.LogDir, "logfile": a.LogFile != b.LogFile,
		"log_max_bytes": a.LogMaxBytes != b.LogMaxBytes, "log_backup_count": a.LogBackupCount != b.LogBackupCount,
		"status_address": s.Slack.StatusAddress != next.Slack.StatusAddress,
	} {
		if differs {
			v.logs.Warn("this setting takes effect with the next start of the service", "setting", name)
		}
	}
}

// writable makes a folder where it is missing, and tries to write a file there.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("state_dir: %w", err)
	}
	f, err := os.CreateTemp(dir, ".try-*")
	if err != nil {
		return fmt.Errorf("state_dir: %w", err)
	}
	_, err = f.Write(make([]byte, 4096)) // a full disk shows here
	err = errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
	if err != nil {
		return fmt.Errorf("state_dir %s: %w", filepath.Dir(f.Name()), err)
	}
	return nil
}
