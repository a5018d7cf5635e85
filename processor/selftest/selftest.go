package selftest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/formatters/preview"
	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/mask"
)

// Config is what a selftest has of the world outside. All of its members but
// JSON and Secrets are required.
type Config struct {
	Load func() (*config.Settings, error)
	// Getenv looks up what the settings leave to the environment.
	Getenv func(name string) (value string, ok bool)
	// Version is that of the program, and Host the name of this machine.
	Version, Host string
	Out           io.Writer
	JSON          bool // one object a line, in the place of a table for people
	// Secrets gets to know those of the settings and of the platform's session,
	// and hides them in Out. Nil is one of the selftest's own.
	Secrets *mask.Secrets
}

// Run makes all checks and prints their lines. It returns the first failure,
// which the user has been told of.
func Run(ctx context.Context, cfg Config) error {
	if cfg.Secrets == nil {
		cfg.Secrets = &mask.Secrets{}
	}
	cfg.Out = cfg.Secrets.Writer(cfg.Out)
	t := &selftest{Config: cfg, timeout: 10 * time.Second}
	t.run(ctx)
	return t.failed
}

// selftest is one run of the checks.
type selftest struct {
	Config
	timeout time.Duration // of each check
	failed  error         // the first failure

	found // what the checks leave for those after them
}

// Outcomes of a check.
const (
	stateOK      = "ok"
	stateWarning = "warning"
	stateFailed  = "failed"
	stateSkipped = "skipped"
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
func (t *selftest) run(ctx context.Context) {
	if !t.do(ctx, "settings", t.settings) {
		return // the others would say the same in other words
	}
	t.timeout = t.maker.Settings.Resilient.SelftestTimeout
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
	c := sorted(r.detail, r.err)
	c.Name, c.Seconds = name, time.Since(start).Seconds()
	if c.State == stateFailed && t.failed == nil {
		t.failed = r.err
	}
	t.print(c)
	return c.State == stateOK || c.State == stateWarning
}

// sorted is the line of a check by what it has returned.
func sorted(detail string, err error) check {
	var warn warning
	var skipped skip
	var found finding
	switch {
	case err == nil:
		return check{State: stateOK, Detail: detail}
	case errors.As(err, &warn):
		return check{State: stateWarning, Detail: warn.text, Remedy: warn.remedy}
	case errors.As(err, &skipped):
		return check{State: stateSkipped, Detail: skipped.why}
	case errors.As(err, &found):
		return check{State: stateFailed, Detail: err.Error(), Remedy: found.remedy}
	}
	return check{State: stateFailed, Detail: err.Error()}
}

func (t *selftest) print(c check) {
	if t.JSON {
		enc := json.NewEncoder(t.Out)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(c) // there is nowhere to report to
		return
	}
	text := strings.ReplaceAll(c.Detail, "\n", "\n"+strings.Repeat(" ", 48))
	if c.Remedy != "" {
		text += "; " + c.Remedy
	}
	fmt.Fprintf(t.Out, "%-8s %-28s %7.2fs  %s\n", c.State, c.Name, c.Seconds, preview.Printable(text))
}
