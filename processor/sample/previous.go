package sample

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/fn-slack/fn-slack/processor/card"
	"github.com/fn-slack/fn-slack/processor/render"
)

// Render renders a sample. Where it has a state before, its message is one that stands
// in Slack and is shown anew; what the thread is told stands behind it in Messages.
func (s Sample) Render(ctx context.Context, r *render.Renderer, req render.Request) (render.Rendered, error) {
	req.Call = s.Call
	switch {
	case s.History != nil:
		return s.archived(ctx, r, req)
	case s.Call.Function == render.ArchiveFunction:
		return render.Rendered{}, fmt.Errorf(`a sample of %s needs "messages", a list of the channel's messages`, s.Call.Function)
	case s.Previous == nil:
		return r.Render(ctx, req)
	case s.Upload() != nil:
		return render.Rendered{}, errors.New("previous: only a message is shown anew, and not the comment of a file")
	}
	before := s
	if err := before.Override("slack_details", string(s.Previous)); err != nil {
		return render.Rendered{}, fmt.Errorf("previous: %w", err)
	}
	first := req
	first.Call = before.Call
	shown, err := r.Render(ctx, first)
	if err != nil {
		return render.Rendered{}, fmt.Errorf("previous: %w", err)
	}
	req.Anew, req.Before = true, card.State{At: req.Time, Values: shown.Card.Values}.Write()
	rendered, err := r.Render(ctx, req)
	rendered.Card.Before = shown.Messages
	rendered.Messages = append(rendered.Messages, rendered.Card.Reply...)
	return rendered, err
}

// previous takes the state before out of the members of a sample: slack_details, as an
// object or as text.
func previous(members map[string]json.RawMessage) (json.RawMessage, error) {
	raw := bytes.TrimSpace(members["previous"])
	delete(members, "previous")
	var text string
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil, nil
	case json.Unmarshal(raw, &text) == nil:
		return json.RawMessage(text), nil
	case raw[0] != '{':
		return nil, fmt.Errorf(`"previous" must be an object of labels, as slack_details is`)
	}
	return raw, nil
}

// ReadPrevious reads the state before from the file of a sample of any form.
func ReadPrevious(file string) (json.RawMessage, error) {
	s, err := Read(file)
	if err != nil {
		return nil, err
	}
	raw, ok := s.Call.Inputs.Raw("slack_details")
	if !ok {
		return nil, fmt.Errorf("%s: it has no slack_details", file)
	}
	return previous(map[string]json.RawMessage{"previous": raw})
}
