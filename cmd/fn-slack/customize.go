package main

import (
	"context"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/processor/customize"
	"github.com/fn-slack/fn-slack/processor/logs"
	"github.com/fn-slack/fn-slack/processor/parts"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

func customizeCommand(env environment) *cobra.Command {
	var file, export string
	d := customize.Deployment{Ask: newAsker(env), Out: env.stdout}
	cmd := &cobra.Command{
		Use:   "customize",
		Short: "Deploy to the platform what the function needs: destination, function, workflows, rules",
		Long: "Deploy to the platform what the function slack_post_message needs: the message destination slack, the\n" +
			"function with its inputs, the incident property slack_id, and the workflows Create Slack Message and\n" +
			"Create Slack Reply with a rule for each. It asks before it adds a thing, leaves alone what is there, and\n" +
			"replaces what is there and differs only where you say so. The account needs the permission to import\n" +
			"configurations; the service itself does not.",
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
	flags.BoolVar(&d.Replace, "replace", false, "with -y: replace what is there and differs, too")
	flags.StringVar(&d.Channel, "channel", "", "the Slack channel of the two workflows (default: the one they have, else "+resilient.DefaultChannel+")")
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
