package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

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
			dir := defaultScriptsDir
			if len(args) > 0 {
				dir = args[0]
			}
			written, kept, err := writeScripts(dir)
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

// defaultScriptsDir is the scripts folder below the working folder.
const defaultScriptsDir = "scripts"

// writeScripts copies the embedded scripts to dir. It never overwrites: what is
// there is somebody's work.
func writeScripts(dir string) (written, kept int, err error) {
	err = fs.WalkDir(scripts.Files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if entry.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		content, err := fs.ReadFile(scripts.Files, path)
		if err != nil {
			return err
		}
		file, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if errors.Is(err, fs.ErrExist) {
			kept++
			return nil
		}
		if err != nil {
			return err
		}
		written++
		_, err = file.Write(content)
		return errors.Join(err, file.Close())
	})
	return written, kept, err
}
