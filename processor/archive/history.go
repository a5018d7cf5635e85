package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"io"

	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/slackapi"
	"github.com/fn-slack/fn-slack/processor/transcript"
)

// again is how many of the newest messages are looked at a second time: for replies
// and changes that came since the first. That many are read in half a minute.
const again = 4000

// history is that of a channel, on its way from Slack to the platform.
type history struct {
	slack   *slackapi.Poster
	channel string
	dir     string
	names   *names
	text    transcript.Text

	spool  *spool // nil until something is read
	seed   maphash.Seed
	recent map[int64]uint64 // checksums of the newest messages that the channel shows
	floor  int64            // when the oldest of them was written
	newest int64            // when the newest was
	whole  bool             // it was read to its beginning
	final  bool             // and again after the last message
}

func newHistory(cfg Config, channel string, layOut transcript.LayOut) *history {
	names := newNames(cfg.Slack)
	return &history{
		slack: cfg.Slack, channel: channel, dir: cfg.Dir, names: names,
		seed: maphash.MakeSeed(), recent: map[int64]uint64{},
		text: transcript.Text{Names: names, Location: cfg.Location, LayOut: func(ctx context.Context, lines []render.Line) ([]*string, error) {
			if names.err != nil {
				return nil, names.err
			}
			return layOut(ctx, lines)
		}},
	}
}

// read reads the whole history; a second time what is new, and what of the newest
// messages has changed or has new replies.
func (h *history) read(ctx context.Context) error {
	if h.spool == nil {
		file, err := newScratch(h.dir)
		if err != nil {
			return err
		}
		h.spool = &spool{scratch: file}
	}
	for raw, err := range h.slack.History(ctx, h.channel) {
		if err != nil {
			return err
		}
		m, err := transcript.Read(raw)
		if err != nil {
			return err
		}
		if h.whole && m.At < h.floor {
			break
		}
		sum := maphash.Bytes(h.seed, raw)
		before, known := h.recent[m.At]
		if known && before == sum {
			continue
		}
		if err := h.add(ctx, raw, m); err != nil {
			return err
		}
		h.newest = max(h.newest, m.At)
		if known || len(h.recent) < again {
			h.recent[m.At] = sum
			if !h.whole {
				h.floor = m.At
			}
		}
	}
	h.whole = true
	return h.spool.settle()
}

// add keeps a message with its thread.
func (h *history) add(ctx context.Context, raw json.RawMessage, m transcript.Message) error {
	if err := h.spool.add(m.Root, m.At, raw); err != nil || m.ReplyCount == 0 || m.Root != m.At {
		return err
	}
	for raw, err := range h.slack.Replies(ctx, h.channel, m.TS) {
		if slackapi.Code(err) == "thread_not_found" { // deleted since, with its replies
			return nil
		}
		if err != nil {
			return err
		}
		reply, err := transcript.Read(raw)
		if err != nil {
			return err
		}
		if err := h.spool.add(m.At, reply.At, raw); err != nil {
			return err
		}
	}
	return nil
}

// finish reads what has come up to now, once.
func (h *history) finish(ctx context.Context) error {
	if h.final {
		return nil
	}
	err := h.read(ctx)
	h.final = err == nil
	return err
}

// late counts the messages that the channel shows and that came after the last read.
func (h *history) late(ctx context.Context) (n int, err error) {
	if !h.final { // the attachments were made before this process
		return 0, nil
	}
	for raw, err := range h.slack.History(ctx, h.channel) {
		if err != nil {
			return n, err
		}
		if m, err := transcript.Read(raw); err != nil || m.At <= h.newest {
			return n, err
		}
		n++
	}
	return n, nil
}

// tryOut makes the text, and so asks for all names and shows what a script does, before
// anything is done.
func (h *history) tryOut(ctx context.Context) error {
	return h.text.Write(ctx, io.Discard, h.spool)
}

// count is the number of messages.
func (h *history) count() int { return len(h.spool.index) }

// render writes the history into a file, in one of the formats.
func (h *history) render(ctx context.Context, format string) (*scratch, error) {
	file, err := newScratch(h.dir)
	if err != nil {
		return nil, err
	}
	if format == JSON {
		err = h.lines(file)
	} else {
		err = h.text.Write(ctx, file, h.spool)
	}
	if err == nil {
		err = file.flush()
	}
	if err != nil {
		file.close()
		return nil, err
	}
	return file, nil
}

// lines writes each message as Slack gave it, on a line of its own.
func (h *history) lines(w io.Writer) error {
	var line bytes.Buffer
	for i := range h.spool.index {
		raw, err := h.spool.Message(i)
		if err != nil {
			return err
		}
		line.Reset()
		if err := json.Compact(&line, raw); err != nil {
			return fmt.Errorf("a message of the history is damaged: %w", err)
		}
		line.WriteByte('\n')
		if _, err := w.Write(line.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func (h *history) close() {
	if h.spool != nil {
		h.spool.close()
	}
}
