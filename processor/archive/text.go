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
	"github.com/fn-slack/fn-slack/processor/render"
)

// A page of the text is laid out at once. Its bounds are far below those of scripts.
const (
	pageLines = 100
	pageBytes = 64 << 10
)

// layOut gives the blocks of a page in another layout; nil are those of the built-in
// one.
type layOut func(context.Context, []render.Line) ([]*string, error)

// text writes the history as people read it: a block for each message, with its
// thread below it.
func (h *history) text(ctx context.Context, to io.Writer) error {
	p := page{w: bufio.NewWriter(to), layOut: h.layOut}
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
		gone := ""
		if begins := i == 0 || h.spool.index[i-1].root != e.root; begins {
			number, reply = number+1, 0
			if e.at != e.root {
				gone = fmt.Sprintf("%d - the first message of this thread is gone\n\n%d REPLIES:\n", number, h.replies(i, e.root))
			}
		}
		line := render.Line{Number: number, User: h.author(ctx, m), Time: h.time(m.at), Text: quoted(h.words(ctx, m)), Edited: h.edited(ctx, m)}
		for _, f := range m.Files {
			name := mrkdwn.OneLine(cmp.Or(f.Name, f.Title, f.ID))
			if f.Mode == "tombstone" {
				name += " (deleted)"
			}
			line.Files = append(line.Files, render.LineFile{Name: name, URL: mrkdwn.OneLine(f.Permalink)})
		}
		if e.at == e.root {
			line.Replies = h.replies(i+1, e.root)
		} else {
			reply++
			line.Number, line.IsReply = reply, true
		}
		line.Classic = block(line)
		if err := cmp.Or(h.names.err, ctx.Err(), p.add(ctx, gone, line)); err != nil {
			return err
		}
	}
	if err := p.turn(ctx); err != nil {
		return err
	}
	return p.w.Flush()
}

// page are messages that wait until they are laid out.
type page struct {
	w      *bufio.Writer
	layOut layOut
	before []string // of each: what we say before it
	lines  []render.Line
	size   int
}

func (p *page) add(ctx context.Context, before string, line render.Line) error {
	p.before, p.lines = append(p.before, before), append(p.lines, line)
	if p.size += len(line.Text) + len(line.Classic); len(p.lines) < pageLines && p.size < pageBytes {
		return nil
	}
	return p.turn(ctx)
}

// turn writes the page.
func (p *page) turn(ctx context.Context) error {
	if len(p.lines) == 0 {
		return nil
	}
	blocks, err := p.layOut(ctx, p.lines)
	if err != nil {
		return err
	}
	for i, line := range p.lines {
		text := line.Classic
		if blocks != nil && blocks[i] != nil {
			text = *blocks[i]
		}
		p.w.WriteString(p.before[i]) // it keeps its error until Flush
		p.w.WriteString(text)
		if text != "" && !strings.HasSuffix(text, "\n") {
			p.w.WriteByte('\n')
		}
	}
	p.before, p.lines, p.size = p.before[:0], p.lines[:0], 0
	return nil
}

// replies counts the messages from the i-th on that are of a thread.
func (h *history) replies(i int, root int64) (n int) {
	for _, e := range h.spool.index[i:] {
		if e.root != root {
			break
		}
		n++
	}
	return n
}

// block is a message in the layout of the original.
func block(l render.Line) string {
	indent, how := "", "POSTED ON"
	if l.IsReply {
		indent, how = "\t", "POSTED A REPLY ON"
	}
	lines := []string{fmt.Sprintf("%d - %s %s %s", l.Number, l.User, how, l.Time)}
	if l.Text != "" {
		lines = append(lines, strings.Split(l.Text, "\n")...)
	}
	if l.Edited != "" {
		lines = append(lines, "EDITED BY "+l.Edited)
	}
	for _, f := range l.Files {
		if f.URL != "" {
			lines = append(lines, "File url "+f.URL)
		}
		lines = append(lines, "File name "+f.Name)
	}
	lines = append(lines, "")
	if l.Replies > 0 {
		lines = append(lines, fmt.Sprintf("%d REPLIES:", l.Replies))
	}
	var b strings.Builder
	for _, line := range lines {
		if line != "" {
			b.WriteString(indent)
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// edited says who edited a message, and when.
func (h *history) edited(ctx context.Context, m message) string {
	if m.Edited.TS == "" {
		return ""
	}
	who := h.names.person(ctx, m.Edited.User)
	if us, ok := moment(m.Edited.TS); ok {
		return who + " ON " + h.time(us)
	}
	return who
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
