package selftest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

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
	// Functions are the API names of those that the service carries out.
	Functions []string
	Out       io.Writer
	JSON      bool // one object a line, in the place of a table for people
	Width     int  // of the terminal, at which lines are broken; 0 breaks none
	Color     bool
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
	t := &selftest{Config: cfg, timeout: 10 * time.Second, states: map[string]int{}}
	t.run(ctx)
	t.printSummary()
	return t.failed
}

// selftest is one run of the checks.
type selftest struct {
	Config
	timeout time.Duration // of each check
	failed  error         // the first failure
	states  map[string]int

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

	err error // of a failure
}

// A finding is an error that says what to do about it, or that it is none.
type finding struct {
	err    error
	remedy string
	state  string
}

func (f finding) Error() string { return f.err.Error() }
func (f finding) Unwrap() error { return f.err }

// warning is a finding that does not keep the service from working.
func warning(text, remedy string) error { return finding{errors.New(text), remedy, stateWarning} }

// skip says why a check could not be made.
func skip(why string) error { return finding{errors.New(why), "", stateSkipped} }

func failure(err error, remedy string) error { return finding{err, remedy, stateFailed} }

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
	start := time.Now()
	done := make(chan check, 1)
	go func() { done <- line(do(ctx)) }()
	var c check
	select {
	case c = <-done:
	case <-time.After(timeout + grace):
		c = line("", failure(fmt.Errorf("%w (%v)", errTimeout, timeout), "raise selftest_timeout, or look what keeps it"))
	}
	c.Name, c.Seconds = name, time.Since(start).Seconds()
	if c.State == stateFailed && t.failed == nil {
		t.failed = c.err
	}
	t.states[c.State]++
	t.print(c)
	return c.State == stateOK || c.State == stateWarning
}

// line is that of a check by what it has returned.
func line(detail string, err error) check {
	if err == nil {
		return check{State: stateOK, Detail: detail}
	}
	found, _ := errors.AsType[finding](err)
	return check{State: cmp.Or(found.state, stateFailed), Detail: err.Error(), Remedy: found.remedy, err: err}
}
