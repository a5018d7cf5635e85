package servicetest

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/engine/wire"
	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/logs"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/service"
)

// AsProgram is the environment variable that makes a test binary a program.
const AsProgram = "FN_SLACK_TEST_AS_PROGRAM"

// Main runs the tests of a package. The test binary is its own render worker,
// and the program where [Program] or AsProgram has started it; a nil program is
// the service alone, run --config-file FILE.
func Main(m *testing.M, program func()) {
	if len(os.Args) > 1 && os.Args[1] == engine.WorkerArg {
		os.Exit(render.Worker())
	}
	if os.Getenv(AsProgram) != "" {
		if program == nil {
			os.Exit(serve(os.Args[1:]))
		}
		program()
	}
	waitTogether()
	os.Exit(m.Run())
}

// waitTogether lets more tests run at once than there are processors, where the
// command line does not say how many: they wait for services most of the time.
// Under the race detector they compute, and scripts have limits of time.
func waitTogether() {
	if wire.RaceEnabled {
		return
	}
	flag.Parse()
	said := false
	flag.Visit(func(f *flag.Flag) { said = said || f.Name == "test.parallel" })
	if !said {
		_ = flag.Set("test.parallel", "6") // a number
	}
}

// serve is the service as a program.
func serve(args []string) int {
	flags := flag.NewFlagSet("run", flag.ExitOnError)
	file := flags.String("config-file", "", "the settings")
	if len(args) == 0 || args[0] != "run" {
		fmt.Fprintf(os.Stderr, "got %q, want run\n", args)
		return 2
	}
	_ = flags.Parse(args[1:]) // it exits itself
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	err := service.Run(ctx, service.Config{
		Load: func() (*config.Settings, error) {
			return config.Read(config.Options{File: *file, Home: os.Getenv("HOME"), Getenv: os.LookupEnv})
		},
		Getenv: os.LookupEnv,
		Stderr: os.Stderr, LogFormat: logs.Auto,
		Version: "test", Host: "test",
		Reload: hangup,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// Program is the program of the test binary as a process of its own, in a
// folder that is its home folder, too. It is not started.
func Program(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Dir = dir
	cmd.Env = []string{AsProgram + "=1", "HOME=" + dir, "TMPDIR=" + os.Getenv("TMPDIR"), "PATH=" + os.Getenv("PATH")}
	return cmd
}

// Outcome runs a program to its end.
func Outcome(t *testing.T, cmd *exec.Cmd) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	NoSecretIn(t, out.String()+errs.String())
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}
