package main

import (
	"context"
	"errors"
	"sync"

	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/processor/config"
)

func runCommand(env environment) *cobra.Command {
	format := logAuto
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
	cmd.Flags().StringVar(&format, "log-format", logAuto, "of the log: auto (for people on a terminal, else text), text or json")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		if err := checkLogFormat(format); err != nil {
			return err
		}
		s, err := flags.load(env)
		if err != nil {
			return err
		}
		unlock, err := lockInstance(cmd.Context(), env)
		if err != nil {
			return err
		}
		defer unlock()
		logs := openLogs(s, env, format)
		defer func() { err = errors.Join(err, logs.close()) }()

		board := newBoard()
		ctx, stop := context.WithCancel(cmd.Context())
		var beside sync.WaitGroup
		defer beside.Wait()
		defer stop()
		// The status outlives the signal, because draining is worth a look.
		looking, stopLooking := context.WithCancel(context.WithoutCancel(ctx))
		defer stopLooking()
		beside.Go(func() { serveStatus(looking, s.Slack.StatusAddress, board, logs.Logger) })
		beside.Go(func() { newNotifier(env, logs.Logger).run(ctx, board) })
		return (&supervisor{
			load:  func() (*config.Settings, error) { return flags.load(env) },
			env:   env,
			logs:  logs,
			board: board,
		}).run(ctx, s)
	}
	return cmd
}
