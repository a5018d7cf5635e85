package service_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/servicetest"
	"github.com/fn-slack/fn-slack/processor/status"
)

// Two services in one process share nothing: settings, scripts, log files,
// status pages, metrics. Each ends by itself.
func TestTwoServicesInOneProcess(t *testing.T) {
	t.Parallel()
	type instance struct {
		*servicetest.Running
		address, name string
	}
	var both []instance
	for _, name := range []string{"North", "South"} {
		w := servicetest.Start(t)
		w.Replace(t, "username=Resilient", "username="+name)
		w.Replace(t, "status_address=off", "status_address=127.0.0.1:0")
		w.Replace(t, "[resilient]", "[resilient]\nlogdir="+filepath.Join(w.Dir, "logs"))
		w.File(t, "logs/app.log", "") // the folder is what counts
		w.File(t, "scripts/default.js", `export default { format: () => "by the script of `+name+`" };`)
		r := w.Run(t)
		both = append(both, instance{r, r.StatusAddress(), name})
	}
	north, south := both[0], both[1]
	for _, i := range []instance{north, north, south} {
		servicetest.Until(t, "loaded", func() bool { return report(t, i.address).Ready })
		if m := i.Post(t); m.Sent.Username != i.name || m.Sent.Text != "by the script of "+i.name {
			t.Errorf("%s posted %q by %s", i.name, m.Sent.Text, m.Sent.Username)
		}
	}
	for _, i := range both {
		calls := map[string]int{"North": 2, "South": 1}[i.name]
		i.Says("msg=call", calls)
		file, err := os.ReadFile(filepath.Join(i.Dir, "logs", "app.log"))
		if err != nil || strings.Count(string(file), "msg=call") != calls || string(file) != i.Log.String() {
			t.Errorf("%s: %v, want %d calls in the file, as on the standard error:\n%s\n%s", i.name, err, calls, file, i.Log)
		}
		if r := report(t, i.address); len(r.Calls) != calls || r.Settings.File != i.Config || r.Broker.Address == "" {
			t.Errorf("%s: want %d calls: %+v", i.name, calls, r)
		}
		metric := `fn_slack_calls_total{kind="ok"} ` + string('0'+rune(calls))
		if _, body := ask(t, i.address, "/metrics", ""); !strings.Contains(body, metric+"\n") {
			t.Errorf("%s: no %s in:\n%s", i.name, metric, body)
		}
	}

	north.Replace(t, "username=North", "username=Polar")
	north.Reload()
	north.Says("changed settings are in use", 1)
	north.Subscribed(t)
	if got := north.Post(t).Sent.Username; got != "Polar" {
		t.Errorf("North posts by %s after its change", got)
	}
	north.End()
	if _, _, err := status.Ask(t.Context(), north.address, ""); err == nil {
		t.Error("North has ended, and its status is still there")
	}
	if got := south.Post(t).Sent.Username; got != "South" || !report(t, south.address).Ready {
		t.Errorf("South posts by %s after the end of North", got)
	}
	south.End()
}

// Two services with one lock file do not run beside each other, not even in one
// process.
func TestASecondInstanceIsRefused(t *testing.T) {
	t.Parallel()
	w := servicetest.Start(t)
	first := w.Run(t)
	second := w.Begin(t)
	want := "another instance holds the lock " + filepath.Join(w.Dir, ".resilient", "resilient_circuits_lockfile")
	if err := second.Wait(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	first.End()
	w.Run(t).End() // the lock has ended with it
}

func report(t *testing.T, address string) status.Report {
	t.Helper()
	r, _, err := status.Ask(t.Context(), address, "")
	if err != nil {
		t.Fatal(err)
	}
	return r
}
