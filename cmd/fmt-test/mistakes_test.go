package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/mistaketest"
	"github.com/fn-slack/fn-slack/processor/parts"
)

// Each mistake that people make is told of: where it is, and what to do. fmt-test
// refuses what the service refuses, and says of it what the service's log says.
func TestMistakes(t *testing.T) {
	for _, c := range mistaketest.Table() {
		t.Run(c.Name, func(t *testing.T) {
			dir := folder(t, "a.js", c.Source, "lib/words.js", mistaketest.Words)
			var log []string
			_, e := service(t, dir, func(text string) { log = append(log, text) })
			want := 0
			if c.Refused {
				want = 1
			}
			if got := len(e.Scripts().Errors()); got != want {
				t.Errorf("the service refuses %d scripts, want %d", got, want)
			}
			told := append(log, c.Hint)
			if c.Place != "" {
				told = append(told, "a.js:"+c.Place)
			}
			script := filepath.Join(dir, "a.js")
			for how, args := range map[string][]string{
				"with a sample": {script, incident}, "without": {script}, "its folder": {dir}, "its folder with a sample": {dir, incident},
			} {
				_, stderr, code := fmtTest(t, "", args...)
				if code != want {
					t.Errorf("%s: exit %d, want %d; got:\n%s", how, code, want, stderr)
				}
				if want == 0 && how == "its folder with a sample" {
					continue // another layout makes the message
				}
				for _, text := range told {
					if !strings.Contains(stderr, text) {
						t.Errorf("%s: want %q; got:\n%s", how, text, stderr)
					}
				}
			}
		})
	}
}

// service has the scripts of a folder loaded as the service does, with a log.
func service(t *testing.T, dir string, log func(text string)) (parts.Maker, *engine.Engine) {
	t.Helper()
	m := parts.Maker{Settings: &config.Settings{}, Log: slog.New(texts(log))}
	m.Settings.Slack.ScriptsDir = dir
	e, err := m.Engine("", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	e.Load(t.Context())
	return m, e
}

// texts is a log that hands on what it says of scripts.
type texts func(text string)

func (texts) Enabled(context.Context, slog.Level) bool { return true }
func (l texts) WithAttrs([]slog.Attr) slog.Handler     { return l }
func (l texts) WithGroup(string) slog.Handler          { return l }

func (l texts) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if r.Level >= slog.LevelWarn && (a.Key == "err" || a.Key == "hint") {
			l(a.Value.String())
		}
		return true
	})
	return nil
}

// Of two scripts that take the same call, the one that never gets it is named.
func TestTwoScriptsForOneSample(t *testing.T) {
	const all, want = "export default { match: () => true };", "b.js: sample built-in incident: its match returns true, but a.js comes first by its file name"
	dir := folder(t, "a.js", all, "b.js", all)
	_, stderr, code := fmtTest(t, "", dir)
	if code != 0 || stderr != "warning: "+want+"\n" {
		t.Errorf("exit %d, got %s, want %s", code, stderr, want)
	}
	ctx, stop := context.WithCancel(t.Context())
	var log []string
	m, e := service(t, dir, func(text string) {
		log = append(log, text)
		stop()
	})
	m.TellOvertaken(ctx, e)
	if len(log) != 1 || log[0] != want {
		t.Errorf("the log says %q, want %s", log, want)
	}
}
