package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"golang.org/x/term"

	"github.com/fn-slack/fn-slack/processor/config"
)

// logs is where the service's log goes: the standard error, and the file of the
// settings where its folder exists.
type logs struct {
	*slog.Logger
	level   slog.LevelVar
	secrets *secrets
	file    *rotatingFile // nil is none
}

// The words of --log-format.
const (
	logAuto = "auto" // for people on a terminal, else text
	logText = "text" // key=value
	logJSON = "json" // one object a line
)

func checkLogFormat(format string) error {
	switch format {
	case logAuto, logText, logJSON:
		return nil
	}
	return usageError{fmt.Errorf("--log-format is %q, want auto, text or json", format)}
}

// openLogs makes the log. The original's default folder, logs in the working
// folder, need not exist: then there is no file, and the log says so.
func openLogs(s *config.Settings, env environment, format string) *logs {
	l := &logs{secrets: &secrets{}}
	l.use(s)
	handler := slog.Handler(l.console(env, format))
	var why error
	if l.file, why = openLogFile(s.Resilient); why == nil {
		handler = slog.NewMultiHandler(handler, l.plain(l.file, format))
	}
	l.Logger = slog.New(handler)
	if why != nil {
		l.Info("no log file, the log goes to the standard error alone", "why", why)
	}
	return l
}

func openLogFile(r config.Resilient) (*rotatingFile, error) {
	if info, err := os.Stat(r.LogDir); err != nil {
		return nil, fmt.Errorf("logdir: %w", err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("logdir: %s is not a folder", r.LogDir)
	}
	file, err := openRotating(filepath.Join(r.LogDir, r.LogFile), int64(r.LogMaxBytes), r.LogBackupCount)
	if err != nil {
		return nil, fmt.Errorf("logfile: %w", err)
	}
	return file, nil
}

// use takes over what may change while the log is open: its level, and what
// must never stand in it.
func (l *logs) use(s *config.Settings) {
	l.level.Set(logLevel(s.Resilient.LogLevel))
	l.secrets.set(s)
}

func (l *logs) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// console is the handler of the standard error.
func (l *logs) console(env environment, format string) slog.Handler {
	if format != logAuto {
		return l.plain(env.stderr, format)
	}
	if journal, _ := env.getenv("JOURNAL_STREAM"); journal != "" {
		return &lineHandler{w: l.secrets.guard(env.stderr), level: &l.level, head: journalHead, mu: new(sync.Mutex)}
	}
	if f, ok := env.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &lineHandler{w: l.secrets.guard(env.stderr), level: &l.level, head: humanHead, mu: new(sync.Mutex)}
	}
	return l.plain(env.stderr, logText)
}

func (l *logs) plain(w io.Writer, format string) slog.Handler {
	options := &slog.HandlerOptions{Level: &l.level}
	if format == logJSON {
		options.ReplaceAttr = inSeconds
		return slog.NewJSONHandler(l.secrets.guard(w), options)
	}
	return slog.NewTextHandler(l.secrets.guard(w), options)
}

// inSeconds makes durations numbers of seconds; slog's own are nanoseconds.
func inSeconds(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.Float64Value(a.Value.Duration().Seconds())
	}
	return a
}

// lineHandler writes a line that begins as head says, then the attributes as
// key=value.
type lineHandler struct {
	w     io.Writer
	level slog.Leveler
	head  func(slog.Record) string
	attrs []slog.Attr
	mu    *sync.Mutex // around w; shared by all that come from one
}

// humanHead has the time of day, for a terminal.
func humanHead(r slog.Record) string {
	return fmt.Sprintf("%s %-5s %s", r.Time.Format("15:04:05.000"), r.Level, r.Message)
}

// journalHead has the level as the journal reads it, which has the time itself:
// sd-daemon(3).
func journalHead(r slog.Record) string {
	priority := 6
	switch {
	case r.Level >= slog.LevelError:
		priority = 3
	case r.Level >= slog.LevelWarn:
		priority = 4
	case r.Level < slog.LevelInfo:
		priority = 7
	}
	return fmt.Sprintf("<%d>%s", priority, r.Message)
}

func (h *lineHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.level.Level()
}

func (h *lineHandler) Handle(ctx context.Context, r slog.Record) error {
	var b bytes.Buffer
	b.WriteString(h.head(r))
	rest := slog.NewRecord(r.Time, r.Level, "", 0)
	rest.AddAttrs(h.attrs...)
	r.Attrs(func(a slog.Attr) bool { rest.AddAttrs(a); return true })
	if rest.NumAttrs() > 0 {
		b.WriteString("  ")
	}
	// slog's own text for the attributes, without what the head has.
	text := slog.NewTextHandler(&b, &slog.HandlerOptions{
		Level: h.level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
				return slog.Attr{}
			}
			return a
		},
	})
	if err := text.Handle(ctx, rest); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.w.Write(b.Bytes())
	return err
}

func (h *lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	with.attrs = append(append([]slog.Attr(nil), h.attrs...), attrs...)
	return &with
}

// WithGroup is not used by this program; the attributes stay where they are.
func (h *lineHandler) WithGroup(string) slog.Handler { return h }

// secrets are the values that no line may hold. The types of the settings mask
// themselves; this is for what comes back from outside, such as a server that
// repeats a password in its error.
type secrets struct{ list atomic.Pointer[[][]byte] }

// minSecret spares what is too short to tell from ordinary words.
const minSecret = 8

func (s *secrets) set(settings *config.Settings) {
	r := settings.Resilient
	values := []string{string(r.APIKeySecret), string(r.Password), string(settings.Slack.Token)}
	if r.Proxy != nil {
		password, _ := r.Proxy.User.Password()
		values = append(values, password)
	}
	var list [][]byte
	for _, v := range values {
		if len(v) >= minSecret {
			list = append(list, []byte(v))
		}
	}
	s.list.Store(&list)
}

// guard masks the secrets in what is written to w.
func (s *secrets) guard(w io.Writer) io.Writer { return secretGuard{s, w} }

type secretGuard struct {
	secrets *secrets
	w       io.Writer
}

func (g secretGuard) Write(line []byte) (int, error) {
	masked := line
	for _, secret := range *g.secrets.list.Load() {
		masked = bytes.ReplaceAll(masked, secret, []byte("[secret]"))
	}
	n, err := g.w.Write(masked)
	if err == nil && n < len(masked) {
		err = io.ErrShortWrite
	}
	if err != nil && !errors.Is(err, io.ErrShortWrite) {
		return 0, err
	}
	return len(line), err
}
