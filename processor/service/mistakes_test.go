package service_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/logs"
	"github.com/fn-slack/fn-slack/processor/mistaketest"
	"github.com/fn-slack/fn-slack/processor/parts"
	"github.com/fn-slack/fn-slack/processor/servicetest"
)

// Each mistake that people make is in the log after it is saved: where it is, and
// what to do. With FN_SLACK_TEST_LONG the folder is watched as the service does
// it, and half a second must be enough.
func TestTheLogTellsOfMistakes(t *testing.T) {
	most, long := 10*time.Second, os.Getenv("FN_SLACK_TEST_LONG") != ""
	if long {
		most = 500 * time.Millisecond
	}
	dir := filepath.Join(t.TempDir(), "scripts")
	save := func(name, text string) {
		t.Helper()
		mistaketest.Save(t, filepath.Join(dir, name), text)
	}
	save("lib/words.js", mistaketest.Words)
	out := &servicetest.Log{}
	e := watching(t, dir, out, long)

	// said reports whether a line of the log has all parts, as slog quotes them.
	said := func(since int, parts ...string) bool {
	lines:
		for line := range strings.Lines(out.String()[since:]) {
			for _, part := range parts {
				if quoted := strconv.Quote(part); !strings.Contains(line, quoted[1:len(quoted)-1]) {
					continue lines
				}
			}
			return true
		}
		return false
	}
	for _, m := range mistaketest.Table() {
		t.Run(m.Name, func(t *testing.T) {
			what := "script hint"
			if m.Refused {
				what = "script refused"
			}
			parts := []string{what, "a.js:" + m.Place, m.Hint}
			if m.Place != "" {
				parts = append(parts, "^") // the line, and where in it
			}
			for end := time.Now().Add(30 * time.Second); time.Now().Before(end); { // others may hold the processors
				const good = "export default {};"
				save("a.js", good)
				servicetest.Until(t, "a good script is live", func() bool {
					s := e.Scripts().Script("a.js")
					return s != nil && s.Source()[0] == good && len(e.Scripts().Errors()) == 0
				})
				since, begun := len(out.String()), time.Now()
				save("a.js", m.Source)
				for time.Since(begun) < most {
					if said(since, parts...) {
						return
					}
					<-time.After(time.Millisecond)
				}
			}
			t.Errorf("not told within %v: %s\nlog:\n%s", most, strings.Join(parts, ", "), out)
		})
	}
}

// watching is the engine as the service has it. patient says that it waits, after
// a save, for as long as the service does.
func watching(t *testing.T, dir string, out *servicetest.Log, patient bool) *engine.Engine {
	t.Helper()
	settings := &config.Settings{}
	settings.Slack.ScriptsDir = dir
	log := logs.Open(settings, logs.Output{Stderr: out, Format: logs.Auto})
	t.Cleanup(func() { log.Close() })
	m := parts.Maker{Settings: settings, Log: log.Logger}
	if !patient {
		m.Quiet = time.Millisecond
	}
	e, err := m.Engine("", nil)
	if err != nil {
		t.Fatal(err)
	}
	e.Load(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(t.Context()) }()
	t.Cleanup(func() {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return e
}
