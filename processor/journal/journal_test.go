package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func open(t *testing.T, path string, keep int) *Journal {
	t.Helper()
	j, err := Open(Config{Path: path, Keep: keep, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func begin(t *testing.T, j *Journal, id string, want State, wantFresh bool) Entry {
	t.Helper()
	e, fresh, err := j.Begin(id, false)
	if err != nil || e.State != want || fresh != wantFresh {
		t.Fatalf("Begin(%s) = %s, fresh %v, %v; want %s, fresh %v", id, e.State, fresh, err, want, wantFresh)
	}
	return e
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryStateSurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "journal.log")
	j := open(t, path, 0)
	for _, id := range []string{"a", "b", "c"} {
		begin(t, j, id, Begun, true)
	}
	must(t, j.Decided("b", []byte("answer b")))
	must(t, j.Decided("c", []byte("answer c")))
	must(t, j.Settled("c"))
	must(t, j.Close())

	j = open(t, path, 0)
	begin(t, j, "a", Begun, false)
	if e := begin(t, j, "b", Decided, false); string(e.Reply) != "answer b" || e.ID != "b" || time.Since(e.Began) > time.Minute || e.Changed.Before(e.Began) {
		t.Errorf("b is %+v", e)
	}
	if e := begin(t, j, "c", Settled, false); len(e.Reply) != 0 {
		t.Errorf("reply of c = %q, want none once it is settled", e.Reply)
	}
	list, err := j.Unsettled()
	must(t, err)
	if len(list) != 2 || list[0].ID != "a" || list[1].ID != "b" {
		t.Errorf("unsettled = %+v, want a and b", list)
	}
}

// What a call has done so far is there after a restart, until it has its answer.
func TestStepsAreKeptUntilTheCallIsDecided(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path, 0)
	begin(t, j, "a", Begun, true)
	must(t, j.Step("a", "channel", json.RawMessage(`{"id":"C1"}`)))
	must(t, j.Step("a", "post", json.RawMessage(`"1.2"`)))
	before := begin(t, j, "a", Begun, false)
	must(t, j.Step("a", "post", json.RawMessage(`"1.3"`)))
	if got := string(before.Steps["post"]); got != `"1.2"` {
		t.Errorf("the entry from before the step says %s", got)
	}
	must(t, j.Close())

	j = open(t, path, 0)
	want := map[string]json.RawMessage{"channel": json.RawMessage(`{"id":"C1"}`), "post": json.RawMessage(`"1.3"`)}
	if diff := cmp.Diff(want, begin(t, j, "a", Begun, false).Steps); diff != "" {
		t.Error(diff)
	}
	must(t, j.Decided("a", []byte("answer")))
	if e := begin(t, j, "a", Decided, false); len(e.Steps) > 0 || string(e.Reply) != "answer" {
		t.Errorf("decided: %+v", e)
	}
	begin(t, j, "b", Begun, true)
	for name, err := range map[string]error{
		"after the answer":   j.Step("a", "more", json.RawMessage(`1`)),
		"of an unknown call": j.Step("c", "post", json.RawMessage(`1`)),
		"that is not JSON":   j.Step("b", "post", json.RawMessage(`{`)),
	} {
		if err == nil {
			t.Errorf("a step %s was kept", name)
		}
	}
}

func TestStatesCannotBeSkipped(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "j"), 0)
	if err := j.Decided("x", nil); err == nil {
		t.Error("decided without being begun")
	}
	begin(t, j, "x", Begun, true)
	if err := j.Settled("x"); err == nil || !strings.Contains(err.Error(), "is begun, cannot be settled") {
		t.Errorf("settled without being decided: %v", err)
	}
	begin(t, j, "x", Begun, false)
	must(t, j.Decided("x", []byte("first")))
	if err := j.Decided("x", []byte("second")); err == nil {
		t.Error("decided twice")
	}
	must(t, j.Settled("x"))
	must(t, j.Settled("x"))
	begin(t, j, "x", Settled, false)
}

// A process that is killed closes nothing, and waits for no disk.
func TestAKillLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path, 0)
	begin(t, j, "begun", Begun, true)
	must(t, j.Step("begun", "post", json.RawMessage(`1`)))
	begin(t, j, "decided", Begun, true)
	must(t, j.Decided("decided", []byte("answer")))
	begin(t, j, "settled", Begun, true)
	must(t, j.Decided("settled", nil))
	must(t, j.Settled("settled"))

	j = open(t, killed(t, path), 0)
	if e := begin(t, j, "begun", Begun, false); string(e.Steps["post"]) != "1" {
		t.Errorf("steps %s", e.Steps)
	}
	begin(t, j, "decided", Decided, false)
	begin(t, j, "settled", Settled, false)
	if j.Lost() {
		t.Error("lost")
	}
}

// killed is the file as it is when the process that has it open is killed now.
func killed(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return written(t, b)
}

func written(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "j")
	must(t, os.WriteFile(path, b, 0o600))
	return path
}

func TestOldestSettledAreForgotten(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "j"), 3)
	for i := range 10 {
		id := fmt.Sprint(i)
		begin(t, j, id, Begun, true)
		must(t, j.Decided(id, nil))
		must(t, j.Settled(id))
	}
	begin(t, j, "7", Settled, false)
	begin(t, j, "6", Begun, true)
}

