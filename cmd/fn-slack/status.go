package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/parts"
	"github.com/fn-slack/fn-slack/processor/status"
)

// errNotReady is for the exit status: the report has said why.
var errNotReady = errors.New("the service is not ready")

func statusCommand(env environment) *cobra.Command {
	var showText, asJSON bool
	var address string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Print the status of the running service",
		Long: "Ask the running service for its status and print it. The address is status_address of the settings,\n" +
			"or its default where there are none.\n" +
			"--show-text is for the service's own user and for root: it needs the token that the service leaves in its\n" +
			"state folder, which is state_dir of the settings.\n" +
			"The exit status is 0 when the service is ready for calls, else 1.",
		Example: "  fn-slack status\n  fn-slack status --json",
		Args:    noArgs,
	}
	flags := newSettingsFlags(cmd)
	cmd.Flags().BoolVar(&showText, "show-text", false, "show errors as the platform got them; they may quote incidents")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&address, "address", "", "the service's status_address, in the place of the settings'")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		if address == "" {
			if address, err = statusAddress(flags.load(env)); err != nil {
				return err
			}
		}
		token := ""
		if showText {
			if token, err = statusToken(cmd.Context(), flags, env, address); err != nil {
				return err
			}
		}
		r, raw, err := status.Ask(cmd.Context(), address, token)
		if err != nil {
			return err
		}
		if asJSON {
			if _, err := env.stdout.Write(raw); err != nil {
				return err
			}
		} else {
			r.Print(env.stdout)
		}
		if !r.Ready {
			return reported{errNotReady}
		}
		return nil
	}
	return cmd
}

// statusAddress is that of settings that may lack something else: the service
// that is asked has its own. Without any it is the default, as beside the demo.
func statusAddress(s *config.Settings, err error) (string, error) {
	if problem := (*config.Problem)(nil); errors.As(err, &problem) && problem.NoFile {
		return config.DefaultStatusAddress, nil
	}
	if s == nil || s.Slack.StatusAddress == "" && err != nil {
		return "", err
	}
	if s.Slack.StatusAddress == "" {
		return "", errors.New("status_address is off in the settings")
	}
	return s.Slack.StatusAddress, nil
}

// statusToken is what the service at the address has left in its state folder for
// those who may read texts. The settings may lack something else.
//
// Where there are none here, as beside the demo, the service says where its own
// are. Those must be ours, and name the address: or whoever listens there could have
// the token of another service sent to it.
func statusToken(ctx context.Context, flags *settingsFlags, env environment, address string) (string, error) {
	s, err := flags.load(env)
	if problem := (*config.Problem)(nil); errors.As(err, &problem) && problem.NoFile && len(flags.set) == 0 {
		r, _, asked := status.Ask(ctx, address, "")
		if asked != nil {
			return "", asked
		}
		if !onlyOurs(r.Settings.File) {
			return "", err
		}
		if s, _ = readSettings(r.Settings.File, env, nil); s == nil || s.Slack.StatusAddress != address {
			return "", err
		}
	}
	if s == nil {
		return "", err
	}
	dir, err := parts.Maker{Settings: s, Getenv: env.getenv}.StateDir()
	if err != nil {
		return "", err
	}
	return status.ReadToken(dir)
}
