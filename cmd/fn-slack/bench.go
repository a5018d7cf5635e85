package main

import (
	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/cmd/fn-slack/bench"
)

func benchCommand(env environment) *cobra.Command {
	var o bench.Options
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure the service on this machine, with a stand-in Slack and a broker of your choice",
		Long: "Measure the service: one call after the other, then bursts, all on one connection, each followed by one\n" +
			"that brings the messages up to date. The service is a process of its own with its layout scripts; Slack\n" +
			"is a stand-in without a rate limit; every answer is checked. Between the two runs the bare loop, in both ways:\n" +
			"what the broker alone can do: take a call, send the same statuses and a persistent answer of the same\n" +
			"size, wait for its receipt, acknowledge, with the same client and the same prefetch. Memory is that of\n" +
			"all processes (PSS). System calls are counted in the last burst where the kernel lets us: as root, with\n" +
			"tracefs at /sys/kernel/tracing.\n" +
			"A real broker must let the user read and write the queues actions.201.> and acks.201.>.",
		Example: "  fn-slack bench\n" +
			"  fn-slack bench --broker activemq --address localhost:65001 --cafile ca.pem --login svc --passcode secret",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.Validate(); err != nil {
				return usageError{err}
			}
			env.secrets.Hide(o.Passcode)
			ctx, env, stop := inOrder(cmd.Context(), env)
			defer stop()
			o.Out = env.stdout
			return bench.Run(ctx, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Broker, "broker", "stand-in", "stand-in, activemq or rabbitmq")
	f.StringVar(&o.Address, "address", "", "host:port of the broker's STOMP over TLS")
	f.StringVar(&o.CAFile, "cafile", "", "authority of the broker's certificate (PEM)")
	f.StringVar(&o.Login, "login", "svc", "user at the broker")
	f.StringVar(&o.Passcode, "passcode", "s3cret", "password at the broker")
	f.StringVar(&o.Script, "script", "", "layout of the calls, by its name in the gallery, or function, a layout of one line that runs in a worker (default: none is named)")
	f.IntVar(&o.Calls, "calls", 2_000, "calls in each burst")
	f.IntVar(&o.Bursts, "bursts", 5, "bursts, one after the other")
	f.IntVar(&o.Lone, "lone", 300, "calls one after the other")
	return cmd
}
