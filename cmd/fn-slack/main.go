// Command fn-slack is the service that posts the messages of IBM SOAR's
// function slack_post_message to Slack, laid out by scripts that are edited
// while it runs; and the tools around it.
//
// Exit status: 0 done, 1 failed, 2 wrong usage; 20 to 24 when the platform
// could not be reached or did not let us in, as the original's runtime has it
// (exit.go).
//
// There is one file for each command, and no logic: run.go is the service, which
// package service puts together. Start reading at root.go, and for what becomes of
// a call in package processor.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // time_zone works in a container without zone files

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/render"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == engine.WorkerArg {
		os.Exit(render.Worker())
	}
	outliveFileLimit()
	// The first signal ends the work in hand in order; the second ends the
	// process, because the first has put the signals back.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.LookupEnv, os.Stdin, os.Stdout, os.Stderr))
}
