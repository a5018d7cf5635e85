package main

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/processor/config"
)

func configCheckCommand(env environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "check",
		Short:   "Show the effective settings, where each comes from, and everything that is wrong with them",
		Example: "  fn-slack config check\n  fn-slack config check --config-file /etc/fn-slack/app.config",
		Args:    noArgs,
	}
	flags := newSettingsFlags(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		s, err := flags.load(env)
		if s == nil {
			return err
		}
		if e := printSettings(env, s); e != nil {
			return e
		}
		switch {
		case err != nil:
			return err
		case len(s.Warnings) > 0:
			fmt.Fprintln(env.stdout, "The settings can be used; look at the warnings. `fn-slack selftest` tries them.")
		default:
			fmt.Fprintln(env.stdout, "Nothing is wrong with the settings. `fn-slack selftest` tries them.")
		}
		return nil
	}
	return cmd
}

// printSettings prints what has an effect, secrets masked.
func printSettings(env environment, s *config.Settings) error {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	section := ""
	for _, e := range s.Effective() {
		if e.Section != section {
			section = e.Section
			fmt.Fprintf(w, "[%s]\n", section)
		}
		fmt.Fprintf(w, "%s\t= %s\t# %s\n", e.Key, strings.ReplaceAll(e.Value, "\n", `\n`), e.Origin)
	}
	w.Flush() // into memory
	for _, note := range s.Notes {
		fmt.Fprintf(&b, "note: %s\n", note)
	}
	for _, warning := range s.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", warning)
	}
	_, err := b.WriteTo(env.stdout)
	return err
}
