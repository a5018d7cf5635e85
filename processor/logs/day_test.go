package logs

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// For a day the file is rotated by its size, by somebody else each hour, and once
// its folder is away. What was written meanwhile is lost, and nothing else.
func TestADayOfLogFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := settings(dir)
		s.Resilient.LogMaxBytes, s.Resilient.LogBackupCount = 20_000, 2
		l := Open(s, Output{Stderr: io.Discard, Format: textForm})
		seen, rest := 0, func() int {
			n := 0
			for _, name := range []string{"app.log", "app.log.1", "app.log.2", "app.log.old"} {
				text, err := os.ReadFile(filepath.Join(dir, name))
				if err == nil && len(text) > 20_000 {
					t.Errorf("%s has %d bytes", name, len(text))
				}
				n += bytes.Count(text, []byte("msg=\"minute "))
				_ = os.Remove(filepath.Join(dir, name))
			}
			return n
		}
		const minutes, away = 24 * 60, 10 // of a day
		for i := range minutes {
			switch {
			case i%60 == 0 && i > 0: // as logrotate does it
				if err := os.Rename(filepath.Join(dir, "app.log"), filepath.Join(dir, "app.log.old")); err != nil {
					t.Error(err)
				}
				l.Info("rotated by somebody else")
				synctest.Wait()
				seen += rest()
			case i == 90:
				seen += rest()
				if err := os.RemoveAll(dir); err != nil {
					t.Error(err)
				}
			case i == 90+away:
				if err := os.Mkdir(dir, 0o755); err != nil {
					t.Error(err)
				}
			}
			l.Info(fmt.Sprintf("minute %d", i), "text", string(bytes.Repeat([]byte("x"), 500)))
			synctest.Wait()
			time.Sleep(time.Minute)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if seen += rest(); seen != minutes-away {
			t.Errorf("%d lines of %d, and %d were to be lost", seen, minutes, away)
		}
		if file := l.State()[1]; file.Lost < away || file.Lost > 2*away || file.Err != nil {
			t.Errorf("the state says %+v", file)
		}
		time.Sleep(lastWords) // of Close's timer
	})
}
