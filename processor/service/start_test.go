package service_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/servicetest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// manyScripts takes a while to load, and default.js is among the last.
func manyScripts(t *testing.T, w servicetest.World) {
	t.Helper()
	for i := range 150 { // the engine loads 200 at most
		w.File(t, fmt.Sprintf("scripts/a%d.js", i), "export default { match: () => false };")
	}
	w.File(t, "scripts/default.js", `export default { format: (m) => "by default.js: " + m.title };`)
}

// The broker is subscribed to before the scripts are loaded. A call that comes
// meanwhile waits for its layout, and the end of the service leaves it to the
// broker.
func TestCallsWaitForTheScripts(t *testing.T) {
	t.Parallel()
	w := servicetest.Start(t)
	manyScripts(t, w)
	w.Replace(t, "[fn_slack]", "[fn_slack]\nslack_request_timeout=1") // a call that was handed out before waits for this
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	run, err := w.Platform.CreateSlackMessage(ctx, resilienttest.IncidentDoS)
	if err != nil {
		t.Fatal(err)
	}
	for _, early := range []bool{true, false} {
		r := w.Run(t)
		if !early {
			if status, err := run.Wait(ctx); err != nil || status.State != resilienttest.Completed {
				t.Errorf("%v %+v", err, status)
			}
		}
		r.End()
		log := r.Log.String()
		before, after, found := strings.Cut(log, "msg=subscribed")
		// The end comes when the broker knows of the subscription, which the
		// service may not have heard yet.
		if !early && !found || strings.Contains(before, "script=default.js") {
			t.Errorf("not subscribed before the scripts are loaded:\n%s", log)
		}
		list := w.Workspace.Messages("general")
		switch {
		case early && (len(list) > 0 || strings.Contains(after, "script=default.js")):
			t.Errorf("%d messages, want none, and the scripts not loaded:\n%s", len(list), log)
		case !early && (len(list) != 1 || !strings.HasPrefix(list[0].Sent.Text, "by default.js: ")):
			t.Errorf("%d messages, want one of the layout:\n%s", len(list), log)
		}
	}
}

// The service starts without scripts and takes them up when they come.
func TestScriptsAreTakenUpWhenTheyCome(t *testing.T) {
	t.Parallel()
	r := servicetest.Start(t).Run(t)
	r.File(t, "scripts/default.js", `export default { format: (m) => "new layout: " + m.title };`)
	servicetest.Until(t, "the new layout", func() bool { return strings.HasPrefix(r.Post(t).Sent.Text, "new layout: DoS") })
}

// What time can heal keeps it trying, and the log says why.
func TestWhatTimeCanHealIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil, heal func(w servicetest.World)
		want        string
	}{
		"the platform's 503": {
			spoil: func(w servicetest.World) { w.Platform.SetFaults(resilienttest.Faults{Status: 503}) },
			heal:  func(w servicetest.World) { w.Platform.SetFaults(resilienttest.Faults{}) },
			want:  "503 Service Unavailable; look whether the platform",
		},
		"the broker's logins": {
			spoil: func(w servicetest.World) {
				w.Platform.Broker().SetFaults(stomptest.Faults{RefuseLogins: "Unable to connect to authentication service"})
			},
			heal: func(w servicetest.World) { w.Platform.Broker().SetFaults(stomptest.Faults{}) },
			want: "authentication service",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := servicetest.Start(t)
			w.Replace(t, "[resilient]", "[resilient]\nrequest_retry_delay=0.05\nrequest_retry_backoff=1")
			c.spoil(w)
			r := w.Begin(t)
			r.Says(c.want, 2)
			c.heal(w)
			r.Subscribed(t)
			r.Post(t)
		})
	}
}

// A token that Slack refuses fails calls, with what to do, and ends nothing; so
// does a scripts folder that cannot be read.
func TestWhatSlackRefusesEndsNothing(t *testing.T) {
	t.Parallel()
	w := servicetest.Start(t)
	w.File(t, "scripts", "not a folder")
	w.Workspace.FailWhen(func(slacktest.Request) (slacktest.Fault, bool) { return slacktest.Fault{Code: "token_revoked"}, true })
	r := w.Run(t)
	r.Says("Slack refuses the token", 1)
	if status := w.Play(t); status.State == resilienttest.Completed || !strings.Contains(status.Text(), "put a valid bot token into api_token") {
		t.Error(status.Text())
	}
	w.Workspace.FailWhen(nil)
	if got := r.Post(t).Sent.Text; !strings.Contains(got, "DoS attack") {
		t.Errorf("posted %q", got)
	}
	r.End()
	if entries, err := os.ReadDir(filepath.Join(w.Dir, "state")); err != nil || len(entries) == 0 {
		t.Errorf("%v: no journal", err)
	}
}
