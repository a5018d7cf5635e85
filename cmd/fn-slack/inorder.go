package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// inOrder is for a command that has something to clean up. Two more things end
// its context, which would kill it otherwise: SIGHUP, when its terminal is
// closed, and a reader of its output that has gone. The caller calls stop at
// the end.
func inOrder(ctx context.Context, env environment) (_ context.Context, _ environment, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	release := cancel
	if !signal.Ignored(syscall.SIGHUP) { // nohup
		ctx, release = signal.NotifyContext(ctx, syscall.SIGHUP)
	}
	// With somebody to take the signal, a write without a reader only fails. The
	// signal itself ends nothing, because a client of the stand-ins that has
	// gone raises it, too.
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	env.stdout, env.stderr = watchedWriter{env.stdout, cancel}, watchedWriter{env.stderr, cancel}
	return ctx, env, func() {
		signal.Stop(pipe)
		release()
		cancel()
	}
}

// watchedWriter calls gone when what is written cannot be read any more.
type watchedWriter struct {
	io.Writer
	gone func()
}

func (w watchedWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil {
		w.gone()
	}
	return n, err
}
