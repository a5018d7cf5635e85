package main

import (
	"context"
	"strings"
	"testing"
)

// Every example of --help works as it is written, from the project's folder.
func TestHelpExamplesWork(t *testing.T) {
	t.Chdir("../..")
	help, _, code := fmtTest(t, "", "--help")
	if code != 0 {
		t.Fatalf("exit %d", code)
	}
	_, after, ok := strings.Cut(help, "Examples:\n")
	if !ok {
		t.Fatalf("no examples in: %s", help)
	}
	block, _, _ := strings.Cut(after, "\n\n")
	ran := 0
	for line := range strings.Lines(block) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] != "fmt-test" {
			t.Errorf("not an example: %q", line)
			continue
		}
		ran++
		code, printed := runUntilItPrints(t, words[1:]...)
		if code != 0 || !strings.Contains(printed, "\n") {
			t.Errorf("%s: exit %d: %s", strings.TrimSpace(line), code, printed)
		}
	}
	if ran < 8 {
		t.Errorf("only %d examples", ran)
	}
}

// runUntilItPrints runs fmt-test, and ends it after its first line where it
// would go on for ever.
func runUntilItPrints(t *testing.T, args ...string) (code int, printed string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out := &lineWatcher{more: make(chan struct{})}
	ended := make(chan int, 1)
	go func() {
		none := func(string) (string, bool) { return "", false }
		ended <- run(ctx, args, none, strings.NewReader(""), out, out)
	}()
	if args[0] == "--serve" || args[0] == "--watch" {
		out.until(t, "\n")
		stop()
	}
	code = <-ended
	return code, out.text.String()
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		stdout, stderr, code := fmtTest(t, "", "completion", shell)
		if code != 0 || !strings.Contains(stdout, "fmt-test") {
			t.Errorf("%s: exit %d: %s", shell, code, stderr)
		}
	}
	stdout, _, _ := fmtTest(t, "", "__complete", "--b")
	for _, want := range []string{"--builder", "--blocks", "--base-url"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("--b is not completed to %s: %s", want, stdout)
		}
	}
}

func TestVersion(t *testing.T) {
	if stdout, stderr, code := fmtTest(t, "", "--version"); code != 0 || stderr != "" || !strings.HasPrefix(stdout, "fmt-test ") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}
