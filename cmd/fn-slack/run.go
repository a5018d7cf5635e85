package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/cmd/fn-slack/unit"
	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/logs"
	"github.com/fn-slack/fn-slack/processor/service"
)

// gcPercent lets the heap grow by as much more than what is in use before it is
// collected. With 100 a burst holds 2 MiB less, and takes a tenth more of the
// processor's time (fn-slack bench).
const gcPercent = 125

func runCommand(env environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Serve the function slack_post_message until SIGTERM",
		Long: "Serve the function slack_post_message. SIGTERM and SIGINT end it: calls in work are finished first; a second\n" +
			"signal ends it at once. SIGHUP and a change of the settings file make it take over the settings as they are\n" +
			"then, if they work; if not, it says so and goes on with those before.",
		Example: "  fn-slack run\n" +
			"  fn-slack run --config-file /etc/fn-slack/app.config --log-format json",
		Args: noArgs,
	}
	flags := newSettingsFlags(cmd)
	format := cmd.Flags().String("log-format", logs.Auto, "of the log: auto (for people on a terminal, else text), text or json")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !logs.KnownFormat(*format) {
			return usageError{fmt.Errorf("--log-format is %q, want auto, text or json", *format)}
		}
		if _, set := env.getenv("GOGC"); !set {
			debug.SetGCPercent(gcPercent)
		}
		// Without this a reader of the log that goes away takes the service with it.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
		hangup := make(chan os.Signal, 1) // one that waits is as good as many
		signal.Notify(hangup, syscall.SIGHUP)
		defer signal.Stop(hangup)
		return service.Run(cmd.Context(), service.Config{
			Load:   func() (*config.Settings, error) { return flags.load(env) },
			Getenv: env.getenv,
			Stderr: env.log, LogFormat: *format, Secrets: env.secrets,
			Version: version(), Host: hostname(),
			Reload: hangup,
			Watch:  unit.NewNotifier(env.getenv).Run,
		})
	}
	return cmd
}
