package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/formatters/preview"
	"github.com/fn-slack/fn-slack/processor/config"
)

func selftestCommand(env environment) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Check everything that the service needs, one line each",
		Long: "Check the settings, the platform's REST API, the broker, Slack, the scripts and the state folder, and print\n" +
			"for each how it went, how long it took, and what to do. Nothing is changed and nothing is posted.\n\n" +
			"Exit status, that of the first check that failed: 0 all is well; 1 another failure; 2 wrong usage;\n" +
			"20 platform not reachable; 21 key or password refused; 22 cafile not usable; 23 certificate refused;\n" +
			"24 not a member of the organisation; 30 broker not reachable; 31 key or password refused by the broker;\n" +
			"32 not allowed to read the queue; 33 the broker did not answer in time.",
		Example: "  fn-slack selftest\n  fn-slack selftest --json",
		Args:    noArgs,
	}
	flags := newSettingsFlags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		t := &selftest{env: env, out: env.stdout, json: asJSON, log: slog.New(slog.DiscardHandler), timeout: 10 * time.Second}
		t.run(cmd.Context(), func() (*config.Settings, error) { return flags.load(env) })
		if t.failed != nil {
			return reported{t.failed}
		}
		return nil
	}
	return cmd
}

// reported is an error of which the user has been told; only the exit status is
// left.
type reported struct{ err error }

func (e reported) Error() string { return e.err.Error() }
func (e reported) Unwrap() error { return e.err }

// selftest is one run of the checks.
type selftest struct {
	env     environment
	out     io.Writer
	json    bool
	log     *slog.Logger
	timeout time.Duration // of each check
	failed  error         // the first failure

	found // what the checks leave for those after them
}

// outcomes of a check.
const (
	checkOK      = "ok"
	checkWarning = "warning"
	checkFailed  = "failed"
	checkSkipped = "skipped"
)

// check is one line of the selftest.
type check struct {
	Name    string  `json:"check"`
	State   string  `json:"state"`
	Seconds float64 `json:"seconds"`
	Detail  string  `json:"detail,omitempty"`
	Remedy  string  `json:"remedy,omitempty"`
}

// A warning is a finding that does not keep the service from working.
type warning struct{ text, remedy string }

func (w warning) Error() string { return w.text }

// A skip says why a check could not be made.
type skip struct{ why string }

func (s skip) Error() string { return s.why }

// A finding is a failure with what to do about it.
type finding struct {
	err    error
	remedy string
}

func (f finding) Error() string { return f.err.Error() }
func (f finding) Unwrap() error { return f.err }

// run makes all checks. None of them lasts much longer than the timeout, not
// even one that does not look at its context.
func (t *selftest) run(ctx context.Context, load func() (*config.Settings, error)) {
	ok := t.do(ctx, "settings", func(context.Context) (string, error) {
		s, err := load()
		if err != nil {
			return "", err
		}
		t.settings = s
		return s.File, nil
	})
	if !ok {
		return // the others would say the same in other words
	}
	t.timeout = t.settings.Resilient.SelftestTimeout
	for _, c := range []struct {
		name string
		do   func(context.Context) (string, error)
	}{
		{"REST login", t.login},
		{"organisation", t.organisation},
		{"clock", t.clock},
		{"function and destination", t.function},
		{"permissions", t.permissions},
		{"STOMP connect and subscribe", t.stomp},
		{"Slack token", t.slack},
		{"Slack scopes", t.scopes},
		{"scripts and samples", t.scripts},
		{"state folder", t.stateFolder},
	} {
		t.do(ctx, c.name, c.do)
	}
}

// errTimeout says that a check took too long.
var errTimeout = errors.New("no answer in time")

// do makes one check and prints its line.
func (t *selftest) do(ctx context.Context, name string, do func(context.Context) (string, error)) bool {
	const grace = time.Second // for an error that says more than that time is up
	timeout := t.timeout
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	type result struct {
		detail string
		err    error
	}
	start := time.Now()
	done := make(chan result, 1)
	go func() {
		detail, err := do(ctx)
		done <- result{detail, err}
	}()
	var r result
	late := time.NewTimer(timeout + grace)
	defer late.Stop()
	select {
	case r = <-done:
	case <-late.C:
		r.err = finding{fmt.Errorf("%w (%v)", errTimeout, timeout), "raise selftest_timeout, or look what keeps it"}
	}
	c := check{Name: name, State: checkOK, Seconds: time.Since(start).Seconds(), Detail: r.detail}
	var warn warning
	var skipped skip
	var found finding
	switch {
	case r.err == nil:
	case errors.As(r.err, &warn):
		c.State, c.Detail, c.Remedy = checkWarning, warn.text, warn.remedy
	case errors.As(r.err, &skipped):
		c.State, c.Detail = checkSkipped, skipped.why
	default:
		c.State, c.Detail = checkFailed, r.err.Error()
		if errors.As(r.err, &found) {
			c.Remedy = found.remedy
		}
		if t.failed == nil {
			t.failed = r.err
		}
	}
	t.print(c)
	return c.State == checkOK || c.State == checkWarning
}

func (t *selftest) print(c check) {
	if t.json {
		enc := json.NewEncoder(t.out)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(c) // there is nowhere to report to
		return
	}
	text := strings.ReplaceAll(c.Detail, "\n", "\n"+strings.Repeat(" ", 48))
	if c.Remedy != "" {
		text += "; " + c.Remedy
	}
	fmt.Fprintf(t.out, "%-8s %-28s %7.2fs  %s\n", c.State, c.Name, c.Seconds, preview.Printable(text))
}
