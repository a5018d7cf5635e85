package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/fn-slack/fn-slack/processor/slackapi"
)

// again is how many of the newest messages are looked at a second time: for replies
// and changes that came since the first. That many are read in half a minute.
const again = 4000

// history is that of a channel, on its way from Slack to the platform.
type history struct {
	slack   *slackapi.Poster
	channel string
	dir     string
	loc     *time.Location
	names   *names
	layOut  layOut

	spool  *spool // nil until something is read
	seed   maphash.Seed
	recent map[int64]uint64 // checksums of the newest messages that the channel shows
	floor  int64            // when the oldest of them was written
	newest int64            // when the newest was
	whole  bool             // it was read to its beginning
	final  bool             // and again after the last message
}

func newHistory(cfg Config, channel string, layOut layOut) *history {
	return &history{
		slack: cfg.Slack, channel: channel, dir: cfg.Dir, loc: cfg.Location, names: newNames(cfg.Slack), layOut: layOut,
		seed: maphash.MakeSeed(), recent: map[int64]uint64{},
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
		m, err := decode(raw)
		if err != nil {
			return err
		}
		if h.whole && m.at < h.floor {
			break
		}
		sum := maphash.Bytes(h.seed, raw)
		before, known := h.recent[m.at]
		if known && before == sum {
			continue
		}
		if err := h.add(ctx, raw, m); err != nil {
			return err
		}
		h.newest = max(h.newest, m.at)
		if known || len(h.recent) < again {
			h.recent[m.at] = sum
			if !h.whole {
				h.floor = m.at
			}
		}
	}
	h.whole = true
	return h.spool.settle()
}

// add keeps a message with its thread.
func (h *history) add(ctx context.Context, raw json.RawMessage, m message) error {
	if err := h.spool.add(m.root, m.at, raw); err != nil || m.ReplyCount == 0 || m.root != m.at {
		return err
	}
	for raw, err := range h.slack.Replies(ctx, h.channel, m.TS) {
		if slackapi.Code(err) == "thread_not_found" { // deleted since, with its replies
			return nil
		}
		if err != nil {
			return err
		}
		reply, err := decode(raw)
		if err != nil {
			return err
		}
		if err := h.spool.add(m.at, reply.at, raw); err != nil {
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
		if m, err := decode(raw); err != nil || m.at <= h.newest {
			return n, err
		}
		n++
	}
	return n, nil
}

// tryOut makes the text, and so asks for all names and shows what a script does, before
// anything is done.
func (h *history) tryOut(ctx context.Context) error {
	return h.text(ctx, io.Discard)
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
		err = h.text(ctx, file)
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
	var raw []byte
	var line bytes.Buffer
	for _, e := range h.spool.index {
		var err error
		if raw, err = h.spool.message(e, raw); err != nil {
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

// decode reads a message. What has another form than expected is as if it were not
// there, but for its time, without which it has no place.
func decode(raw []byte) (message, error) {
	var m message
	var other *json.UnmarshalTypeError
	if err := json.Unmarshal(raw, &m); err != nil && !errors.As(err, &other) {
		return m, fmt.Errorf("a message of Slack's cannot be read: %w", err)
	}
	var ok bool
	if m.at, ok = moment(m.TS); !ok {
		return m, fmt.Errorf("a message of Slack's has the time %q", cut(m.TS))
	}
	if m.root, ok = moment(m.ThreadTS); !ok {
		m.root = m.at
	}
	return m, nil
}

// moment is a ts of Slack's in microseconds.
func moment(ts string) (int64, bool) {
	seconds, fraction, ok := strings.Cut(ts, ".")
	s, err1 := strconv.ParseInt(seconds, 10, 64)
	us, err2 := strconv.ParseInt(fraction, 10, 64)
	return s*1e6 + us, ok && err1 == nil && err2 == nil && s > 0 && s < 1e11 && us >= 0 && us < 1e6
}
