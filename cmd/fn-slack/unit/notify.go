package main

import (
	"context"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"
)

// notifier tells systemd how the service is, by datagrams to $NOTIFY_SOCKET;
// see sd_notify(3). Without that variable it does nothing.
type notifier struct {
	socket   string
	watchdog time.Duration // what WatchdogSec allows; 0 is no watchdog
	log      *slog.Logger
}

func newNotifier(env environment, log *slog.Logger) notifier {
	n := notifier{log: log}
	n.socket, _ = env.getenv("NOTIFY_SOCKET")
	if text, _ := env.getenv("WATCHDOG_USEC"); text != "" {
		if usec, err := strconv.ParseInt(text, 10, 64); err == nil && usec > 0 {
			n.watchdog = time.Duration(usec) * time.Microsecond
		}
	}
	return n
}

func (n notifier) send(lines ...string) {
	if n.socket == "" {
		return
	}
	address := n.socket
	if strings.HasPrefix(address, "@") { // an abstract socket
		address = "\x00" + address[1:]
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: address, Net: "unixgram"})
	if err == nil {
		defer conn.Close()
		_, err = conn.Write([]byte(strings.Join(lines, "\n")))
	}
	if err != nil {
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
	if n.socket == "" {
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
