package service

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"

	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/logs"
	"github.com/fn-slack/fn-slack/processor/mask"
	"github.com/fn-slack/fn-slack/processor/parts"
	"github.com/fn-slack/fn-slack/processor/status"
)

// Config is what a service has of the world outside of its settings. Members
// without a word on it are required.
type Config struct {
	// Load reads the settings. It is called again whenever they may be others.
	Load func() (*config.Settings, error)
	// Getenv looks up what the settings leave to the environment: proxies, the
	// home folder, the lock file (APP_LOCK_FILE), and whether journald reads the
	// log (JOURNAL_STREAM).
	Getenv func(name string) (value string, ok bool)
	// Stderr gets the log, in one of the formats that package logs knows.
	Stderr    io.Writer
	LogFormat string
	// Version is that of the program, and Host the name of this machine.
	Version, Host string
	// Reload asks for a look at the settings, whether or not they have changed:
	// SIGHUP, where the program has it. Nil is never.
	Reload <-chan os.Signal
	// Secrets gets to know those of the settings and of the platform's sessions,
	// and is what hides them in the log and in the status. Nil is one of the
	// service's own.
	Secrets *mask.Secrets
	// Watch runs beside the service until its ctx ends, and is waited for. It
	// sees on the board how the service is. Nil is nobody.
	Watch func(ctx context.Context, board *status.Board, log *slog.Logger)
}

// Run is one instance of the service: it holds the lock file, and works until
// ctx ends with the settings as they are at the time, then finishes what it
// holds. It returns nil then, and otherwise why it cannot work.
func Run(ctx context.Context, cfg Config) (err error) {
	if cfg.Secrets == nil {
		cfg.Secrets = &mask.Secrets{}
	}
	load := cfg.Load
	// Before anything is done with settings, also with those that are only tried.
	cfg.Load = func() (*config.Settings, error) {
		s, err := load()
		parts.Hide(cfg.Secrets, s, cfg.Getenv)
		return s, err
	}
	s, err := cfg.Load()
	if err != nil {
		return err
	}
	unlock, err := lockInstance(ctx, cfg.Getenv)
	if err != nil {
		return err
	}
	defer unlock()
	journald, _ := cfg.Getenv("JOURNAL_STREAM")
	log := logs.Open(s, logs.Output{Stderr: cfg.Stderr, Format: cfg.LogFormat, Journald: journald != "", Secrets: cfg.Secrets})
	defer func() { err = errors.Join(err, log.Close()) }()

	board := status.New(cfg.Version, cfg.Host, cfg.Secrets, log)
	ctx, stop := context.WithCancel(ctx)
	var beside sync.WaitGroup
	defer beside.Wait()
	defer stop()
	// The status outlives the signal, because draining is worth a look.
	looking, stopLooking := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLooking()
	beside.Go(func() { status.Serve(looking, s.Slack.StatusAddress, s.Slack.StatusHosts, board, log.Logger) })
	if cfg.Watch != nil {
		beside.Go(func() { cfg.Watch(ctx, board, log.Logger) })
	}
	v := &supervisor{Config: cfg, log: log, board: board}
	return v.run(ctx, s)
}
