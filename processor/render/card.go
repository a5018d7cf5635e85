package render

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/formatters/mrkdwn"
	"github.com/fn-slack/fn-slack/processor/card"
)

// Card is what a message shows that follows its incident, and what is new in it.
type Card struct {
	Values  []card.Value
	Changes []card.Change      // against Request.Before
	Reply   []blockkit.Message // what the thread is told: one message and what continues it, none for nothing
	Before  []blockkit.Message // what the message showed before, of samples alone
}

// shownAs is a field as a script shows it, in the order in which fields were sent.
type shownAs struct {
	hidden      bool
	label, text string
}

// show fills in what a message shows, and what is new in it against a state, nil where
// nobody knows it.
func (c *Card) show(values []card.Value, was *card.State) {
	c.Values = values
	if was != nil {
		c.Changes = was.Changes(values)
	}
}

// values are what a message shows of its fields, by the labels that were sent: what a
// script calls them may change with the script.
func values(fields []formatters.Field, labels map[string]*string, shows []shownAs) []card.Value {
	list := make([]card.Value, 0, len(fields))
	for i, f := range fields {
		v := card.Value{Label: f.Label, Text: f.Plain}
		if i < len(shows) {
			if shows[i].hidden {
				continue
			}
			v.Text = shows[i].text
		} else if label, ok := labels[f.Label]; ok && label == nil {
			continue
		}
		list = append(list, v)
	}
	return list
}

// names are the labels that a message shows, by those that were sent.
func names(fields []formatters.Field, labels map[string]*string, shows []shownAs) map[string]string {
	shown := map[string]string{}
	for i, f := range fields {
		if label, ok := labels[f.Label]; ok && label != nil {
			shown[f.Label] = *label
		}
		if i < len(shows) {
			shown[f.Label] = shows[i].label
		}
	}
	return shown
}

// told are the changes as fields, for a layout that has no words of its own for them.
func told(changes []card.Change, shown map[string]string) (list []formatters.Field) {
	const most = 200 // characters of a value
	value := func(text string) string {
		if text = mrkdwn.OneLine(text); text == "" {
			return "–"
		}
		if r := []rune(text); len(r) > most {
			text = string(r[:most-1]) + "…"
		}
		return text
	}
	for _, c := range changes {
		f := formatters.Field{Label: cmp.Or(shown[c.Label], c.Label), Plain: "→ " + value(c.To)}
		if c.Known {
			f.Plain = value(c.From) + " " + f.Plain
		}
		if c.Label == "" {
			f.Label, f.Plain = "Incident", "changed"
		}
		f.Text = mrkdwn.Esc(f.Plain)
		list = append(list, f)
	}
	return list
}

// replyTo is a reply in the card's thread; nil for no changes, and where no message is
// shown anew.
func replyTo(in inputs, told []formatters.Field) *blockkit.Message {
	if !in.update || told == nil {
		return nil
	}
	m := in.base
	m.ReplyBroadcast = false
	m.Text = formatters.Classic(told, in.layout.Markup)
	m.Blocks = formatters.ClassicBlocks(told, m.Text, in.layout.Markup)
	return &m
}

// readReply is the message that goes into the card's thread: what the script has for
// it, or else the lines that tell the changes; nil for none. made are the mentions in
// a text that was derived from elements.
func readReply(r result, in inputs, told []formatters.Field, trees *blockkit.Trees) (m *blockkit.Message, made []string, err error) {
	m = replyTo(in, told)
	if string(r.Reply) == "null" {
		m = nil
	} else if r.Reply != nil {
		reply, own, derived, err := readResult(r.Reply, in.base, trees)
		if err != nil {
			return nil, nil, fmt.Errorf("reply: %w", err)
		}
		if own.Skip != "" {
			return nil, nil, nil
		}
		reply.Channel, reply.ThreadTS = in.base.Channel, ""
		m, made = &reply, derived
	}
	if m != nil && r.Broadcast {
		m.ReplyBroadcast = true
	}
	return m, made, nil
}

// previous are the values that a card showed, for scripts.
func previous(state string) (json.RawMessage, error) {
	s, err := card.Read(state)
	if err != nil {
		return json.RawMessage("null"), nil // a message that shows nobody knows what
	}
	type field struct {
		Label string `json:"label"`
		Plain string `json:"plain"`
	}
	list := []field{}
	for _, v := range s.Known() {
		list = append(list, field{v.Label, v.Text})
	}
	return encode(list)
}

// changes are those of the fields that a script shows against a state.
func changes(state, nowJSON string) (json.RawMessage, error) {
	var now []struct{ Name, Label, Text string }
	if err := json.Unmarshal([]byte(nowJSON), &now); err != nil {
		return nil, err
	}
	type change struct {
		Label string  `json:"label"`
		From  *string `json:"from"` // null where it is not known
		To    string  `json:"to"`
	}
	list := []change{}
	if s, err := card.Read(state); err == nil {
		var values []card.Value
		shown := map[string]string{}
		for _, f := range now {
			values = append(values, card.Value{Label: f.Name, Text: f.Text})
			shown[f.Name] = f.Label
		}
		for _, c := range s.Changes(values) {
			one := change{Label: c.Label, To: c.To}
			if name := shown[c.Label]; name != "" {
				one.Label = name
			}
			if c.Known {
				one.From = &c.From
			}
			list = append(list, one)
		}
	}
	return encode(list)
}
