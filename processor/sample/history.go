package sample

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/transcript"
)

// History is a channel whose archive is wanted.
type History struct {
	Messages []json.RawMessage // as Slack gives them, in any order
	Names    map[string]string // of the people and channels in them, by their ids
}

// readHistory reads a history: what conversations.history answers, a list of messages,
// or the lines that archive_format=json attaches. It is nil for data that is none.
func readHistory(data []byte, members map[string]json.RawMessage) (*History, error) {
	h := &History{}
	if bytes.HasPrefix(members["messages"], []byte("[")) { // else it is a label
		err := json.Unmarshal(members["messages"], &h.Messages)
		if members["names"] != nil {
			err = cmp.Or(err, json.Unmarshal(members["names"], &h.Names))
		}
		if err != nil {
			return h, fmt.Errorf(`"messages" must be a list of Slack's messages, and "names" an object of names by id: %w`, err)
		}
		return h, h.check()
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	for {
		var one json.RawMessage
		err := dec.Decode(&one)
		if errors.Is(err, io.EOF) {
			break
		}
		var list []json.RawMessage
		if err == nil && json.Unmarshal(one, &list) != nil {
			list = []json.RawMessage{one}
		}
		if err != nil {
			return nil, nil
		}
		h.Messages = append(h.Messages, list...)
	}
	if len(h.Messages) == 0 || h.check() != nil { // it is something else
		return nil, nil
	}
	return h, nil
}

// check says which message cannot be read.
func (h *History) check() error {
	for i, raw := range h.Messages {
		if _, err := transcript.Read(raw); err != nil {
			return fmt.Errorf("messages[%d]: %w", i, err)
		}
	}
	return nil
}

// archived makes the text of the archive, as slack_archive_channel does.
func (s Sample) archived(ctx context.Context, r *render.Renderer, req render.Request) (out render.Rendered, err error) {
	out.Script = render.Classic
	layOut := func(ctx context.Context, lines []render.Line) ([]*string, error) {
		if out.Failed != nil {
			return nil, nil
		}
		page, err := r.Archive(ctx, req, lines)
		out.Script, out.Failed = cmp.Or(page.Script, out.Script), page.Failed
		out.Console = append(out.Console, page.Console...)
		for _, note := range page.Notes {
			if !slices.Contains(out.Notes, note) {
				out.Notes = append(out.Notes, note)
			}
		}
		return page.Blocks, err
	}
	var text strings.Builder
	err = transcript.Text{Names: known(s.History.Names), Location: r.Location(), LayOut: layOut}.Write(ctx, &text, s.History.sorted())
	if out.Script == render.Classic && req.Asked && err == nil && out.Failed == nil && len(s.History.Messages) > 0 {
		out.Notes = append(out.Notes, req.Script.Name+" has no archive(message): the history has the built-in layout")
	}
	out.Archive = strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n")
	return out, err
}

// sorted are the messages in the order of an archive.
func (h *History) sorted() ordered {
	var list ordered
	for _, raw := range h.Messages {
		m, _ := transcript.Read(raw) // it was checked
		list = append(list, placed{m.Root, m.At, raw})
	}
	slices.SortStableFunc(list, func(a, b placed) int { return cmp.Or(cmp.Compare(a.root, b.root), cmp.Compare(a.at, b.at)) })
	return list
}

// ordered is a [transcript.History].
type ordered []placed

type placed struct {
	root, at int64
	raw      []byte
}

func (o ordered) Len() int                      { return len(o) }
func (o ordered) Place(i int) (root, at int64)  { return o[i].root, o[i].at }
func (o ordered) Message(i int) ([]byte, error) { return o[i].raw, nil }

// known are [transcript.Names]. An id without one stands for itself.
type known map[string]string

func (k known) Person(_ context.Context, id string) string {
	return transcript.Name(cmp.Or(k[id], id, "somebody"))
}
func (k known) Mentioned(_ context.Context, id string) string {
	return cmp.Or(transcript.Name(k[id]), mrkdwn.OneLine(id))
}
func (k known) Room(ctx context.Context, id string) string { return k.Mentioned(ctx, id) }
