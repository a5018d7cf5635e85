package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/cmd/fn-slack/unit"
)

func serviceCommand(env environment) *cobra.Command {
	var u unit.Unit
	cmd := &cobra.Command{
		Use:   "service",
		Short: "Install, remove or print the systemd unit",
		Long: "Install the service as a systemd unit, remove it, or print the unit. The unit tells systemd when the service\n" +
			"is ready and that it is alive, starts it again whenever it ends, and gives it few rights: the network, and to\n" +
			"write to /var/lib/fn-slack (the journal) and /var/log/fn-slack (for logdir) alone.\n\n" +
			"Without --user, everybody must be able to run the program and to read app.config: write $NAME in it in the\n" +
			"place of secrets, and NAME=value into /etc/fn-slack/environment, which only root need read.",
		Args: onlyCommands,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := cmd.PersistentFlags()
	flags.StringVar(&u.Config, "config-file", "/etc/fn-slack/app.config", "the settings of the service")
	flags.StringVar(&u.User, "user", "", "the user that runs it (default: one that systemd makes for it)")
	flags.StringVar(&u.Name, "name", "fn-slack", "of the unit; another instance needs another name, and settings of its own")
	flags.StringVar(&u.Dir, "unit-dir", unit.DefaultDir, "the folder of the unit")
	flags.StringVar(&u.Program, "program", "", "path of fn-slack (default: this one)")
	cmd.AddCommand(
		unitCommand(&u, "print", "Print the unit", func() error {
			_, err := fmt.Fprint(env.stdout, u.Text())
			return err
		}),
		unitCommand(&u, "install", "Write the unit and let systemd read it; starts nothing", func() error { return u.Install(env.stdout) }),
		unitCommand(&u, "uninstall", "Stop the service and remove the unit; settings, scripts and journal stay", func() error { return u.Uninstall(env.stdout) }),
	)
	return cmd
}

// unitCommand does something with a unit once its flags are known.
func unitCommand(u *unit.Unit, use, short string, do func() error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: noArgs, RunE: func(*cobra.Command, []string) error {
		if err := u.Complete(); err != nil {
			return err
		}
		if err := u.Validate(); err != nil {
			return usageError{err}
		}
		return do()
	}}
}
