package main

import (
	"context"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/processor/customize"
	"github.com/fn-slack/fn-slack/processor/logs"
	"github.com/fn-slack/fn-slack/processor/parts"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/service"
)

func customizeCommand(env environment) *cobra.Command {
	var file, export string
	d := customize.Deployment{Functions: service.Functions(), Ask: newAsker(env), Out: env.stdout}
	cmd := &cobra.Command{
		Use:   "customize",
		Short: "Deploy to the platform what the functions need: destination, functions, table, workflows, rules",
		Long: "Deploy to the platform what the functions of this service need: the message destination slack, the\n" +
			"functions with their inputs, the incident property slack_id, the data table of Slack channels, and\n" +
			"workflows with a rule for each. It asks before it adds a thing, leaves alone what is there, and\n" +
			"replaces what is there and differs only where you say so. It knows what the packages 1.0.0 to 2.1\n" +
			"left, and repairs the scripts of their playbooks where you say so. The account needs the permission to\n" +
			"import configurations; the service itself does not.",
		Example: "  fn-slack customize\n" +
			"  fn-slack customize -y --channel soc\n" +
			"  fn-slack customize --export fn-slack.res",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if export != "" {
				return d.Export(cmd.Context(), export)
			}
			return deploy(cmd.Context(), d, file, env)
		},
	}
	flags := cmd.Flags()
	flags.BoolVarP(&d.Yes, "yes", "y", false, "add what is missing without asking")
	flags.BoolVar(&d.Replace, "replace", false, "with -y: replace or repair what is there and differs, too")
	flags.StringVar(&d.Channel, "channel", "", "the Slack channel of the workflows create_slack_message and create_slack_reply (default: the one they have, else "+resilient.DefaultChannel+")")
	flags.StringVar(&export, "export", "", "write the import file, to import it in the platform's administrator settings, and connect to nothing (- is the standard output)")
	flags.StringVar(&file, "config-file", "", "the settings (default: $APP_CONFIG_FILE, ./app.config, ~/.resilient/app.config)")
	return cmd
}

func deploy(ctx context.Context, d customize.Deployment, file string, env environment) error {
	settings, err := readSettings(file, env, nil)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(env.stderr, &slog.HandlerOptions{Level: logs.Level(settings.Resilient.LogLevel)}))
	m := parts.Maker{Settings: settings, Getenv: env.getenv, Version: version(), Host: hostname(), Log: log, Secrets: env.secrets}
	client, err := m.Client(ctx, customize.Timeout)
	if err != nil {
		return err
	}
	defer client.Close()
	return d.Deploy(ctx, client)
}
