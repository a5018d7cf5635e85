package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/processor/parts"
	"github.com/fn-slack/fn-slack/scripts"
)

func scriptsCommand(env environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "scripts",
		Short: "Work with the formatter scripts",
		Args:  onlyCommands,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:     "init [DIR]",
		Short:   "Write the scripts that come with the program to a folder (scripts if none is named); files that are there stay",
		Example: "  fn-slack scripts init\n  fn-slack scripts init /etc/fn-slack/scripts",
		Args: func(cmd *cobra.Command, args []string) error {
			if err := cobra.MaximumNArgs(1)(cmd, args); err != nil {
				return usageError{err}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			dir := parts.DefaultScriptsDir
			if len(args) > 0 {
				dir = args[0]
			}
			written, kept, err := scripts.Write(dir)
			if err != nil {
				return err
			}
			fmt.Fprintf(env.stdout, "%s: %d files written", dir, written)
			if kept > 0 {
				fmt.Fprintf(env.stdout, ", %d were there and stay as they are", kept)
			}
			fmt.Fprintln(env.stdout)
			return nil
		},
	})
	return cmd
}
