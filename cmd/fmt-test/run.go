package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fn-slack/fn-slack/formatters/preview"
	"github.com/fn-slack/fn-slack/formatters/spelling"
	"github.com/fn-slack/fn-slack/processor/editor"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/sample"
)

// usageError says that the command line is wrong.
type usageError struct{ error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// isUsage reports whether the command line is wrong.
func isUsage(err error) bool {
	return errors.As(err, new(usageError)) || errors.As(err, new(*editor.NoScriptError))
}

// reportedError is one that has been printed.
type reportedError struct{ error }

// program is one run of fmt-test.
type program struct {
	o      options
	getenv func(string) (string, bool)
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// run is the whole program: it carries out the command line and returns the
// exit status.
func run(ctx context.Context, args []string, getenv func(string) (string, bool), stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{getenv: getenv, stdin: stdin, stdout: stdout, stderr: stderr}
	cmd := p.command()
	cmd.SetArgs(args)
	cmd.SetIn(stdin)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case isUsage(err):
		fmt.Fprintln(stderr, "fmt-test:", preview.Printable(err.Error()))
		return 2
	}
	if !errors.As(err, new(reportedError)) {
		printError(stderr, err)
	}
	return 1
}

const examples = `  fmt-test scripts/default.js scripts/samples/default/incident.json
  fmt-test --json scripts/default.js scripts/samples/default/note.json
  fmt-test --input slack_thread_id=1524857620.000100 --tz Europe/Berlin scripts/default.js scripts/samples/default/incident.json
  fmt-test --serve scripts
  fmt-test --watch scripts/incident-card.js scripts/samples/incident-card/high.json
  fmt-test --check scripts/incident-card.js scripts/samples/incident-card/high.json
  fmt-test --list scripts scripts/samples/default/incident.json
  fmt-test scripts/one-layout.js scripts/samples/one-layout/comment.json
  fmt-test scripts/archive.js scripts/samples/archive/room.json
  fmt-test scripts`

func (p *program) command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fmt-test [flags] SCRIPT|FOLDER [SAMPLE]",
		Short: "Show the message that a formatter script makes of a sample",
		Long: `  fmt-test SCRIPT SAMPLE     the message that a script makes of a sample, as Slack shows it
  fmt-test FOLDER            all samples of all scripts, in a table
  fmt-test --serve FOLDER    a page with both, which follows every save

No script? Give a folder: with a sample, it shows the script that the service
would choose. The samples of NAME.js lie beside it, in samples/NAME/*.json; what
is expected of CASE.json is stored as CASE.want.json.

SAMPLE is a file, or - for standard input: a slack_details object, the inputs of
a call, or a whole function call message as it came from the queue, such as
samples/default/call.json. What is none of these is read as the service reads
slack_details.
With attachment_id or artifact_id it is a call that posts a file: its comment is
shown above the file, which the member "file" names. A list of Slack's messages, in
{ "messages": [...], "names": { "U...": "Anna" } }, by itself or as the lines that
archive_format=json attaches, is shown as archive(message) lays it out.

Exit status: 0 fine, 1 the script or the message is wrong, 2 wrong usage.`,
		Example:       examples,
		Version:       version(),
		Args:          cobra.ArbitraryArgs, // main counts them, and says what is missing
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, args []string) error { return p.main(cmd.Context(), args) },
	}
	cmd.SetVersionTemplate("fmt-test {{.Version}}\n")
	p.o.define(cmd)
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		if unknown := (*pflag.NotExistError)(nil); errors.As(err, &unknown) {
			return usage("%w%s", err, spelling.DidYouMean("--"+unknown.GetSpecifiedName(), names))
		}
		return usageError{err}
	})
	return cmd
}

// version is that of the module, as the Go tool stamps it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}

