package main

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// notifier tells systemd how the service is, see sd_notify(3). Where systemd has
// not asked for that, it does nothing.
type notifier struct {
	asked    bool
	watchdog time.Duration // what WatchdogSec allows; 0 is no watchdog
	log      *slog.Logger
}

func newNotifier(env environment, log *slog.Logger) notifier {
	socket, _ := env.getenv("NOTIFY_SOCKET")
	watchdog, _ := daemon.SdWatchdogEnabled(false) // what cannot be read is no watchdog
	return notifier{asked: socket != "", watchdog: watchdog, log: log}
}

func (n notifier) send(lines ...string) {
	if _, err := daemon.SdNotify(false, strings.Join(lines, "\n")); err != nil {
		n.log.Debug("systemd was not told", "error", err)
	}
}

// readyAnyway is when a service that cannot reach the platform counts as
// started all the same: systemd's own limit is 90 s, and starting it again does
// not bring the platform back.
const readyAnyway = 60 * time.Second

// run reports until ctx ends. Looking at the status takes every lock of the
// service once, so that one that hangs stops the watchdog's signs of life.
func (n notifier) run(ctx context.Context, board *board) {
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
		report := board.report(false)
		if text := report.sentence(); text != told || time.Since(toldAt) >= every {
			lines := []string{"STATUS=" + text, "WATCHDOG=1"}
			if !ready && (report.Ready || time.Since(began) > readyAnyway) {
				ready = true
				lines = append(lines, "READY=1")
			}
			n.send(lines...)
			told, toldAt = text, time.Now()
		}
		select {
		case <-ctx.Done():
			n.send("STOPPING=1", "STATUS=finishing the calls in work")
			return
		case <-tick.C:
		}
	}
}
