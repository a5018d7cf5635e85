package slackapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
	"github.com/fn-slack/fn-slack/processor/kind"
)

const methodUpdate = "chat.update"

// Memo is what a message keeps in its metadata beside its delivery id, for whoever
// shows it anew: texts of the caller's. The zero value is nothing.
type Memo struct {
	ShownBy string `json:"shown_by,omitempty"` // the delivery id of the call whose content it shows, "" for that of the post
	State   string `json:"state,omitempty"`    // what it shows
	Before  string `json:"before,omitempty"`   // what it showed before that
	Reply   string `json:"reply,omitempty"`    // the delivery id of the reply that tells what is new, "" for none
	Parts   string `json:"parts,omitempty"`    // how many messages continue it, as a number; "" is 0
	Part    string `json:"part,omitempty"`     // of a message that continues another: which of them, from 1
}

// payload is the metadata of our messages. Strings only: Slack gives numbers back as
// floats.
type payload struct {
	DeliveryID string `json:"delivery_id"` // of the call that posted it, also when another shows it anew
	Memo
}

// metadata is what Slack keeps with a message, as it is sent.
type metadata struct {
	EventType string  `json:"event_type"`
	Payload   payload `json:"event_payload"`
}

func (p payload) metadata() string {
	js, _ := json.Marshal(metadata{eventType, p}) // texts alone
	return string(js)
}

// readPayload reads the metadata of a message. Another app's may have any shape: what
// does not decode is not ours.
func readPayload(js json.RawMessage) (payload, bool) {
	var m metadata
	ok := json.Unmarshal(js, &m) == nil && m.EventType == eventType && m.Payload.DeliveryID != ""
	return m.Payload, ok
}

// PostCard is PostSince for a message that keeps something for later. How much Slack
// takes in metadata is not documented: where it is too much the message is posted
// without it.
func (p *Poster) PostCard(ctx context.Context, m blockkit.Message, deliveryID string, memo Memo, begun time.Time, permit Permit) (Posted, error) {
	d := delivery{p: p, m: m, id: deliveryID, memo: memo, permit: permit, begun: begun, called: time.Now()}
	posted, err := p.post(ctx, &d)
	if tooLarge(err) && memo != (Memo{}) {
		p.cfg.Log.Warn("slack: the message is posted without what it shows in its metadata", "channel", m.Channel, "error", err)
		d.memo = Memo{}
		posted, err = p.post(ctx, &d)
	}
	return posted, err
}

// tooLarge says that Slack has refused the metadata for its size.
func tooLarge(err error) bool {
	invalid, ok := errors.AsType[*InvalidError](err)
	return ok && invalid.Code == "metadata_too_large"
}

// Card is a message that stands in Slack, as it is now.
type Card struct {
	Posted
	DeliveryID string // of the call that posted it, "" where it is none of ours
	Memo       Memo

	author string // the bot or the user
}

// Card reads a message at channel level; false says that there is none with this ts.
// It waits out rate limits and outages until the delivery timeout. Without the scope
// for history the error is a *RefusedError.
func (p *Poster) Card(ctx context.Context, channel, ts string) (Card, bool, error) {
	deadline := time.Now().Add(p.cfg.DeliveryTimeout)
	id, err := p.channelID(ctx, channel, deadline)
	if err != nil {
		return Card{}, false, err
	}
	x, _, err := p.read(ctx, "conversations.history", id, deadline, func(ctx context.Context, api *slack.Client) error {
		_, err := api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{
			ChannelID: id, Latest: ts, Oldest: ts, Inclusive: true, Limit: 1, IncludeAllMetadata: true,
		})
		return err
	})
	if err != nil {
		return Card{}, false, err
	}
	var page struct {
		Messages []json.RawMessage `json:"messages"`
	}
	if err := json.Unmarshal(x.body, &page); err != nil {
		return Card{}, false, fmt.Errorf("slack: conversations.history: %w", err)
	}
	for _, raw := range page.Messages {
		if card, ok := standing(id, raw); ok && card.TS == ts {
			return card, true, nil
		}
	}
	return Card{}, false, nil
}

// Parts are the messages that continue a card in its thread, by Memo.Part: as many as
// Memo.Parts says, or those that are there.
func (p *Poster) Parts(ctx context.Context, card Card) (map[string]Card, error) {
	parts := map[string]Card{}
	most, _ := strconv.Atoi(card.Memo.Parts) // "" is 0
	if most == 0 {
		return parts, nil
	}
	err := p.thread(ctx, card, time.Time{}, func(own Card) bool {
		if own.Memo.Part != "" {
			parts[own.Memo.Part] = own
		}
		return len(parts) == most
	})
	return parts, err
}

