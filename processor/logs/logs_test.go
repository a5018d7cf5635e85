package logs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
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
	if err := l.Close(); err != nil || !strings.Contains(stderr.String(), "no log file") {
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

// brokenWriter is a pipe whose reader has gone.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestALogThatCannotBeWrittenIsNoFailure(t *testing.T) {
	dir := t.TempDir()
	l := Open(settings(dir), Output{Stderr: brokenWriter{}, Format: Auto, Secrets: &mask.Secrets{}})
	l.Info("the file has it")
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	states := l.State()
	if len(states) != 2 || states[0].Lost == 0 || !errors.Is(states[0].Err, io.ErrClosedPipe) || states[1] != (State{Name: filepath.Join(dir, "app.log")}) {
		t.Errorf("the state is %+v", states)
	}
}

// The file tells that the standard error does not work, once.
func TestWhatCanBeWrittenTellsOfWhatCannot(t *testing.T) {
	dir := t.TempDir()
	l := Open(settings(dir), Output{Stderr: brokenWriter{}, Format: Auto})
	for range 100 {
		l.Info("a line")
	}
	poll(t, "the failure is told", func() bool { return strings.Contains(read(t, dir), "standard error") })
	l.Info("the last line")
	l.Close()
	if got := read(t, dir); strings.Count(got, "cannot be written") != 1 || !strings.Contains(got, "the last line") {
		t.Errorf("the file holds\n%s", got)
	}
}

// stalledWriter is a pipe that nobody reads until the gate opens.
type stalledWriter struct {
	gate chan struct{}
	mu   sync.Mutex
	got  bytes.Buffer
}

func (w *stalledWriter) Write(p []byte) (int, error) {
	<-w.gate
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.got.Write(p)
}

func (w *stalledWriter) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.got.String()
}

func TestWhoLogsNeverWaitsForAReader(t *testing.T) {
	w := &stalledWriter{gate: make(chan struct{})}
	l := Open(settings(t.TempDir()), Output{Stderr: w, Format: Auto})
	line, lines := strings.Repeat("x", 1000), 3*maxWaiting/1000
	for range lines {
		l.Info(line)
	}
	lost := l.State()[0].Lost
	if kept := lines - int(lost); lost == 0 || kept < maxWaiting/2/1000 || kept > maxWaiting/1000 {
		t.Errorf("%d of %d lines are lost", lost, lines)
	}
	close(w.gate)
	poll(t, "the loss is told", func() bool { return strings.Contains(w.String(), fmt.Sprintf("lines=%d\n", lost)) })
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestALogFileThatIsRemovedIsMadeAnew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	l := Open(settings(dir), Output{Stderr: &stderr, Format: Auto})
	l.Info("one")
	poll(t, "the first line is there", func() bool { return strings.Contains(read(t, dir), "one") })
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	l.Info("two")
	poll(t, "the loss is in the state", func() bool { return l.State()[1].Lost > 0 && l.State()[1].Err != nil })
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	l.Info("three")
	poll(t, "the file is there again", func() bool { return strings.Contains(read(t, dir), "three") })
	if err := l.Close(); err != nil || !strings.Contains(stderr.String(), "two") || !strings.Contains(stderr.String(), "lines were lost") {
		t.Errorf("%v, the standard error has\n%s", err, &stderr)
	}
}

func read(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "app.log"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

func poll(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !is(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within ten seconds", what)
		}
	}
}