// main chooses what is to be done.
func (p *program) main(ctx context.Context, args []string) error {
	set, err := p.o.settings()
	if err != nil {
		return err
	}
	if p.o.blocks != "" {
		if len(args) > 0 {
			return usage("--blocks takes a file of its own and no other arguments")
		}
		return p.checkBlocks(p.o.blocks)
	}
	if p.o.serve == defaultAddr && len(args) > 0 && isAddress(args[0]) { // --serve takes one after = or after a blank
		p.o.serve, args = args[0], args[1:]
	}
	if len(args) == 0 || len(args) > 2 {
		return usage("want a script and a sample, got %d arguments; no script? give a folder: fmt-test scripts (see --help)", len(args))
	}
	t, err := findTarget(args[0])
	if err != nil {
		return err
	}
	from := ""
	if len(args) == 2 {
		from = args[1]
	}
	switch {
	case p.o.serve != "":
		return p.serve(ctx, t, from, set)
	case from == "" && p.o.needsSample() != "":
		return usage("%s needs a sample", p.o.needsSample())
	case from == "-" && (p.o.check || p.o.update):
		return usage("an expectation lies beside a sample file, and not beside standard input")
	case p.o.watch:
		return p.watch(ctx, t, from, set)
	}
	only := t.script
	if p.o.list {
		only = "" // it is about all
	}
	b, err := openDesk(t.dir, only, set)
	if err != nil {
		return err
	}
	defer b.close()
	if from == "" {
		b.load()
		return p.all(ctx, b, t)
	}
	in, err := p.read(from) // while the worker starts
	if err != nil {
		return err
	}
	b.load()
	if p.o.list {
		return p.list(ctx, b, in)
	}
	return p.one(ctx, b, t, in)
}

// isAddress tells HOST:PORT from the name of a script or a folder.
func isAddress(arg string) bool {
	_, port, err := net.SplitHostPort(arg)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// one renders one sample and says everything about it. Of a folder, all scripts
// are judged: which one the service would choose depends on them.
func (p *program) one(ctx context.Context, b *desk, t target, in sample.Sample) error {
	names := []string{t.script}
	if t.script == "" {
		names = b.names()
	}
	s, err := b.Render(ctx, t.script, in)
	if isUsage(err) {
		return err
	}
	shown := err == nil
	if shown {
		err = p.output(b, s)
	}
	if err != nil {
		printError(p.stderr, err) // before the remarks
	}
	script := t.script
	if script == "" {
		script = s.Rendered.Script
	}
	var hints map[string][]string
	var refused []error
	if shown || t.script == "" { // else why has been said
		hints, refused = b.judge(ctx, names...)
	}
	if wrong := p.printJudged(s.Rendered, hints[script], refused); err == nil {
		err = wrong
	}
	if err != nil {
		return reportedError{err}
	}
	return nil
}

// printJudged prints what there is to say about a message, with the hints of the
// script that made it, and about scripts that the service would not use. These are
// the error.
func (p *program) printJudged(r render.Rendered, hints []string, refused []error) error {
	wrong := slices.Clone(refused)
	for _, err := range r.Passed {
		r.Notes = slices.DeleteFunc(r.Notes, func(note string) bool { return strings.HasPrefix(note, err.Error()) })
		if !slices.ContainsFunc(refused, func(e error) bool { return e.Error() == err.Error() }) {
			wrong = append(wrong, err)
		}
	}
	p.printRemarks(r)
	p.printHints(slices.DeleteFunc(hints, func(hint string) bool { return slices.Contains(r.Notes, hint) }))
	for i, err := range wrong {
		if i < len(refused) {
			fmt.Fprintln(p.stderr, "fmt-test: the service would not take this version live:")
		} else {
			fmt.Fprintln(p.stderr, "fmt-test: the service would pass this script over for this call:")
		}
		printError(p.stderr, err)
	}
	if len(wrong) > 0 {
		return reportedError{wrong[0]}
	}
	return nil
}

// output gives the message in the form that is asked for.
func (p *program) output(b *desk, s editor.Shot) error {
	switch {
	case p.o.json:
		js, err := s.JSON()
		if err == nil {
			_, err = io.WriteString(p.stdout, js)
		}
		return err
	case p.o.builder:
		return printBuilder(p.stdout, s.Rendered)
	case p.o.html != "":
		return p.writeHTML(p.o.html, b, s)
	case p.o.check:
		return p.check(s)
	case p.o.update:
		return p.update(s)
	}
	return p.print(&b.Desk, s)
}
