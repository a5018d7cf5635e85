package main

import (
	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/selftest"
	"github.com/fn-slack/fn-slack/processor/service"
)

func selftestCommand(env environment) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Check everything that the service needs, one line each",
		Long: "Check the settings, the platform's REST API, the broker, Slack, the scripts and the state folder, and print\n" +
			"for each how it went, how long it took, and what to do. Nothing is changed and nothing is posted.\n\n" +
			"Exit status, that of the first check that failed: 0 all is well; 1 another failure; 2 wrong usage;\n" +
			"20 platform not reachable; 21 key or password refused; 22 cafile not usable; 23 certificate refused;\n" +
			"24 not a member of the organisation; 30 broker not reachable; 31 key or password refused by the broker;\n" +
			"32 not allowed to read the queue; 33 the broker did not answer in time.",
		Example: "  fn-slack selftest\n  fn-slack selftest --json",
		Args:    noArgs,
	}
	flags := newSettingsFlags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		err := selftest.Run(cmd.Context(), selftest.Config{
			Load:   func() (*config.Settings, error) { return flags.load(env) },
			Getenv: env.getenv, Version: version(), Host: hostname(), Functions: service.Functions(),
			Out: env.stdout, JSON: asJSON, Secrets: env.secrets, Width: env.width, Color: env.color,
		})
		if err != nil {
			return reported{err}
		}
		return nil
	}
	return cmd
}
