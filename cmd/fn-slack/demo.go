package main

import (
	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/cmd/fn-slack/demo"
)

func demoCommand(env environment) *cobra.Command {
	var once bool
	var port int
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run everything on this machine, with a stand-in platform and a stand-in Slack",
		Long: "Run the service between a stand-in platform (REST and STOMP over TLS) and a stand-in Slack workspace\n" +
			"with a web page, all on loopback. It plays the workflows Create Slack Message and Create Slack Reply, the room\n" +
			"of an incident from its making to its archive, and a card that follows its incident. Then it stays up until\n" +
			"Ctrl-C. The scripts are those of the folder scripts in the working folder, where there is one, else those that\n" +
			"come with the program. In the program's source tree they are in the folder layouts, a copy that is made where\n" +
			"it is missing.",
		Example: "  fn-slack demo\n  fn-slack demo --once",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, env, stop := inOrder(cmd.Context(), env)
			defer stop()
			return demo.Run(ctx, demo.Options{
				Once: once, Port: port, Getenv: env.getenv, Stdout: env.stdout, Stderr: env.stderr, Version: version(), Host: hostname(),
			})
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "play the workflows, print one JSON object a line, and end")
	cmd.Flags().IntVar(&port, "port", 0, "`port` of the page (default 8600, or any where that is taken)")
	return cmd
}
