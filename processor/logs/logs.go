package logs

import (
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/fn-slack/fn-slack/processor/config"
	"github.com/fn-slack/fn-slack/processor/mask"
)

// Log is where the service's log goes: the standard error, and the file of the
// settings where its folder exists. Close it when nobody logs any more.
type Log struct {
	*slog.Logger
	level   slog.LevelVar
	outlets []*outlet
	file    *rotatingFile // nil is none
}

// The forms of a log. Those that only this package names are not exported.
const (
	Human    = "human" // as for people on a terminal, wherever it goes
	Auto     = "auto"  // for people on a terminal, for journald where it reads, else text
	textForm = "text"  // key=value
	jsonForm = "json"  // one object a line
)

// KnownFormat reports whether Open knows a format: auto, text or json.
func KnownFormat(format string) bool {
	return format == Auto || format == textForm || format == jsonForm
}

// Output says where a log goes beside the file, and how it looks.
type Output struct {
	Stderr   io.Writer
	Format   string // one that KnownFormat knows
	Journald bool   // journald reads Stderr
	// Secrets are hidden in all lines; nil is none.
	Secrets *mask.Secrets
}

// Open makes the log. The original's default folder, logs in the working
// folder, need not exist: then there is no file, and the log says so.
func Open(s *config.Settings, o Output) *Log {
	l := &Log{}
	l.Use(s)
	file, why := openFile(s.Resilient)
	l.file = file
	handler := l.console(o, l.outlet("standard error", o.Stderr))
	if file != nil {
		handler = slog.NewMultiHandler(handler, l.plain(o.Secrets.Writer(l.outlet(file.path, file)), o.Format))
	}
	l.Logger = slog.New(handler)
	if why != nil {
		l.Info("no log file, the log goes to the standard error alone", "why", why)
	}
	return l
}

func openFile(r config.Resilient) (*rotatingFile, error) {
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

// Use takes over what may change while the log is open: its level.
func (l *Log) Use(s *config.Settings) { l.level.Set(Level(s.Resilient.LogLevel)) }

// outlet adds a place that the log goes to.
func (l *Log) outlet(name string, w io.Writer) io.Writer {
	o := openOutlet(name, w, func(s State) {
		if s.Err != nil {
			l.Warn("the log cannot be written or rotated there, the service works on", "where", s.Name, "err", s.Err)
		} else {
			l.Warn("the log is written there again; lines were lost", "where", s.Name, "lines", s.Lost)
		}
	})
	l.outlets = append(l.outlets, o)
	return o
}

// State is how the places fare that the log goes to; none of a nil log.
func (l *Log) State() []State {
	if l == nil {
		return nil
	}
	states := make([]State, len(l.outlets))
	for i, o := range l.outlets {
		states[i] = o.State()
	}
	return states
}

// Close writes what waits, for at most two seconds, and closes the file.
func (l *Log) Close() error {
	up := make(chan time.Time)
	time.AfterFunc(lastWords, func() { close(up) })
	written := true // to the file, which is the last: what it has to tell goes to the other
	for i, o := range slices.Backward(l.outlets) {
		closed := o.close(up)
		written = written && (closed || i == 0)
	}
	if l.file == nil || !written { // a write to it hangs, and so would this
		return nil
	}
	return l.file.Close()
}

// console is the handler of the standard error.
func (l *Log) console(o Output, stderr io.Writer) slog.Handler {
	w := o.Secrets.Writer(stderr)
	if o.Format == Human {
		return l.lines(w, humanHead, true)
	}
	if o.Format != Auto {
		return l.plain(w, o.Format)
	}
	if o.Journald {
		return l.lines(w, journalHead, false)
	}
	if f, ok := o.Stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return l.lines(w, humanHead, true)
	}
	return l.plain(w, textForm)
}

func (l *Log) lines(w io.Writer, head func(slog.Record) string, below bool) slog.Handler {
	return &lineHandler{w: w, level: &l.level, head: head, below: below, mu: new(sync.Mutex)}
}

func (l *Log) plain(w io.Writer, format string) slog.Handler {
	options := &slog.HandlerOptions{Level: &l.level}
	if format == jsonForm {
		options.ReplaceAttr = inSeconds
		return slog.NewJSONHandler(w, options)
	}
	return slog.NewTextHandler(w, options)
}

// inSeconds makes durations numbers of seconds; slog's own are nanoseconds.
func inSeconds(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.Float64Value(a.Value.Duration().Seconds())
	}
	return a
}

// Level is slog's level for one of the original's words. CRITICAL is above all
// that the service logs.
func Level(word string) slog.Level {
	switch word {
	case "DEBUG":
		return slog.LevelDebug
	case "WARNING":
		return slog.LevelWarn
	case "ERROR":
		return slog.LevelError
	case "CRITICAL":
		return math.MaxInt
	}
	return slog.LevelInfo
}
