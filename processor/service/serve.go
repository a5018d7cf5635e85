package service

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/parts"
	"github.com/fn-slack/fn-slack/processor/slackapi"
	"github.com/fn-slack/fn-slack/processor/status"
)

// drain is how long calls in work may go on after SIGTERM. systemd and
// Kubernetes kill after 90 s and 30 s; the broker's consumer waits as long.
const drain = broker.DefaultDrainTimeout

// Serve is the service with one set of settings: it logs into the platform,
// connects to the broker and works until ctx ends, then finishes what it holds.
// It returns nil then. What it is made of is on the board meanwhile.
func Serve(ctx context.Context, m parts.Maker, board *status.Board) error {
	_, err := serve(ctx, m, board)
	return err
}

// serve also says whether the broker ever handed out calls to this service: what
// ends one that worked is not its settings.
func serve(ctx context.Context, m parts.Maker, board *status.Board) (served bool, err error) {
	for _, note := range m.Settings.Notes {
		m.Log.InfoContext(ctx, "configuration", "note", note)
	}
	for _, warning := range m.Settings.Warnings {
		m.Log.WarnContext(ctx, "configuration", "warning", warning)
	}
	state, err := m.StateDir()
	if err != nil {
		return false, err
	}
	store, err := journal.Open(journal.Config{
		Path: filepath.Join(state, "journal.log"), Log: m.Log,
		Resume: processor.Resume(m.Settings.Slack.RequestTimeout, m.Settings.Slack.SharedQueue),
	})
	if err != nil {
		return false, fmt.Errorf("%w; %s", err, journalRemedy(err))
	}
	defer store.Close()
	if err := board.KeepToken(state); err != nil {
		m.Log.WarnContext(ctx, "fn-slack status --show-text will not work", "error", err)
	}
	poster, err := m.Poster(board.Timed)
	if err != nil {
		return false, err
	}
	scripts, err := m.Engine(state, board.Reloaded)
	if err != nil {
		return false, err
	}
	board.Begin(m.Settings.File, store, scripts)
	defer board.End()
	s := &serving{Maker: m, board: board, store: store, poster: poster, scripts: scripts, state: state, loaded: make(chan struct{})}
	if err = s.run(ctx); err != nil {
		m.Log.Info("ended", "error", err)
	} else {
		m.Log.Info("ended")
	}
	return s.consumer != nil && s.consumer.State().Connects > 0, err
}

// serving is a service with its parts.
type serving struct {
	parts.Maker
	board    *status.Board
	store    *journal.Journal
	poster   *slackapi.Poster
	scripts  *engine.Engine
	state    string           // folder
	loaded   chan struct{}    // closed when the scripts are there
	consumer *broker.Consumer // nil until the platform has named the queues; not to be read before run returns
	pause    *time.Timer      // until memory is given back
}

// pause is how long no call ends until what calls and start have left behind goes
// back to the system. It would stay in use otherwise until as much again is allocated.
const pause = time.Second

// hintsAfter is how long after the scripts are there they are tried on each other's
// samples: until then the workers are for the calls that have waited for the start, and
// for the engine, which puts to the test what was good before.
const hintsAfter = 5 * time.Second

func (s *serving) run(ctx context.Context) error {
	s.pause = time.AfterFunc(pause, debug.FreeOSMemory)
	defer s.pause.Stop()
	group, ctx := errgroup.WithContext(ctx)
	// The scripts outlive the signal, because calls in work still need them.
	rendering, stopRendering := context.WithCancel(context.WithoutCancel(ctx))
	group.Go(func() error {
		s.scripts.Load(ctx)
		s.board.Loaded()
		close(s.loaded)
		return s.scripts.Run(rendering)
	})
	group.Go(func() error {
		<-s.loaded
		select {
		case <-time.After(hintsAfter):
			s.TellOvertaken(ctx, s.scripts)
		case <-ctx.Done():
		}
		return nil
	})
	group.Go(func() error {
		defer stopRendering()
		return s.work(ctx)
	})
	return group.Wait()
}

// work learns from the platform where the calls are, and works them off.
func (s *serving) work(ctx context.Context) error {
	platform, err := findPlatform(ctx, s.Maker, s.board)
	if err != nil {
		if ctx.Err() != nil {
			return nil // it only says that the service was told to end
		}
		return err
	}
	defer platform.Close()
	address, err := s.Broker(platform.queues...)
	if err != nil {
		return err
	}
	if !s.Settings.Slack.SharedQueue && !s.store.Lost() { // or what came first may have been another's
		address.Left = s.left
	}
	if s.consumer, err = broker.New(address); err != nil {
		return err
	}
	work, err := s.processor(platform)
	if err != nil {
		return err
	}
	s.board.Working(s.consumer, work, s.poster)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if s.Settings.Slack.SharedQueue {
			<-s.loaded // or the other instances would lack what waits here
		}
		return s.consumer.Run(ctx)
	})
	group.Go(func() error {
		s.poster.Introduce(ctx)
		return nil
	})
	group.Go(func() error {
		<-s.loaded // what the broker hands out meanwhile waits for its layout
		return work.Run(ctx)
	})
	return group.Wait()
}

// left has the journal know what the broker has handed to this service and to nobody
// before it, so that the next start has no doubt of it. Most of it is known: it is
// begun. An error does no harm, and shows where it does.
func (s *serving) left(id string) { _, _, _ = s.store.Begin(id, false) }

func (s *serving) processor(p platform) (*processor.Processor, error) {
	return processor.New(processor.Config{
		Deliveries:   s.consumer.Deliveries(),
		Journal:      s.store,
		Functions:    s.functions(p),
		Package:      "fn-slack",
		Version:      s.Version,
		Host:         s.Host,
		Drain:        drain,
		Idle:         s.poster.Idle,
		OnUnknown:    onUnknown(s.Settings),
		Shared:       s.Settings.Slack.SharedQueue,
		SlackTimeout: s.Settings.Slack.RequestTimeout,
		Finished:     func(f processor.Finished) { s.pause.Reset(pause); s.board.Finished(f) },
		Trap:         s.Settings.Resilient.TrapException,
		Log:          s.Log,
	})
}

func onUnknown(s *config.Settings) processor.Unknown {
	if s.Slack.HoldUnknown {
		return processor.Hold
	}
	return processor.Resend
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
