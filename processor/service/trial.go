package service

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"time"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/parts"
	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// trialTimeout bounds the trial of changed settings.
const trialTimeout = 30 * time.Second

// try tries what can be tried of settings beside the running service.
// certificates says that the files of certificates have another content.
func (v *supervisor) try(ctx context.Context, s, next *config.Settings, certificates bool) error {
	ctx, cancel := context.WithTimeout(ctx, trialTimeout)
	defer cancel()
	m := v.maker(next, slog.New(slog.DiscardHandler)) // what goes wrong is returned
	state, err := m.StateDir()
	if err != nil {
		return err
	}
	if err := parts.TryStateDir(state); err != nil {
		return err
	}
	client, err := m.Client(ctx, 0)
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := client.Login(ctx)
	if err != nil {
		return err
	}
	queues, err := parts.FindQueues(ctx, client, session, Functions())
	if err != nil {
		return err
	}
	if certificates || !reflect.DeepEqual(s.Resilient, next.Resilient) {
		address, err := m.Broker(queues.Names...)
		if err != nil {
			return err
		}
		if err := broker.Check(ctx, address); err != nil {
			return err
		}
	}
	poster, err := m.Poster(v.board.Timed)
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
		"status_hosts":   !slices.Equal(s.Slack.StatusHosts, next.Slack.StatusHosts),
	} {
		if differs {
			v.log.Warn("this setting takes effect with the next start of the service", "setting", name)
		}
	}
}

func unavailable(err error) bool {
	var slack *slackapi.UnavailableError
	return errors.As(err, &slack)
}
