package processor

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/resilient"
)

// taskWithJournal is a call that the journal has begun.
func taskWithJournal(t *testing.T, unknown Unknown) *Task {
	t.Helper()
	store, err := journal.Open(journal.Config{Path: filepath.Join(t.TempDir(), "journal.log"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if _, _, err := store.Begin("call", false); err != nil {
		t.Fatal(err)
	}
	p := &Processor{cfg: Config{Journal: store, OnUnknown: unknown, Log: slog.New(slog.DiscardHandler)}}
	p.held.calls = map[string]*broker.Delivery{"call": {}} // nobody is told its statuses
	return &Task{ID: "call", p: p}
}

type maybeDone struct{ error }

func (maybeDone) MaybeDone() {}

// What was found, kept or done before is not done again; what nobody can tell goes
// by OnUnknown.
func TestStepIsDoneOnce(t *testing.T) {
	var (
		cannotTell = errors.New("cannot tell")
		refused    = errors.New("refused")
		maybe      = maybeDone{errors.New("cut")}
		begun      = doubt{oldest: time.Unix(1, 0)}
	)
	for name, c := range map[string]struct {
		unknown Unknown
		doubt   doubt
		kept    string // by the journal, from before
		find    error
		found   bool
		do      []error // of each time
		last    bool

		did   string // in this order
		want  string // the result
		err   error
		keeps string // the journal, from now on
	}{
		"a new call":                            {do: []error{nil}, did: "do", want: "done", keeps: `"done"`},
		"the last step of a new call":           {last: true, do: []error{nil}, did: "do", want: "done"},
		"refused":                               {do: []error{refused}, did: "do", err: refused},
		"done before, says the journal":         {doubt: begun, kept: `"kept"`, want: "kept", keeps: `"kept"`},
		"kept by a version that we cannot read": {doubt: begun, kept: `{}`, found: true, did: "find", want: "found", keeps: `"found"`},
		"begun before and done":                 {doubt: begun, found: true, did: "find", want: "found", keeps: `"found"`},
		"begun before and not done":             {doubt: begun, do: []error{nil}, did: "find do", want: "done", keeps: `"done"`},
		"nobody can tell, hold":                 {unknown: Hold, doubt: begun, find: cannotTell, did: "find", err: cannotTell},
		"nobody can tell, resend":               {unknown: Resend, doubt: begun, find: cannotTell, do: []error{nil}, did: "find do", want: "done", keeps: `"done"`},
		"may be done, hold":                     {unknown: Hold, do: []error{maybe}, did: "do", err: maybe},
		"may be done, resend":                   {unknown: Resend, do: []error{maybe, nil}, did: "do do", want: "done", keeps: `"done"`},
		"may be done twice, resend":             {unknown: Resend, do: []error{maybe, maybe}, did: "do do", err: maybe},
	} {
		t.Run(name, func(t *testing.T) {
			task := taskWithJournal(t, c.unknown)
			task.doubt = c.doubt
			if c.kept != "" {
				if err := task.p.cfg.Journal.Step("call", "post", json.RawMessage(c.kept)); err != nil {
					t.Fatal(err)
				}
				task.steps = map[string]json.RawMessage{"post": json.RawMessage(c.kept)}
			}
			var did []string
			result, err := Step[string]{
				Name: "post", Last: c.last,
				Find: func(_ context.Context, oldest time.Time) (string, bool, error) {
					did = append(did, "find")
					if !oldest.Equal(c.doubt.oldest) {
						t.Errorf("looks since %v, want %v", oldest, c.doubt.oldest)
					}
					return "found", c.found, c.find
				},
				Do: func(context.Context, Permit) (string, error) {
					did = append(did, "do")
					if err := c.do[0]; err != nil {
						c.do = c.do[1:]
						return "", err
					}
					return "done", nil
				},
			}.Take(t.Context(), task)
			if !errors.Is(err, c.err) || err == nil && result != c.want {
				t.Errorf("got %q, %v, want %q, %v", result, err, c.want, c.err)
			}
			if diff := cmp.Diff(c.did, strings.Join(did, " ")); diff != "" {
				t.Error(diff)
			}
			entry, _, err := task.p.cfg.Journal.Begin("call", false)
			if err != nil || string(entry.Steps["post"]) != c.keeps {
				t.Errorf("the journal keeps %q, %v, want %q", entry.Steps["post"], err, c.keeps)
			}
		})
	}
}

// A request of the process that died may still be on its way.
func TestStepInDoubtWaitsForRequestsToEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Processor{}
		p.held.calls = map[string]*broker.Delivery{"call": {}}
		ended := time.Now().Add(time.Minute)
		_, err := Step[string]{Name: "post", Last: true,
			Find: func(context.Context, time.Time) (string, bool, error) {
				if now := time.Now(); now.Before(ended) {
					t.Errorf("looks %v too early", ended.Sub(now))
				}
				return "", true, nil
			},
		}.Take(t.Context(), &Task{ID: "call", p: p, doubt: doubt{oldest: time.Unix(1, 0), until: ended}})
		if err != nil {
			t.Error(err)
		}
	})
}

// oneStep is a function that has nothing but a step.
type oneStep struct{ step Step[string] }

func (oneStep) Name() string                  { return "one step" }
func (oneStep) Channel(resilient.Call) string { return "general" }

func (f oneStep) Run(ctx context.Context, t *Task) (Reply, error) {
	_, err := f.step.Take(ctx, t)
	return Reply{}, err
}

// A call whose step is not in the journal has no answer and comes again: nobody
// may overtake it.
func TestStepThatTheJournalDoesNotKeepStopsTheOthers(t *testing.T) {
	task := taskWithJournal(t, Hold)
	task.function = oneStep{Step[string]{Name: "post",
		Do: func(context.Context, Permit) (string, error) { return "done", nil },
	}}
	task.turn = task.p.lanes.join("general")
	next := task.p.lanes.join("general")
	if err := task.p.cfg.Journal.Close(); err != nil {
		t.Fatal(err)
	}
	if done, err := task.p.carryOut(t.Context(), task); !errors.Is(err, journal.ErrClosed) || done.reply != nil {
		t.Errorf("got %v and the answer %s, want the journal's error and none", err, done.reply)
	}
	if err := next.wait(t.Context()); !errors.Is(err, errStopped) {
		t.Errorf("the next call may go on: %v", err)
	}
}
