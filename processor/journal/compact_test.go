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

	"github.com/google/go-cmp/cmp"
)

// A file that is replaced again and again while it is written loses nothing.
func TestCompactionInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path, 1000)
	want := map[string]State{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 60 {
				id := fmt.Sprint(w, "/", i)
				_, _, err := j.Begin(id, false)
				err = errors.Join(err, j.Step(id, "post", json.RawMessage(`1`)))
				state := []State{Begun, Decided, Settled}[i%3]
				if state != Begun {
					err = errors.Join(err, j.Decided(id, []byte(id)))
				}
				if state == Settled {
					err = errors.Join(err, j.Settled(id))
				}
				if err != nil {
					t.Error(err)
				}
				j.mu.Lock()
				j.limit = 0 // the next answer compacts
				j.mu.Unlock()
				mu.Lock()
				want[id] = state
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	same := func(j *Journal) {
		t.Helper()
		got := map[string]State{}
		for id := range want {
			e, _, err := j.Begin(id, false)
			must(t, err)
			got[id] = e.State
			if e.State == Decided && string(e.Reply) != id || e.State == Begun && string(e.Steps["post"]) != "1" {
				t.Errorf("%s is %+v", id, e)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if j.Lost() {
			t.Error("lost")
		}
	}
	same(open(t, killed(t, path), 1000))
	must(t, j.Close())
	same(open(t, path, 1000))
}

// A flood is given back while the journal is in use.
func TestFileDoesNotGrowForEver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path, 10)
	reply := bytes.Repeat([]byte("r"), 1<<20)
	for i := range 40 {
		id := fmt.Sprint(i)
		begin(t, j, id, Begun, true)
		must(t, j.Decided(id, reply))
		must(t, j.Settled(id))
	}
	info, err := os.Stat(path)
	must(t, err)
	if info.Size() > 2*compactOver {
		t.Errorf("%d bytes", info.Size())
	}
	begin(t, j, "39", Settled, false)
}

// Where the new file cannot take its place the journal fails, as with any error of
// the disk, and the next one has all.
func TestCompactionThatFailsInTheMiddle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path, 0)
	begin(t, j, "a", Begun, true)
	must(t, j.Decided("a", []byte("answer")))
	_, err := j.prepare()
	must(t, err)
	kept := killed(t, path)
	must(t, os.Remove(path))
	must(t, os.Mkdir(path, 0o700)) // no file can be renamed to it
	begin(t, j, "b", Begun, true)
	j.limit = 0
	for range 2 {
		if err := j.Decided("b", nil); err == nil {
			t.Error("decided without a file")
		}
	}
	_ = j.Close()
	must(t, os.Remove(path))
	must(t, os.Rename(kept, path))
	begin(t, open(t, path, 0), "a", Decided, false)
}

// Where the new file cannot be made the old one goes on.
func TestCompactionThatFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	var log bytes.Buffer
	j, err := Open(Config{Path: path, Log: slog.New(slog.NewTextHandler(&log, nil))})
	must(t, err)
	must(t, os.Mkdir(path+".new", 0o700))
	begin(t, j, "a", Begun, true)
	j.limit = 0
	must(t, j.Decided("a", []byte("answer")))
	if !strings.Contains(log.String(), "stays as large as it is") {
		t.Errorf("log: %s", &log)
	}
	must(t, j.Close())
	must(t, os.Remove(path+".new"))
	begin(t, open(t, path, 0), "a", Decided, false)
}

// A process that dies while it writes the new file leaves any part of it behind,
// and the old one.
func TestDeathInACompaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path, 0)
	begin(t, j, "a", Begun, true)
	must(t, j.Decided("a", []byte("answer")))
	_, err := j.prepare()
	must(t, err)
	whole, err := os.ReadFile(path + ".new")
	must(t, err)
	begin(t, j, "b", Begun, true) // not in the new file
	for n := 0; n <= len(whole); n += 7 {
		died := killed(t, path)
		must(t, os.WriteFile(died+".new", whole[:n], 0o600))
		j := open(t, died, 0)
		begin(t, j, "a", Decided, false)
		begin(t, j, "b", Begun, false)
		if j.Lost() {
			t.Errorf("with %d bytes of the new file something is lost", n)
		}
		must(t, j.Close())
	}
}