// Replied reports whether a reply with this delivery id stands in the card's thread.
// Those before oldest are not looked at; zero is all of them.
func (p *Poster) Replied(ctx context.Context, card Card, deliveryID string, oldest time.Time) (found bool, err error) {
	if !oldest.IsZero() {
		oldest = oldest.Add(-clockSkew)
	}
	err = p.thread(ctx, card, oldest, func(own Card) bool {
		found = own.DeliveryID == deliveryID
		return found
	})
	return found, err
}

// thread goes through the messages of a card's author in its thread, until one is what
// was looked for. Metadata is public: another app may have written the like.
func (p *Poster) thread(ctx context.Context, card Card, oldest time.Time, match func(Card) bool) error {
	s := search{p: p, channel: card.Channel, oldest: slackTime(oldest), deadline: time.Now().Add(p.cfg.DeliveryTimeout)}
	return s.pages(ctx, "conversations.replies", s.replies(card.TS), func(raw json.RawMessage, _ *exchange) bool {
		own, ok := standing(s.channel, raw)
		return ok && own.author == card.author && match(own)
	})
}

// standing is a message as Slack's methods give it; false is for what is none.
func standing(channel string, raw json.RawMessage) (Card, bool) {
	var m struct {
		TS       string          `json:"ts"`
		ThreadTS string          `json:"thread_ts"`
		Subtype  string          `json:"subtype"`
		BotID    string          `json:"bot_id"`
		User     string          `json:"user"`
		Metadata json.RawMessage `json:"metadata"`
	}
	if json.Unmarshal(raw, &m) != nil || m.TS == "" || m.Subtype == "tombstone" { // what is left of a deleted parent
		return Card{}, false
	}
	if m.ThreadTS == m.TS {
		m.ThreadTS = "" // a parent names itself once it has replies
	}
	response, err := json.Marshal(struct {
		OK      bool            `json:"ok"`
		Channel string          `json:"channel"`
		TS      string          `json:"ts"`
		Message json.RawMessage `json:"message"`
	}{true, channel, m.TS, raw})
	if err != nil {
		return Card{}, false
	}
	own, _ := readPayload(m.Metadata)
	return Card{
		Posted:     Posted{Channel: channel, TS: m.TS, ThreadTS: m.ThreadTS, Response: response, Found: true},
		DeliveryID: own.DeliveryID, Memo: own.Memo, author: cmp.Or(m.BotID, m.User),
	}, true
}

// FixedError says that a message cannot be shown anew: it was deleted, it is older than
// the workspace lets messages be changed, or it is of another app or token.
type FixedError struct {
	Code string // Slack's: message_not_found, edit_window_closed, cant_update_message
}

func (e *FixedError) Error() string {
	switch e.Code {
	case "message_not_found":
		return "the message was deleted in Slack"
	case "edit_window_closed":
		return "the workspace does not let a message of this age be changed (edit_window_closed)"
	}
	return "the message is not one that this app may change (" + e.Code + ")"
}

// Kind is Slack's refusal, where nothing else can be done.
func (e *FixedError) Kind() (kind.Kind, string) { return kind.Refused, "Slack refused: " + e.Code }

// Update shows another content in a message that stands in Slack, and tries again what
// may be tried again until the delivery timeout, which has run since begun. The same
// content shown twice is the same message, so an ambiguous answer is an outage.
//
// Of the message, channel, author, picture, thread and previews are as they were
// posted: Slack takes no others. What it shows is not kept where that is too large for
// the metadata. The error is a *FixedError, a *RefusedError, an
// *InvalidError or an *UnavailableError.
func (p *Poster) Update(ctx context.Context, card Card, m blockkit.Message, begun time.Time, permit Permit) (Posted, error) {
	m = blockkit.Message{Channel: card.Channel, Text: m.Text, Parse: m.Parse, LinkNames: m.LinkNames, Blocks: m.Blocks, Attachments: m.Attachments}
	send := func() (exchange, envelope, error) {
		metadata := payload{card.DeliveryID, card.Memo}.metadata()
		return p.insist(ctx, methodUpdate, card.Channel, begun.Add(p.cfg.DeliveryTimeout), permit, p.sends(methodUpdate, m, func(v url.Values) {
			v.Set("ts", card.TS)
			v.Set("metadata", metadata)
			for _, list := range []string{"blocks", "attachments"} {
				if !v.Has(list) {
					v.Set(list, "[]") // without one Slack keeps those that are there
				}
			}
		}))
	}
	x, e, err := send()
	if tooLarge(err) {
		card.Memo.State, card.Memo.Before = "", ""
		x, e, err = send()
	}
	switch e.Error {
	case "message_not_found", "edit_window_closed", "cant_update_message":
		return Posted{}, &FixedError{e.Error}
	}
	if err != nil {
		return Posted{}, err
	}
	return Posted{Channel: e.Channel, TS: e.TS, Response: x.body, Headers: x.headers(), Attempts: 1}, nil
}
