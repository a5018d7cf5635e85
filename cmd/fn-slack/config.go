package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/processor/config"
)

func configCommand(env environment) *cobra.Command {
	var create, update bool
	cmd := &cobra.Command{
		Use:   "config (-c | -u) [FILE]",
		Short: "Write a settings file, or add to one what it lacks",
		Long: "Write a settings file with every setting and what it is for (-c), or add to a settings file the settings\n" +
			"that it does not mention, commented out, and change nothing else (-u). Without FILE it is $APP_CONFIG_FILE,\n" +
			"else ~/.resilient/app.config, as with the original.",
		Example: "  fn-slack config -c\n  fn-slack config -u /etc/fn-slack/app.config\n  fn-slack config check",
		Args: func(cmd *cobra.Command, args []string) error {
			if create == update {
				return usageError{errors.New("config wants -c or -u, or the command check (see --help)")}
			}
			if len(args) > 1 {
				return usageError{fmt.Errorf("config takes one file, got %q", args)}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := settingsFile(args, env)
			if err != nil {
				return err
			}
			if create {
				return createSettings(cmd.Context(), file, env)
			}
			return updateSettings(file, env)
		},
	}
	cmd.Flags().BoolVarP(&create, "create", "c", false, "write a new file; asks before it overwrites one")
	cmd.Flags().BoolVarP(&update, "update", "u", false, "add what is missing to a file")
	cmd.AddCommand(configCheckCommand(env))
	return cmd
}

// settingsFile is the file that config works on.
func settingsFile(args []string, env environment) (string, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	if file, _ := env.getenv("APP_CONFIG_FILE"); file != "" {
		return file, nil
	}
	home, _ := env.getenv("HOME")
	if home == "" {
		return "", usageError{errors.New("there is no home folder: name the file")}
	}
	return filepath.Join(home, ".resilient", "app.config"), nil
}

func createSettings(ctx context.Context, file string, env environment) error {
	if _, err := os.Stat(file); err == nil {
		over, err := newAsker(env)(ctx, file+" exists. Overwrite it?")
		if errors.Is(err, errNoAnswer) {
			return fmt.Errorf("%s exists, and there is nobody to ask whether to overwrite it; it stays as it is", file)
		}
		if err != nil {
			return err
		}
		if !over {
			fmt.Fprintf(env.stdout, "%s stays as it is.\n", file)
			return nil
		}
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	if err := config.Replace(file, []byte(config.Template()), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "%s written. Fill in what stands in <…>, then: fn-slack config check --config-file %s\n", file, file)
	return nil
}

func updateSettings(file string, env environment) error {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s does not exist; `fn-slack config -c %s` writes it", file, file)
	}
	if err != nil {
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	updated, added := config.Update(string(text))
	if len(added) == 0 {
		fmt.Fprintf(env.stdout, "%s has every setting; nothing was changed.\n", file)
		return nil
	}
	if err := config.Replace(file, []byte(updated), info.Mode().Perm()); err != nil {
		return err
	}
	fmt.Fprintf(env.stdout, "%s: %d settings added, commented out where they are not required: %s\n", file, len(added), strings.Join(added, ", "))
	return nil
}
