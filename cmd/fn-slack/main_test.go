package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/servicetest"
)

func TestMain(m *testing.M) { servicetest.Main(m, main) }

// command carries out a command line within this process, with an empty
// environment.
func command(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	none := func(string) (string, bool) { return "", false }
	code = run(t.Context(), args, none, strings.NewReader(stdin), &out, &errs)
	servicetest.NoSecretIn(t, out.String()+errs.String())
	return out.String(), errs.String(), code
}

func TestExitStatusSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--nonsense"}, exitUsage, "nonsense"},
		{[]string{"nonsense"}, exitUsage, "nonsense"},
		{[]string{"run", "extra"}, exitUsage, "extra"},
		{[]string{"scripts", "nonsense"}, exitUsage, "nonsense"},
		{[]string{"run", "--config-file", "missing.config"}, exitFailed, "missing.config"},
		{[]string{"version"}, exitOK, ""},
		{[]string{"--help"}, exitOK, ""},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			none := func(string) (string, bool) { return "", false }
			code := run(context.Background(), c.args, none, strings.NewReader(""), &stdout, &stderr)
			if code != c.code || !strings.Contains(stderr.String(), c.want) {
				t.Errorf("exit %d, want %d: %s", code, c.code, &stderr)
			}
			if code != 0 && (strings.Count(stderr.String(), "\n") == 0 || stdout.Len() > 0) {
				t.Errorf("stdout %q, stderr %q", &stdout, &stderr)
			}
		})
	}
}
