package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"golang.org/x/sync/errgroup"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/sample"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// drain is how long calls in work may go on after SIGTERM. systemd and
// Kubernetes kill after 90 s and 30 s; the broker's consumer waits as long.
const drain = broker.DefaultDrainTimeout

// gcPercent lets the heap grow to four times of what is in use before it is
// collected. In a burst that is 10 MiB more, and a tenth of the processor's time
// less (fn-slack bench).
const gcPercent = 300

// serve is the service with one set of settings: it logs into the platform,
// connects to the broker and works until ctx ends, then finishes what it holds.
// It returns nil then. What it is made of is on the board meanwhile.
func serve(ctx context.Context, s *config.Settings, env environment, log *slog.Logger, board *board) error {
	for _, note := range s.Notes {
		log.InfoContext(ctx, "configuration", "note", note)
	}
	if _, set := env.getenv("GOGC"); !set {
		debug.SetGCPercent(gcPercent)
	}
	state, err := stateDir(s, env)
	if err != nil {
		return err
	}
	store, err := journal.Open(journal.Config{Path: filepath.Join(state, "journal.db"), Log: log})
	if err != nil {
		return fmt.Errorf("%w; %s", err, journalRemedy(err))
	}
	defer store.Close()
	poster, err := newPoster(s, env, log, board)
	if err != nil {
		return err
	}
	scripts, err := openEngine(s, state, log, board)
	if err != nil {
		return err
	}
	board.begin(s, store, scripts)
	defer board.end()
	group, ctx := errgroup.WithContext(ctx)
	// The scripts outlive the signal, because calls in work still need them.
	rendering, stopRendering := context.WithCancel(context.WithoutCancel(ctx))
	loaded := make(chan struct{})
	group.Go(func() error {
		scripts.Load(ctx)
		board.loaded()
		close(loaded)
		return scripts.Run(rendering)
	})
	group.Go(func() error {
		defer stopRendering()
		queue, err := findQueue(ctx, s, env, log, board)
		if err != nil {
			return stopped(ctx, err)
		}
		address, err := brokerConfig(s, queue, env, log)
		if err != nil {
			return err
		}
		consumer, err := broker.New(address)
		if err != nil {
			return err
		}
		work, err := processor.New(processor.Config{
			Deliveries:   consumer.Deliveries(),
			Journal:      store,
			Renderer:     render.New(renderConfig(s, scripts)),
			Poster:       poster,
			Package:      "fn-slack",
			Version:      version(),
			Host:         hostname(),
			Workers:      s.Resilient.Workers,
			Drain:        drain,
			OnUnknown:    onUnknown(s),
			Shared:       s.Slack.SharedQueue,
			SlackTimeout: s.Slack.RequestTimeout,
			Finished:     board.finished,
			Trap:         s.Resilient.TrapException,
			Log:          log,
		})
		if err != nil {
			return err
		}
		board.working(consumer, work)
		inner, ctx := errgroup.WithContext(ctx)
		inner.Go(func() error {
			if s.Slack.SharedQueue {
				<-loaded // or the other instances would lack what waits here
			}
			return consumer.Run(ctx)
		})
		inner.Go(func() error {
			<-loaded // what the broker hands out meanwhile waits for its layout
			return work.Run(ctx)
		})
		return inner.Wait()
	})
	err = group.Wait()
	if err != nil {
		log.Info("ended", "error", err)
	} else {
		log.Info("ended")
	}
	return err
}

func newPoster(s *config.Settings, env environment, log *slog.Logger, board *board) (*slackapi.Poster, error) {
	return slackapi.New(slackapi.Config{
		Token:           slackapi.NewSecret(string(s.Slack.Token)),
		APIURL:          s.Slack.APIURL,
		HTTPClient:      &http.Client{Transport: board.metrics.timed(transport(env))},
		RequestTimeout:  s.Slack.RequestTimeout,
		DeliveryTimeout: s.Slack.DeliveryTimeout,
		Interval:        cmp.Or(s.Slack.MessageInterval, -1), // a negative one is none
		Log:             log,
	})
}

// stopped is nil for an error that only says that the service was told to end.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// openEngine makes the engine, without its scripts. An empty state folder keeps nothing.
func openEngine(s *config.Settings, state string, log *slog.Logger, board *board) (*engine.Engine, error) {
	dir := cmp.Or(s.Slack.ScriptsDir, defaultScriptsDir)
	if state != "" {
		// Not "scripts": that is the folder of the scripts themselves where the
		// state folder is the working folder, as under systemd.
		state = filepath.Join(state, "last-good")
	}
	return engine.Open(engine.Config{
		Dir:        dir,
		StateDir:   state,
		MaxWorkers: s.Slack.RenderWorkers,
		Check: func(ctx context.Context, e *engine.Engine, script *engine.Script, folder *engine.Snapshot) error {
			return sample.Checker{Renderer: render.New(renderConfig(s, e)), Folder: folder, Dir: dir}.Check(ctx, script)
		},
		Log:      log,
		OnReload: board.metrics.reloaded,
	})
}

func renderConfig(s *config.Settings, e *engine.Engine) render.Config {
	return render.Config{
		Engine: e,
		Options: formatters.Options{
			BaseURL:    s.Resilient.BaseURL(),
			Location:   s.Slack.Location,
			DateFormat: s.Slack.DateFormat,
		},
		Username: s.Slack.Username,
		Fail:     s.Slack.ScriptFail,
	}
}

func onUnknown(s *config.Settings) processor.Unknown {
	if s.Slack.HoldUnknown {
		return processor.Hold
	}
	return processor.Resend
}

// stateDir is where the journal and the last good scripts are kept: as
// configured, or beside the original's files.
func stateDir(s *config.Settings, env environment) (string, error) {
	if s.Slack.StateDir != "" {
		return s.Slack.StateDir, nil
	}
	home, _ := env.getenv("HOME")
	if home == "" {
		return "", errors.New("no folder for the journal: set state_dir in [fn_slack]")
	}
	return filepath.Join(home, ".resilient", "fn-slack"), nil
}

// journalRemedy says what to do about a journal that cannot be opened.
func journalRemedy(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room there, or set state_dir to a folder with room"
	case errors.Is(err, syscall.EFBIG):
		return "the limit of file sizes is too small for the journal: raise it (LimitFSIZE= of the unit, ulimit -f)"
	}
	return "let the service's user write there, and one service alone, or set state_dir to another folder"
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}

// logLevel is slog's level for one of the original's words.
func logLevel(word string) slog.Level {
	switch word {
	case "DEBUG":
		return slog.LevelDebug
	case "WARNING":
		return slog.LevelWarn
	case "ERROR":
		return slog.LevelError
	case "CRITICAL":
		return math.MaxInt
	}
	return slog.LevelInfo
}
