package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/processor/parts"
	"github.com/fn-slack/fn-slack/processor/support"
)

func supportCommand(env environment) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "support",
		Short: "Write an archive for a bug report, without secrets and without text of incidents",
		Long: "Write one archive for a bug report: the settings with masked secrets, versions, status and metrics of the\n" +
			"running service, the end of its log file, and the scripts by name and hash. Texts of incidents are not in it:\n" +
			"log lines about calls keep what names none, of the rest they tell the length.",
		Example: "  fn-slack support --config-file /etc/fn-slack/app.config",
		Args:    noArgs,
	}
	flags := newSettingsFlags(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "", "the file to write (default: fn-slack-support-TIME.tar.gz); it must not exist")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, problem := flags.load(env)
		if s == nil {
			return problem
		}
		parts.Hide(env.secrets, s, env.getenv)
		now := time.Now()
		folder := "fn-slack-support-" + now.UTC().Format("20060102T150405Z")
		if output == "" {
			output = folder + ".tar.gz"
		}
		file, err := os.OpenFile(output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		err = support.Write(cmd.Context(), file, folder, support.Config{
			Version: version(), Host: hostname(), Settings: s, Problem: problem,
			ScriptsDir: parts.Maker{Settings: s}.ScriptsDir(), Secrets: env.secrets, Time: now,
		})
		if err := errors.Join(err, file.Close()); err != nil {
			return errors.Join(err, os.Remove(output))
		}
		_, err = fmt.Fprintf(env.stdout, "%s written. It holds no secrets and no text of incidents, but names of hosts, channels, workflows and scripts: look into it before you send it.\n", output)
		return err
	}
	return cmd
}
