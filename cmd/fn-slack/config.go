package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/formatters/preview"
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
			switch {
			case create && update:
				return usageError{errors.New("-c writes a new file and -u adds to one that is there: give one of the two")}
			case !create && !update && len(args) > 0 && !strings.ContainsAny(args[0], "/."):
				return usageError{noCommand(cmd, args[0])}
			case !create && !update:
				return usageError{errors.New("config wants -c or -u, or the command check: -c writes a new file, -u adds what is missing to one, check says what is wrong with one")}
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
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s does not exist; `fn-slack config -c %s` writes it", file, file)
	}
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
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
		problems := strings.Split(fmt.Sprint(err), "\n")
		switch {
		case err != nil:
			for _, problem := range problems {
				fmt.Fprintln(env.stderr, "error:", preview.PrintableLine(problem))
			}
			fmt.Fprintf(env.stderr, "%s: the service does not start with these settings.\n", counted(problems, s))
			return reported{err}
		case len(s.Warnings) > 0:
			fmt.Fprintf(env.stdout, "%s. The settings can be used. `fn-slack selftest` tries them.\n", counted(nil, s))
		default:
			fmt.Fprintln(env.stdout, "Nothing is wrong with the settings. `fn-slack selftest` tries them.")
		}
		return nil
	}
	return cmd
}

// counted says how much there is to look at.
func counted(problems []string, s *config.Settings) string {
	var parts []string
	for _, part := range []struct {
		n    int
		noun string
	}{{len(problems), "error"}, {len(s.Warnings), "warning"}, {len(s.Notes), "note"}} {
		switch part.n {
		case 0:
		case 1:
			parts = append(parts, "1 "+part.noun)
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", part.n, part.noun))
		}
	}
	return strings.Join(parts, ", ")
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
