package bench

import (
	"regexp"
	"testing"
)

// The figures differ from machine to machine; that they are there, and that
// every call was answered and posted once, does not.
func TestBenchMeasuresAndChecks(t *testing.T) {
	stdout, stderr, code := outcome(t, program(t, t.TempDir(), "bench", "--calls", "300", "--lone", "5", "--script", "function"))
	if code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for _, want := range []string{
		`bare loop +[1-9]\d* calls/s \(300 calls\)`,
		`start to subscribed \d+`,
		`lone call +p50 [\d.]+ms, p99 [\d.]+ms \(5 calls\)`,
		`resident, idle +[1-9]\d* MiB with [1-9]\d* render workers`,
		`burst +[1-9]\d* calls/s \(300 calls, all answered once, all posted once\), \d\.\d\d of the bare loop`,
		`CPU per call +\d+\.\d\d ms with the render workers`,
		`resident, load +[1-9]\d* MiB`,
	} {
		if !regexp.MustCompile(want).MatchString(stdout) {
			t.Errorf("lacks %s:\n%s", want, stdout)
		}
	}
}

func TestBenchOptions(t *testing.T) {
	for _, args := range [][]string{{"--broker", "kafka"}, {"--broker", "activemq"}, {"--calls", "0"}, {"--script", "nothere"}} {
		if _, stderr, code := outcome(t, program(t, t.TempDir(), append([]string{"bench"}, args...)...)); code != exitUsage {
			t.Errorf("%q: exit %d: %s", args, code, stderr)
		}
	}
}
