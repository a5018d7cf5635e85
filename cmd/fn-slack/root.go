package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/fn-slack/fn-slack/formatters/preview"
	"github.com/fn-slack/fn-slack/formatters/spelling"
	"github.com/fn-slack/fn-slack/processor/mask"
)

// environment is what a command has of the world outside.
type environment struct {
	getenv         func(string) (string, bool)
	stdin          io.Reader
	stdout, stderr io.Writer // hide the secrets
	secrets        *mask.Secrets
	// log is the standard error as it is, for a log that hides the secrets itself
	// and looks whether somebody reads at a terminal.
	log io.Writer
	// width is that of the terminal that the standard output is, and 0 where it is
	// none; color says whether it shows colours.
	width int
	color bool
}

// terminal looks at the standard output.
func (env *environment) terminal(stdout io.Writer) {
	file, ok := stdout.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return
	}
	env.width = 80
	if w, _, err := term.GetSize(int(file.Fd())); err == nil && w > 0 {
		env.width = w
	}
	noColor, _ := env.getenv("NO_COLOR")
	kind, _ := env.getenv("TERM")
	env.color = noColor == "" && kind != "dumb"
}

// run is the whole program: it carries out the command line and returns the
// exit status.
func run(ctx context.Context, args []string, getenv func(string) (string, bool), stdin io.Reader, stdout, stderr io.Writer) int {
	secrets := &mask.Secrets{}
	log := stderr
	env := environment{getenv: getenv, stdin: stdin, secrets: secrets, log: log}
	env.terminal(stdout)
	stdout, stderr = secrets.Writer(stdout), secrets.Writer(stderr)
	env.stdout, env.stderr = stdout, stderr
	root := rootCommand(env)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && !is[reported](err) {
		fmt.Fprintln(stderr, "fn-slack:", preview.Printable(err.Error()))
	}
	return exitStatus(err)
}

func rootCommand(env environment) *cobra.Command {
	root := &cobra.Command{
		Use:           "fn-slack",
		Short:         "Post IBM SOAR's incidents to Slack, laid out by scripts that you edit while it runs",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          onlyCommands,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("fn-slack {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		runCommand(env), configCommand(env), selftestCommand(env), serviceCommand(env), statusCommand(env),
		customizeCommand(env), demoCommand(env), benchCommand(env), scriptsCommand(env), supportCommand(env), versionCommand(env),
	)
	return root
}

// onlyCommands is for a command that only has commands.
func onlyCommands(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{noCommand(cmd, args[0])}
	}
	return nil
}

func noCommand(cmd *cobra.Command, name string) error {
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return fmt.Errorf("%s has no command %q%s (see --help)", cmd.CommandPath(), name, spelling.DidYouMean(name, names))
}

// flagError is what is wrong with a flag, with the one that is probably meant.
func flagError(cmd *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return usageError{err}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return usageError{fmt.Errorf("%w%s", err, spelling.DidYouMean("--"+unknown.GetSpecifiedName(), names))}
}

// noArgs refuses arguments as wrong usage.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%s takes no argument, got %q", cmd.CommandPath(), args[0])}
	}
	return nil
}
