package journal

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// A call that was only taken is known as such for a while after the process before,
// and only where nothing can be missing of what it wrote.
func TestWhatWasOnlyTaken(t *testing.T) {
	for name, c := range map[string]struct {
		resume time.Duration
		write  func(*Journal) error // beside the beginning of the call
		change func([]byte) []byte  // what became of the file
		want   bool                 // Asked
	}{
		"taken":                          {resume: time.Minute},
		"taken, long ago":                {resume: time.Nanosecond, want: true},
		"nobody asks for that":           {want: true},
		"asked for":                      {resume: time.Minute, write: func(j *Journal) error { return j.Asked("a") }, want: true},
		"asked for, and the file is new": {resume: time.Minute, write: func(j *Journal) error { j.compact(); return j.Asked("a") }, want: true},
		"taken, and the file is new":     {resume: time.Minute, write: func(j *Journal) error { j.compact(); return nil }},
		"the end is missing":             {resume: time.Minute, change: func(b []byte) []byte { return append(b, 1, 2, 3) }, want: true},
		"written by an earlier version": {resume: time.Minute, want: true, change: func([]byte) []byte {
			b := record{kind: opened, name: bootID()}.appendTo(nil)
			return record{kind: began, key: keyOf("a"), at: time.Now().UnixNano(), name: "a"}.appendTo(b)
		}},
		"from a clock that was ahead": {resume: time.Minute, want: true, change: func([]byte) []byte {
			b := record{kind: opened, name: bootID(), data: []byte(bootTime())}.appendTo(nil)
			return record{kind: taken, key: keyOf("a"), at: time.Now().Add(time.Hour).UnixNano(), name: "a"}.appendTo(b)
		}},
		"the clock was set meanwhile": {resume: time.Minute, want: true, change: func([]byte) []byte {
			b := record{kind: opened, name: bootID(), data: []byte("946684800")}.appendTo(nil)
			return record{kind: taken, key: keyOf("a"), at: time.Now().UnixNano(), name: "a"}.appendTo(b)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, filepath.Join(t.TempDir(), "journal.log"), 0)
			if begin(t, j, "a", Begun, true).Asked {
				t.Error("asked for, and only just begun")
			}
			if c.write != nil {
				must(t, c.write(j))
			}
			file, err := os.ReadFile(j.path) // what a process leaves that is killed
			must(t, err)
			if c.change != nil {
				file = c.change(bytes.Clone(file))
			}
			path := filepath.Join(t.TempDir(), "journal.log")
			must(t, os.WriteFile(path, file, 0o600))
			j, err = Open(Config{Path: path, Resume: c.resume, Log: slog.New(slog.DiscardHandler)})
			must(t, err)
			if e := begin(t, j, "a", Begun, false); e.Asked != c.want || !c.want && time.Until(e.Trusted) <= 0 {
				t.Errorf("asked for: %v, want %v; trusted until %v", e.Asked, c.want, e.Trusted)
			}
			must(t, j.Close())
		})
	}
}

// A process that finds a call and does not come to it takes nothing away from the
// trust in it, and adds nothing.
func TestTrustThroughSeveralProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "journal.log")
		for i, want := range []time.Duration{0, 30 * time.Second, 10 * time.Second, 0} {
			j, err := Open(Config{Path: path, Resume: time.Minute, Log: slog.New(slog.DiscardHandler)})
			must(t, err)
			e := begin(t, j, "a", Begun, i == 0)
			if e.Asked != (i == 3) || want > 0 && time.Until(e.Trusted) != want {
				t.Errorf("process %d: asked for: %v; trusted for %v, want %v", i, e.Asked, time.Until(e.Trusted), want)
			}
			must(t, j.Close())
			time.Sleep([]time.Duration{30 * time.Second, 20 * time.Second, 50 * time.Second, 0}[i])
		}
	})
}
