package logs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/mask"
	"github.com/fn-slack/fn-slack/processor/secret"
)

func TestLogFilesAreRotatedAsTheOriginalDoes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.log")
	file, err := openRotating(path, 100, 2)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if _, err := fmt.Fprintf(file, "line %02d of thirty characters..\n", i); err != nil {
			t.Fatal(err)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	names, _ := filepath.Glob(path + "*")
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil || len(text) > 100 {
			t.Errorf("%s: %v, %d bytes", name, err, len(text))
		}
		got[filepath.Base(name)] = string(text[:7]) + "+" + fmt.Sprint(bytes.Count(text, []byte("\n"))-1)
	}
	want := map[string]string{"app.log": "line 18+1", "app.log.1": "line 15+2", "app.log.2": "line 12+2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestALogFileThatIsFoundIsContinued(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.log")
	if err := os.WriteFile(path, []byte(strings.Repeat("x", 90)+"\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	file, err := openRotating(path, 100, 1)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(file, "0123456789")
	file.Close()
	if text, _ := os.ReadFile(path); string(text) != "0123456789\n" {
		t.Errorf("app.log holds %q", text)
	}
	if text, _ := os.ReadFile(path + ".1"); len(text) != 91 {
		t.Errorf("app.log.1 has %d bytes", len(text))
	}
}

func settings(dir string) *config.Settings {
	s := &config.Settings{}
	s.Resilient = config.Resilient{LogDir: dir, LogFile: "app.log", LogLevel: "INFO", LogMaxBytes: 100_000, LogBackupCount: 3,
		APIKeySecret: secret.New("key-secret-1"), Password: secret.New("password-22")}
	s.Slack.Token = secret.New("xoxb-token-333")
	return s
}

func TestLogFormats(t *testing.T) {
	dir := t.TempDir()
	for format, journald := range map[string]bool{textForm: false, jsonForm: false, Auto: true} {
		var stderr bytes.Buffer
		l := Open(settings(dir), Output{Stderr: &stderr, Format: format, Journald: journald})
		l.With("part", "x").Warn("no connection", "err", "refused", "took", 1500*time.Millisecond)
		l.Debug("not at this level")
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		got := stderr.String()
		switch {
		case format == Auto && got != "<4>no connection  part=x err=refused took=1.5s\n":
			t.Errorf("journal: got %q", got)
		case format == textForm && !strings.HasSuffix(got, ` level=WARN msg="no connection" part=x err=refused took=1.5s`+"\n"):
			t.Errorf("text: got %q", got)
		}
		if format == jsonForm {
			var line map[string]any
			if err := json.Unmarshal([]byte(got), &line); err != nil || line["msg"] != "no connection" || line["part"] != "x" || line["took"] != 1.5 {
				t.Errorf("json: %v in %q", err, got)
			}
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "app.log")); err != nil || bytes.Count(text, []byte("\n")) != 3 {
		t.Errorf("%v: the file holds %q", err, text)
	}
}

func TestTheLogForPeople(t *testing.T) {
	var b bytes.Buffer
	h := &lineHandler{w: &b, level: slog.LevelInfo, head: humanHead, below: true, mu: new(sync.Mutex)}
	r := slog.NewRecord(time.Date(2026, 1, 2, 15, 4, 5, 678e6, time.UTC), slog.LevelInfo, "subscribed", 0)
	r.AddAttrs(slog.String("addr", "a b"), slog.String("excerpt", "  1 | x\n    | \x1b[2J^"))
	if err := h.Handle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "15:04:05.678 INFO  subscribed  addr=\"a b\"\n      1 | x\n        | \ufffd[2J^\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWithoutTheFolderTheLogSaysSo(t *testing.T) {
	var stderr bytes.Buffer
	l := Open(settings(filepath.Join(t.TempDir(), "logs")), Output{Stderr: &stderr, Format: Auto})
	if !strings.Contains(stderr.String(), "no log file") || l.Close() != nil {
		t.Errorf("got %q", &stderr)
	}
}

func TestNoLineHoldsASecretWhateverBringsIt(t *testing.T) {
	var stderr bytes.Buffer
	dir := t.TempDir()
	s := settings(dir)
	secrets := &mask.Secrets{}
	secrets.Hide(s.Secrets()...)
	l := Open(s, Output{Stderr: &stderr, Format: Auto, Secrets: secrets})
	leak := func() {
		l.Info("a server repeats xoxb-token-333", "and", "key-secret-1", "in", fmt.Errorf("an error: %w", fmt.Errorf("password-22")))
		l.Info("settings", "settings", s.Resilient.Password)
	}
	leak()
	s.Slack.Token = secret.New("xoxb-another-4")
	secrets.Hide(s.Secrets()...)
	l.Info("a new token: xoxb-another-4")
	l.Close()
	file, err := os.ReadFile(filepath.Join(dir, "app.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"xoxb-token-333", "key-secret-1", "password-22", "xoxb-another-4"} {
		if text := stderr.String() + string(file); strings.Contains(text, secret) || !strings.Contains(text, "[secret]") {
			t.Errorf("%s is in %s", secret, text)
		}
	}
}

// brokenWriter is a disk that is full.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestALogThatCannotBeWrittenIsNoFailure(t *testing.T) {
	l := Open(settings(t.TempDir()), Output{Stderr: brokenWriter{}, Format: Auto, Secrets: &mask.Secrets{}})
	l.Info("the file has it")
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
