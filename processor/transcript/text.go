package transcript

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/processor/render"
)

// A page of the text is laid out at once. Its bounds are far below those of scripts.
const (
	pageLines = 100
	pageBytes = 64 << 10
)

// Names are those of people and of channels by their ids.
type Names interface {
	Person(ctx context.Context, id string) string    // who wrote something
	Mentioned(ctx context.Context, id string) string // a person whom a text names
	Room(ctx context.Context, id string) string      // a channel that a text names
}

// History are the messages of a channel: threads as they began, and their messages as
// they were written.
type History interface {
	Len() int
	Place(i int) (root, at int64)  // those of the i-th message
	Message(i int) ([]byte, error) // as Slack gives it; it holds until the next is asked for
}

// LayOut gives the blocks of some messages in another layout; nil are those of the
// built-in one. An error ends the work.
type LayOut func(context.Context, []render.Line) ([]*string, error)

// Text makes the text of histories.
type Text struct {
	Names    Names
	Location *time.Location // of the times; nil is UTC
	LayOut   LayOut
}

// Write writes a history as people read it: a block for each message, with its thread
// below it.
func (t Text) Write(ctx context.Context, to io.Writer, h History) error {
	p := page{w: bufio.NewWriter(to), layOut: t.LayOut}
	number, reply := 0, 0
	last := int64(0) // the thread of the message before
	for i := range h.Len() {
		raw, err := h.Message(i)
		if err != nil {
			return err
		}
		m, err := Read(raw)
		if err != nil {
			return err
		}
		root, at := h.Place(i)
		gone := ""
		if i == 0 || root != last {
			number, reply, last = number+1, 0, root
			if at != root {
				gone = fmt.Sprintf("%d - the first message of this thread is gone\n\n%d REPLIES:\n", number, replies(h, i))
			}
		}
		line := render.Line{Number: number, User: t.author(ctx, m), Time: t.time(at), Text: quoted(t.words(ctx, m)), Edited: t.edited(ctx, m)}
		for _, f := range m.Files {
			name := mrkdwn.OneLine(cmp.Or(f.Name, f.Title, f.ID))
			if f.Mode == "tombstone" {
				name += " (deleted)"
			}
			line.Files = append(line.Files, render.LineFile{Name: name, URL: mrkdwn.OneLine(f.Permalink)})
		}
		if at == root {
			line.Replies = replies(h, i) - 1
		} else {
			reply++
			line.Number, line.IsReply = reply, true
		}
		line.Classic = block(line)
		if err := cmp.Or(ctx.Err(), p.add(ctx, gone, line)); err != nil {
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
	layOut LayOut
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

// replies counts the messages from the i-th on that are of its thread.
func replies(h History, i int) (n int) {
	of, _ := h.Place(i)
	for ; i < h.Len(); i++ {
		if root, _ := h.Place(i); root != of {
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
func (t Text) edited(ctx context.Context, m Message) string {
	if m.Edited.TS == "" {
		return ""
	}
	who := t.Names.Person(ctx, m.Edited.User)
	if us, ok := moment(m.Edited.TS); ok {
		return who + " ON " + t.time(us)
	}
	return who
}

// author is who wrote a message.
func (t Text) author(ctx context.Context, m Message) string {
	name := Name(mrkdwn.Unescape(m.Username))
	if name == "" && m.User != "" {
		name = t.Names.Person(ctx, m.User)
	}
	name = cmp.Or(name, Name(m.BotProfile.Name), Name(m.BotID), "Slack")
	if ours().MatchString(mrkdwn.Fold(name)) {
		return `"` + name + `"`
	}
	return name
}

func (t Text) time(us int64) string {
	return time.UnixMicro(us).In(cmp.Or(t.Location, time.UTC)).Format("2006-01-02 15:04:05")
}

// Name is a name that fits into a line.
func Name(name string) string { return mrkdwn.Truncate(mrkdwn.OneLine(name), 80) }

// ours is what our own lines look like.
var ours = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^\s*\p{N}+\s*\p{Pd}|^\s*file\s+(url|name)\b|posted\s+(on|a\s+reply)|replies\s*:|edited\s+by`)
})

// quoted marks the lines of a text that could be taken for ours.
func quoted(text string) string {
	if ours().MatchString(mrkdwn.Fold(text)) {
		return "> " + strings.ReplaceAll(text, "\n", "\n> ")
	}
	return text
}
