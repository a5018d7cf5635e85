package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkCommand runs the built program from start to end on the nine-field
// incident: go test -run '^$' -bench Command ./cmd/fmt-test
// It should take less than 150 ms, the files being in the system's cache.
func BenchmarkCommand(b *testing.B) {
	program := build(b)
	for b.Loop() {
		cmd := exec.Command(program, plainScript, incident)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	}
}

// The fastest run is what the program needs; the others waited. While the machine
// builds other packages all of them do, so that it has a minute to be fast once.
func TestTheCommandIsFast(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	program := build(t)
	best := time.Hour
	for began := time.Now(); best > 150*time.Millisecond && time.Since(began) < time.Minute; {
		start := time.Now()
		if out, err := exec.Command(program, plainScript, incident).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		best = min(best, time.Since(start))
	}
	t.Logf("%v from start to end", best)
	if best > 150*time.Millisecond {
		t.Errorf("the command takes %v", best)
	}
}

func build(tb testing.TB) string {
	tb.Helper()
	program := filepath.Join(tb.TempDir(), "fmt-test")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		tb.Fatalf("%v: %s", err, out)
	}
	if info, err := os.Stat(program); err != nil || info.Size() == 0 {
		tb.Fatalf("nothing was built: %v", err)
	}
	return program
}
