package archive

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
)

// text writes the history as people read it: a block for each message, with its
// thread below it.
func (h *history) text(ctx context.Context, to io.Writer) error {
	w := bufio.NewWriter(to)
	var raw []byte
	number, reply := 0, 0
	for i, e := range h.spool.index {
		var err error
		if raw, err = h.spool.message(e, raw); err != nil {
			return err
		}
		m, err := decode(raw)
		if err != nil {
			return err
		}
		if begins := i == 0 || h.spool.index[i-1].root != e.root; begins {
			number, reply = number+1, 0
			if e.at != e.root {
				fmt.Fprintf(w, "%d - the first message of this thread is gone\n\n%d REPLIES:\n", number, h.replies(i))
			}
		}
		if e.at == e.root {
			h.block(ctx, w, "", fmt.Sprintf("%d - %s POSTED ON %s", number, h.author(ctx, m), h.time(m.at)), m)
			if n := h.replies(i + 1); n > 0 && h.spool.index[i+1].root == e.root {
				fmt.Fprintf(w, "%d REPLIES:\n", n)
			}
		} else {
			reply++
			h.block(ctx, w, "\t", fmt.Sprintf("%d - %s POSTED A REPLY ON %s", reply, h.author(ctx, m), h.time(m.at)), m)
		}
		if err := cmp.Or(h.names.err, ctx.Err()); err != nil {
			return err
		}
	}
	return w.Flush()
}

// replies counts the messages from the i-th on that are of its thread.
func (h *history) replies(i int) (n int) {
	for j := i; j < len(h.spool.index) && h.spool.index[j].root == h.spool.index[i].root; j++ {
		n++
	}
	return n
}

// block writes a message; indent stands before each of its lines.
func (h *history) block(ctx context.Context, w *bufio.Writer, indent, head string, m message) {
	lines := []string{head}
	if text := h.words(ctx, m); text != "" {
		lines = append(lines, strings.Split(quoted(text), "\n")...)
	}
	if m.Edited.TS != "" {
		at := ""
		if us, ok := moment(m.Edited.TS); ok {
			at = " ON " + h.time(us)
		}
		lines = append(lines, "EDITED BY "+h.names.person(ctx, m.Edited.User)+at)
	}
	for _, f := range m.Files {
		name := mrkdwn.OneLine(cmp.Or(f.Name, f.Title, f.ID))
		if f.Mode == "tombstone" {
			name += " (deleted)"
		}
		if f.Permalink != "" {
			lines = append(lines, "File url "+mrkdwn.OneLine(f.Permalink))
		}
		lines = append(lines, "File name "+name)
	}
	for _, line := range lines {
		fmt.Fprintf(w, "%s%s\n", indent, line) // w keeps the error until Flush
	}
	w.WriteByte('\n')
}

// author is who wrote a message.
func (h *history) author(ctx context.Context, m message) string {
	name := short(mrkdwn.Unescape(m.Username))
	if name == "" && m.User != "" {
		name = h.names.person(ctx, m.User)
	}
	name = cmp.Or(name, short(m.BotProfile.Name), short(m.BotID), "Slack")
	if ours.MatchString(mrkdwn.Fold(name)) {
		return `"` + name + `"`
	}
	return name
}

func (h *history) time(us int64) string {
	return time.UnixMicro(us).In(h.loc).Format("2006-01-02 15:04:05")
}

// ours is what our own lines look like.
var ours = regexp.MustCompile(`(?m)^\s*\p{N}+\s*\p{Pd}|^\s*file\s+(url|name)\b|posted\s+(on|a\s+reply)|replies\s*:|edited\s+by`)

// quoted marks the lines of a text that could be taken for ours.
func quoted(text string) string {
	if ours.MatchString(mrkdwn.Fold(text)) {
		return "> " + strings.ReplaceAll(text, "\n", "\n> ")
	}
	return text
}
