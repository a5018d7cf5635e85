package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/fn-slack/fn-slack/engine/wire"
)

// Config says where the scripts are and what they may use.
type Config struct {
	// Dir is the scripts folder. It may be missing at first.
	Dir string
	// Only are the file names of the scripts to load. Nil: all of the folder.
	Only []string
	// StateDir keeps the last good version of every script over a restart. What
	// has not changed since, as little as the program, is live at once, and Check
	// looks at it afterwards. Empty: nothing is kept.
	StateDir string
	// Command starts a worker; its first word is an absolute path. Nil: this
	// executable with WorkerArg.
	Command []string
	// Limits of one render; zero members have the defaults.
	Limits wire.Limits
	// MaxWorkers is how many renders run at a time, and how many scripts are
	// loaded at a time. One process more than that may be alive while one of
	// them is slow. Zero: the number of processors, but at most 2.
	MaxWorkers int
	// Quiet is how long the folder must be quiet after a change before it is
	// read again. A shorter time finds files that are written half, and refuses
	// them for a moment. Zero: 200 ms.
	Quiet time.Duration
	// Grace is how long a script lives on without its file: some editors save by
	// deleting and creating. Zero: 150 ms. Without the whole folder it is at
	// least 10 s.
	Grace time.Duration
	// Check must accept a new version of a script before it goes live; it may
	// call e.Render with it, also while New has not returned yet. The samples to
	// try it on are in the snapshot that it was made of. It may be called for
	// several scripts at a time. Nil: a version that compiles and whose top level
	// runs is good.
	Check func(ctx context.Context, e *Engine, s *Script, folder *Snapshot) error
	// Log gets one line for every change of a script and for every lost
	// worker. Nil: nothing is logged.
	Log *slog.Logger
	// OnReload is told of every change of a script, for metrics. It is called
	// from one goroutine at a time, must return soon and must not render. May
	// be nil.
	OnReload func(Event)
}

// defaultMaxWorkers keeps service and workers below 256 MiB even while hostile
// scripts fill their memory limit in all of them; measured are up to 190 MiB.
const defaultMaxWorkers = 2

// defaultQuiet is long enough for slow writers: with 75 ms half a file was
// loaded that happened to compile.
const defaultQuiet = 200 * time.Millisecond

const defaultGrace = 150 * time.Millisecond

// folderGrace is how long scripts live on when the whole folder is gone: a mount
// may be back in a moment.
const folderGrace = 10 * time.Second

// Event is a change of one script.
type Event struct {
	Kind   EventKind
	Script string // file name in the folder; "" for the folder itself
	SHA256 string // of the version that the event is about
	Err    error  // EventRefused, EventSetAside: usually a *ScriptError
	Took   time.Duration
}

// EventKind says what happened to a script.
type EventKind string

const (
	EventLive     EventKind = "live"      // a new version is used from now on, or the file holds again what was used all along
	EventRestored EventKind = "restored"  // the kept version is used, because the file is broken
	EventRefused  EventKind = "refused"   // a new version is broken; the last good one stays, if there is one
	EventRemoved  EventKind = "removed"   // the file is gone
	EventSetAside EventKind = "set_aside" // it was stopped too often; it is tried again after growing pauses
)

func (c Config) withDefaults() Config {
	c.Limits = c.Limits.WithDefaults()
	if c.MaxWorkers == 0 {
		c.MaxWorkers = min(runtime.NumCPU(), defaultMaxWorkers)
	}
	if c.Quiet == 0 {
		c.Quiet = defaultQuiet
	}
	if c.Grace == 0 {
		c.Grace = defaultGrace
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// minMemory leaves a worker what it needs to bundle the largest script, 32 MiB,
// as inexact as the limit is.
const minMemory = 64 << 20

// Validate reports everything that is wrong with the configuration at once.
func (c Config) Validate() error {
	var errs []error
	bad := func(name string, value any, why string) {
		errs = append(errs, fmt.Errorf("%s is %v: %s", name, value, why))
	}
	l := c.Limits
	if c.Dir == "" {
		bad("Dir", `""`, "the scripts folder must be named")
	}
	if c.MaxWorkers < 0 || c.MaxWorkers > 64 {
		bad("MaxWorkers", c.MaxWorkers, "it must lie between 1 and 64, or be 0 for the default")
	}
	if c.Quiet < 0 || c.Quiet > longestWait {
		bad("Quiet", c.Quiet, "it must lie between 1ns and 1s, or be 0 for the default")
	}
	if c.Grace < 0 || c.Grace > time.Hour {
		bad("Grace", c.Grace, "it must lie between 1ns and 1h, or be 0 for the default")
	}
	if l.Time < 0 || l.Time > time.Minute {
		bad("Limits.Time", l.Time, "it must lie between 1ms and 1m, or be 0 for the default")
	} else if l.Time > 0 && l.Time < time.Millisecond {
		bad("Limits.Time", l.Time, "it must be at least 1ms")
	}
	if l.LoadTime < 0 || l.LoadTime > time.Minute {
		bad("Limits.LoadTime", l.LoadTime, "it must lie between 0 and 1m")
	}
	if l.CallDepth < 0 || l.CallDepth > 4096 {
		bad("Limits.CallDepth", l.CallDepth, "it must lie between 1 and 4096, or be 0 for the default")
	}
	if l.Memory < 0 || l.Memory > 0 && l.Memory < minMemory {
		bad("Limits.Memory", l.Memory, fmt.Sprintf("it must be at least %d, or be 0 for the default", minMemory))
	}
	if l.Source < 0 || l.Source > 4<<20 {
		bad("Limits.Source", l.Source, "it must lie between 1 and 4194304, or be 0 for the default")
	}
	if l.Output < 0 || l.Output > 16<<20 {
		bad("Limits.Output", l.Output, "it must lie between 1 and 16777216, or be 0 for the default")
	}
	return errors.Join(errs...)
}
