// Command fmt-test shows the message that a formatter script makes of a sample,
// as Slack would show it, with the service's own engine, formatters and rules.
//
// Exit status: 0 fine, 1 the script or the message is wrong, 2 wrong usage.
//
// It promises to render as the service does, and to post nothing. Start reading at
// run.go; the browser's view is package editor.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // --tz works where there are no zone files

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/render"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == engine.WorkerArg {
		os.Exit(render.Worker())
	}
	debug.SetGCPercent(400) // one picture is done before a collection pays
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.LookupEnv, os.Stdin, os.Stdout, os.Stderr))
}
