package unit

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/fn-slack/fn-slack/processor/status"
)

// Notifier tells systemd how the service is, see sd_notify(3). Where systemd has
// not asked for that, it does nothing.
type Notifier struct {
	asked    bool
	watchdog time.Duration // what WatchdogSec allows; 0 is no watchdog
}

// NewNotifier asks the environment that systemd has made.
func NewNotifier(getenv func(name string) (value string, ok bool)) Notifier {
	socket, _ := getenv("NOTIFY_SOCKET")
	watchdog, _ := daemon.SdWatchdogEnabled(false) // what cannot be read is no watchdog
	return Notifier{asked: socket != "", watchdog: watchdog}
}

func (n Notifier) send(log *slog.Logger, lines ...string) {
	if _, err := daemon.SdNotify(false, strings.Join(lines, "\n")); err != nil {
		log.Debug("systemd was not told", "error", err)
	}
}

// readyAnyway is when a service that cannot reach the platform counts as
// started all the same: systemd's own limit is 90 s, and starting it again does
// not bring the platform back.
const readyAnyway = 60 * time.Second

// Run reports until ctx ends. Looking at the status takes every lock of the
// service once, so that one that hangs stops the watchdog's signs of life.
func (n Notifier) Run(ctx context.Context, board *status.Board, log *slog.Logger) {
	if !n.asked {
		return
	}
	every := 5 * time.Second
	if n.watchdog > 0 {
		every = min(every, n.watchdog/3)
	}
	tick := time.NewTicker(min(every, 500*time.Millisecond))
	defer tick.Stop()
	began, ready := time.Now(), false
	told, toldAt := "", time.Time{}
	for {
		report := board.Report(false)
		if text := report.Sentence(); text != told || time.Since(toldAt) >= every {
			lines := []string{"STATUS=" + text, "WATCHDOG=1"}
			if !ready && (report.Ready || time.Since(began) > readyAnyway) {
				ready = true
				lines = append(lines, "READY=1")
			}
			n.send(log, lines...)
			told, toldAt = text, time.Now()
		}
		select {
		case <-ctx.Done():
			n.send(log, "STOPPING=1", "STATUS=finishing the calls in work")
			return
		case <-tick.C:
		}
	}
}
