package service_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/servicetest"
)

// A full disk stops the work, not the service: it goes on when there is room.
func TestTheServiceGoesOnWhenTheDiskHasRoomAgain(t *testing.T) {
	t.Parallel()
	s := servicetest.Start(t)
	s.Replace(t, "[fn_slack]", "[fn_slack]\nmessage_interval=0\nslack_request_timeout=1") // calls that were begun wait for this when they come again
	state := filepath.Join(s.Dir, "state")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("none", state, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("a small disk cannot be made here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(state, 0); err != nil {
			t.Error(err)
		}
	})
	r := s.Run(t)
	filler := filepath.Join(state, "filler")
	_ = os.WriteFile(filler, make([]byte, 4<<20), 0o600) // as much as there is room for
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var runs []*resilienttest.Run
	for !strings.Contains(r.Log.String(), "will start again") {
		run, err := s.Platform.CreateSlackMessage(ctx, resilienttest.IncidentDoS)
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, run)
		<-time.After(5 * time.Millisecond)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	for i, run := range runs {
		status, err := run.Wait(ctx)
		if err != nil || status.State != resilienttest.Completed {
			t.Fatalf("call %d of %d: %v %s", i, len(runs), err, status.Text())
		}
	}
	if got := len(s.Workspace.Messages("general")); got != len(runs) {
		t.Errorf("%d messages for %d calls", got, len(runs))
	}
	r.End()
}
