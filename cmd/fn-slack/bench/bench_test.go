package bench

import (
	"regexp"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/servicetest"
)

func TestMain(m *testing.M) { servicetest.Main(m, nil) }

// The figures differ from machine to machine; that they are there, and that
// every call was answered and posted once, does not.
func TestBenchMeasuresAndChecks(t *testing.T) {
	t.Setenv(servicetest.AsProgram, "1") // for the service, which is this binary
	var out strings.Builder
	err := Run(t.Context(), Options{Broker: "stand-in", Login: "svc", Passcode: "s3cret", Calls: 100, Bursts: 3, Lone: 5, Script: "function", Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`start to subscribed \d+`,
		`start to answer +\d+`,
		`restart to answer +\d+`,
		`lone call +p50 [\d.]+ms, p99 [\d.]+ms \(5 calls\)`,
		`bare lone call +p50 [\d.]+(ms|µs), p99 [\d.]+(ms|µs) \(5 calls\)`,
		`memory, idle +[1-9]\d* MiB with [1-9]\d* render workers`,
		`bare loop +[1-9]\d* calls/s \(100 calls; [1-9] status(es)?, and an answer of [1-9]\d{2,} bytes to each\)`,
		`burst 3 +[1-9]\d* calls/s, \d\.\d\d of the bare loop \(100 calls, all answered once, all posted once\)`,
		`updates 3 +[1-9]\d* calls/s, \d\.\d\d of the posts \(100 messages, all shown anew, all threads told once\)`,
		`flat +the last burst at \d\.\d\d of the second`,
		`CPU per call +\d+\.\d\d ms with the render workers`,
		`CPU per update +\d+\.\d\d ms with the render workers \(service \d+\.\d\d ms\), \d+\.\d\d of a call in the middle pair`,
		`memory, load +[1-9]\d* MiB`,
	} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("lacks %s:\n%s", want, &out)
		}
	}
}

func TestWhatCannotBeMeasured(t *testing.T) {
	good := Options{Broker: "stand-in", Calls: 1, Bursts: 1, Lone: 1}
	for name, change := range map[string]func(*Options){
		"--broker kafka":   func(o *Options) { o.Broker = "kafka" },
		"needs --address":  func(o *Options) { o.Broker = "activemq" },
		"--calls, ":        func(o *Options) { o.Calls = 0 },
		"--bursts and":     func(o *Options) { o.Bursts = 0 },
		"--script nothere": func(o *Options) { o.Script = "nothere" },
		"--script ../x":    func(o *Options) { o.Script = "../x" },
	} {
		o := good
		change(&o)
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %q", err, name)
		}
	}
	for _, script := range []string{"", "function", "incident-card", "on-call", "on-call.ts"} {
		o := good
		o.Script = script
		if err := o.Validate(); err != nil {
			t.Error(err)
		}
	}
}
