package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
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
	e, fresh, err := j.Begin(id)
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
	path := filepath.Join(t.TempDir(), "deep", "journal.db")
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
	must(t, j.Step("a", "post", json.RawMessage(`"1.3"`)))
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
	path := filepath.Join(t.TempDir(), "j")
	var log bytes.Buffer
	j, err := Open(Config{Path: path, Log: slog.New(slog.NewTextHandler(&log, nil))})
	must(t, err)
	if err := j.Decided("x", nil); err == nil {
		t.Error("decided without being begun")
	}
	begin(t, j, "x", Begun, true)
	must(t, j.Settled("x"))
	begin(t, j, "x", Begun, false)
	must(t, j.Decided("x", []byte("first")))
	if err := j.Decided("x", []byte("second")); err == nil {
		t.Error("decided twice")
	}
	must(t, j.Settled("x"))
	must(t, j.Settled("x"))
	begin(t, j, "x", Settled, false)
	must(t, j.Close())
	if got := strings.Count(log.String(), "x is begun, cannot be settled"); got != 1 {
		t.Errorf("the log says %d times that x cannot be settled: %s", got, &log)
	}
}

// Nobody waits for a settled entry, but it is on disk soon, and when the journal
// is closed.
func TestSettledReachesTheDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path, 0)
	for _, id := range []string{"a", "b"} {
		begin(t, j, id, Begun, true)
		must(t, j.Decided(id, nil))
	}
	must(t, j.Settled("a"))
	for end := time.Now().Add(10 * time.Second); ; {
		list, err := j.Unsettled()
		must(t, err)
		if len(list) == 1 && list[0].ID == "b" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("unsettled: %v, want b", list)
		}
		<-time.After(5 * time.Millisecond)
	}
	must(t, j.Settled("b"))
	must(t, j.Close())
	begin(t, open(t, path, 0), "b", Settled, false)
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
				_, fresh, err := j.Begin(id)
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

func TestDamagedFileIsSetAside(t *testing.T) {
	good := filepath.Join(t.TempDir(), "good")
	j := open(t, good, 0)
	for i := range 200 {
		begin(t, j, fmt.Sprintf("call %d", i), Begun, true)
	}
	must(t, j.Close())
	whole, err := os.ReadFile(good)
	must(t, err)
	page := os.Getpagesize()
	flipped := bytes.Clone(whole)
	for i := 2*page + 8; i < len(flipped); i += 64 {
		flipped[i] ^= 0xff
	}
	damage := map[string][]byte{
		"text":             []byte(strings.Repeat("this is not a database\n", 1000)),
		"meta pages gone":  append(make([]byte, 2*page), whole[2*page:]...),
		"data pages gone":  append(bytes.Clone(whole[:2*page]), make([]byte, len(whole)-2*page)...),
		"cut short":        whole[:2*page],
		"cut in a page":    whole[:4*page+100],
		"bytes flipped":    flipped,
		"data pages noise": append(bytes.Clone(whole[:2*page]), bytes.Repeat([]byte{0xa5}, len(whole)-2*page)...),
	}
	for name, content := range damage {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "journal.db")
			must(t, os.WriteFile(path, content, 0o600))
			var log bytes.Buffer
			j, err := Open(Config{Path: path, Log: slog.New(slog.NewTextHandler(&log, nil))})
			must(t, err)
			defer j.Close()
			begin(t, j, "new", Begun, true)
			aside, _ := filepath.Glob(path + ".damaged-*")
			if len(aside) != 1 || !strings.Contains(log.String(), "set aside") {
				t.Errorf("set aside: %v, log: %s", aside, &log)
			}
		})
	}
}

