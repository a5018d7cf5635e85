package logs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"unicode"
)

// lineHandler writes a line that begins as head says, then the attributes as
// key=value.
type lineHandler struct {
	w     io.Writer
	level slog.Leveler
	head  func(slog.Record) string
	below bool // texts of several lines stand below, for people
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
	rest, below := slog.NewRecord(r.Time, r.Level, "", 0), ""
	rest.AddAttrs(h.attrs...)
	r.Attrs(func(a slog.Attr) bool {
		if text := a.Value.Resolve().String(); h.below && strings.Contains(text, "\n") {
			below += indented(text)
		} else {
			rest.AddAttrs(a)
		}
		return true
	})
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
	b.WriteString(below)
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

// indented are the lines of a text, without what would move the cursor.
func indented(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString("    ")
		for _, r := range line {
			if r != '\t' && !unicode.IsPrint(r) {
				r = unicode.ReplacementChar
			}
			b.WriteRune(r)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