func TestManyAtOnceEachBeginOnce(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "j"), 0)
	var wg sync.WaitGroup
	var mu sync.Mutex
	begun := map[string]int{}
	for range 8 {
		wg.Go(func() {
			for i := range 50 {
				id := fmt.Sprint(i)
				_, fresh, err := j.Begin(id, false)
				if err != nil {
					t.Error(err)
				}
				if fresh {
					mu.Lock()
					begun[id]++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if len(begun) != 50 {
		t.Errorf("%d begun, want 50", len(begun))
	}
	for id, n := range begun {
		if n != 1 {
			t.Errorf("%s was begun %d times", id, n)
		}
	}
}

// A broker's sender chooses the id: none may stop the service.
func TestAnyIDIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path, 2)
	long := strings.Repeat("x", 100_000)
	ids := []string{"", long, long + "y", strings.Repeat("x", maxID), strings.Repeat("x", maxID+1)}
	for _, id := range ids {
		begin(t, j, id, Begun, true)
		must(t, j.Decided(id, []byte("answer")))
	}
	must(t, j.Close())
	j = open(t, path, 2)
	for _, id := range ids {
		if e := begin(t, j, id, Decided, false); e.ID != id {
			t.Errorf("id of %d bytes came back as %q", len(id), e.ID)
		}
		must(t, j.Settled(id))
	}
	begin(t, j, ids[len(ids)-1], Settled, false)
	begin(t, j, "", Begun, true) // forgotten as the oldest
}

// A flood leaves a large file; the next start gives the room back and forgets
// nothing.
func TestFileShrinksAfterAFlood(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path, 10)
	reply := bytes.Repeat([]byte("r"), 800<<10)
	const n = 43
	for i := range n {
		begin(t, j, fmt.Sprint(i), Begun, true)
		must(t, j.Decided(fmt.Sprint(i), reply))
	}
	for i := range n {
		must(t, j.Settled(fmt.Sprint(i)))
	}
	begin(t, j, "open", Begun, true)
	must(t, j.Close())
	size := func() int64 {
		info, err := os.Stat(path)
		must(t, err)
		return info.Size()
	}
	before := size()
	j = open(t, path, 10)
	if after := size(); before < 30<<20 || after > 1<<20 {
		t.Errorf("%d bytes became %d", before, after)
	}
	must(t, j.Close())
	j = open(t, path, 10)
	begin(t, j, "open", Begun, false)
	begin(t, j, "42", Settled, false)
	must(t, j.Decided("open", nil))
	must(t, j.Settled("open"))
	begin(t, j, "33", Begun, true) // of the last ten it was the oldest: the order goes on where it was
}

// What was acknowledged just before a kill is never delivered again.
func TestOpenEntriesThatNobodyAsksForAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "j")
		j := open(t, path, 0)
		for _, id := range []string{"old", "changed"} {
			begin(t, j, id, Begun, true)
		}
		time.Sleep(staleAfter)
		must(t, j.Step("changed", "post", json.RawMessage(`1`)))
		must(t, j.Close())
		j = open(t, path, 0) // into another file
		time.Sleep(time.Minute)
		begin(t, j, "new", Begun, true)
		must(t, j.Close())
		j = open(t, path, 0)
		list, err := j.Unsettled()
		must(t, err)
		if len(list) != 2 || list[0].ID != "changed" || list[1].ID != "new" {
			t.Errorf("open: %+v, want changed and new", list)
		}
		begin(t, j, "old", Begun, true)
	})
}

// Each bubble begins at the same time: the clock of the second is a day behind that
// of the first.
func TestAClockThatWasSetBackADay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(24 * time.Hour)
		j := open(t, path, 0)
		begin(t, j, "a", Begun, true)
		must(t, j.Close())
	})
	synctest.Test(t, func(t *testing.T) {
		j, err := Open(Config{Path: path, Resume: time.Minute, Log: slog.New(slog.DiscardHandler)})
		must(t, err)
		if e := begin(t, j, "a", Begun, false); !e.Asked || !e.Trusted.IsZero() {
			t.Errorf("asked for: %v, trusted until %v", e.Asked, e.Trusted)
		}
		must(t, j.Close())
		time.Sleep(staleAfter + time.Minute)
		begin(t, open(t, path, 0), "a", Begun, true) // not only a day later
	})
}

func TestSecondProcessIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	open(t, path, 0)
	if j, err := Open(Config{Path: path, Log: slog.New(slog.DiscardHandler)}); err == nil {
		j.Close()
		t.Error("opened twice")
	}
}

func TestClosed(t *testing.T) {
	j := open(t, filepath.Join(t.TempDir(), "j"), 0)
	must(t, j.Close())
	if _, _, err := j.Begin("x", false); !errors.Is(err, ErrClosed) {
		t.Errorf("Begin after Close: %v", err)
	}
}

// A burst is fifty calls at once; syncs are those of a call.
func BenchmarkCall(b *testing.B) {
	for name, parallel := range map[string]int{"lone": 0, "burst": 50} {
		b.Run(name, func(b *testing.B) {
			j, err := Open(Config{Path: filepath.Join(b.TempDir(), "j"), Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			defer j.Close()
			disk := &faulty{file: j.file}
			j.file, j.limit = disk, math.MaxInt64
			reply := bytes.Repeat([]byte("r"), 2000)
			var n atomic.Int64
			call := func() {
				id := fmt.Sprint("ID:broker.example.com-40123-1761649200000-3:1:1:1:", n.Add(1))
				_, _, err := j.Begin(id, false)
				if err := errors.Join(err, j.Decided(id, reply), j.Settled(id)); err != nil {
					b.Error(err)
				}
			}
			b.ReportAllocs()
			if parallel == 0 {
				for b.Loop() {
					call()
				}
			} else {
				b.SetParallelism(parallel / runtime.GOMAXPROCS(0))
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						call()
					}
				})
			}
			b.ReportMetric(float64(disk.syncs.Load())/float64(n.Load()), "syncs/op")
		})
	}
}