// Damage that comes, or is met, while the journal is in use ends its use and not
// the process; the next one knows that something is lost.
func TestDamageInUse(t *testing.T) {
	page := int64(os.Getpagesize())
	for name, damage := range map[string]func(*os.File, int64) error{
		"noise": func(f *os.File, size int64) error {
			_, err := f.WriteAt(bytes.Repeat([]byte{0xa5}, int(size-2*page)), 2*page)
			return err
		},
		"cut short": func(f *os.File, size int64) error { return f.Truncate(2 * page) },
	} {
		for _, use := range []struct {
			name string
			of   func(*Journal) error
		}{
			{"write", func(j *Journal) error { _, _, err := j.Begin("new"); return err }},
			{"read", func(j *Journal) error { _, err := j.Unsettled(); return err }},
		} {
			t.Run(name+"/"+use.name, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "journal.db")
				var log bytes.Buffer
				j, err := Open(Config{Path: path, Log: slog.New(slog.NewTextHandler(&log, nil))})
				must(t, err)
				for i := range 200 {
					begin(t, j, fmt.Sprintf("call %d", i), Begun, true)
				}
				f, err := os.OpenFile(path, os.O_RDWR, 0)
				must(t, err)
				info, err := f.Stat()
				must(t, err)
				must(t, damage(f, info.Size()))
				must(t, f.Close())
				if err := use.of(j); !errors.Is(err, errDamaged) {
					t.Errorf("use of a damaged file: %v", err)
				}
				if err := j.Decided("call 1", nil); !errors.Is(err, errDamaged) {
					t.Errorf("use after that: %v", err)
				}
				must(t, j.Close())
				aside, _ := filepath.Glob(path + ".damaged-*")
				if len(aside) != 1 || strings.Count(log.String(), "set aside") != 1 {
					t.Errorf("set aside: %v, log: %s", aside, &log)
				}
				j = open(t, path, 0)
				begin(t, j, "call 1", Begun, true)
				if !j.Lost() {
					t.Error("nothing is lost")
				}
				must(t, j.Close())
				if j = open(t, path, 0); j.Lost() {
					t.Error("lost again")
				}
			})
		}
	}
}

// A broker's sender chooses the id: none may stop the service.
func TestAnyIDIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path, 2)
	long := strings.Repeat("x", 100_000)
	ids := []string{"", long, long + "y", strings.Repeat("x", maxKey), strings.Repeat("x", maxKey+1)}
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
	const n = 40
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
	begin(t, j, "open", Begun, false)
	begin(t, j, "39", Settled, false)
	must(t, j.Decided("open", nil))
	must(t, j.Settled("open"))
	begin(t, j, "30", Begun, true) // of the last ten it was the oldest: the order goes on where it was
}

// What was acknowledged just before a kill is never delivered again.
func TestOpenEntriesThatNobodyAsksForAreForgotten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path, 0)
	for _, id := range []string{"old", "new"} {
		begin(t, j, id, Begun, true)
	}
	must(t, j.do(func(b buckets, now time.Time) error {
		e, _, err := b.find("old")
		e.Changed = now.Add(-staleAfter - time.Minute)
		return errors.Join(err, b.putOpen(e))
	}))
	must(t, j.Close())
	j = open(t, path, 0)
	list, err := j.Unsettled()
	must(t, err)
	if len(list) != 1 || list[0].ID != "new" {
		t.Errorf("open: %+v, want new", list)
	}
	begin(t, j, "old", Begun, true)
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
	if _, _, err := j.Begin("x"); !errors.Is(err, ErrClosed) {
		t.Errorf("Begin after Close: %v", err)
	}
}

func BenchmarkCall(b *testing.B) {
	j, err := Open(Config{Path: filepath.Join(b.TempDir(), "j"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	b.SetParallelism(25)
	var mu sync.Mutex
	n := 0
	reply := bytes.Repeat([]byte("r"), 2000)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			mu.Lock()
			n++
			id := fmt.Sprint(n)
			mu.Unlock()
			if _, _, err := j.Begin(id); err != nil {
				b.Error(err)
			}
			if err := errors.Join(j.Decided(id, reply), j.Settled(id)); err != nil {
				b.Error(err)
			}
		}
	})
}
