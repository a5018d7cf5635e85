package slacktest

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
)

// maxText is where Slack cuts a message's text:
// https://docs.slack.dev/reference/methods/chat.postMessage#truncating
const maxText = 40_000

func (w *Workspace) postMessage(form url.Values) (answer, *refusal) {
	m, no := w.read(form)
	if no != nil {
		return nil, no
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	r, no := w.destination(form.Get("channel"))
	if no != nil {
		return nil, no
	}
	if no := r.pace.take(w.cfg.Limit, w.cfg.Now()); no != nil {
		return nil, no
	}
	m.Channel, m.ChannelName = r.ID, r.Name
	var parent *Message
	if thread := m.Sent.ThreadTS; thread != "" {
		// Slack does not refuse a reply to a message that is not there any
		// more: it posts at channel level and leaves thread_ts out.
		if i, ok := r.index(thread); ok && r.messages[i].ThreadTS == "" {
			m.ThreadTS, m.Broadcast = thread, m.Sent.ReplyBroadcast
			parent = r.messages[i]
		} else {
			m.Orphan = true
		}
	}
	m.TS = w.nextTS()
	if parent != nil {
		parent.replies++
		parent.latest = m.TS
	}
	r.messages = append(r.messages, m)
	w.note()
	return answer{"channel": r.ID, "ts": m.TS, "message": m.json(true)}, nil
}

// read checks everything about a message that does not depend on the channel.
func (w *Workspace) read(form url.Values) (*Message, *refusal) {
	m := &Message{Sent: blockkit.Message{
		Channel:        form.Get("channel"),
		ThreadTS:       form.Get("thread_ts"),
		Text:           form.Get("text"),
		Parse:          form.Get("parse"),
		ReplyBroadcast: truth(form, "reply_broadcast"),
		LinkNames:      optional(form, "link_names"),
		Mrkdwn:         optional(form, "mrkdwn"),
		UnfurlLinks:    optional(form, "unfurl_links"),
		UnfurlMedia:    optional(form, "unfurl_media"),
	}}
	if truth(form, "as_user") {
		return nil, refuse("as_user_not_supported")
	}
	if w.can("chat:write.customize") { // without it Slack shows the app's own name
		m.Sent.Username = form.Get("username")
		m.Sent.IconEmoji = form.Get("icon_emoji")
		m.Sent.IconURL = form.Get("icon_url")
	}
	if m.Sent.ThreadTS != "" && !validTS(m.Sent.ThreadTS) {
		return nil, refuse("invalid_thread_ts")
	}
	if !utf8.ValidString(m.Sent.Text) {
		return nil, refuse("invalid_charset")
	}
	if text := []rune(m.Sent.Text); len(m.Sent.Text) > maxText && len(text) > maxText {
		m.Sent.Text = string(text[:maxText])
	}
	if text := form.Get("blocks"); text != "" {
		if json.Unmarshal([]byte(text), &m.Sent.Blocks) != nil {
			return nil, refuse("invalid_blocks_format")
		}
	}
	if text := form.Get("attachments"); text != "" {
		if json.Unmarshal([]byte(text), &m.Sent.Attachments) != nil {
			return nil, refuse("invalid_attachments")
		}
		if len(m.Sent.Attachments) > 100 {
			return nil, refuse("too_many_attachments")
		}
	}
	if no := m.readMetadata(form.Get("metadata")); no != nil {
		return nil, no
	}
	if strings.TrimSpace(m.Sent.Text) == "" && len(m.Sent.Blocks) == 0 && len(m.Sent.Attachments) == 0 {
		return nil, refuse("no_text")
	}
	if no := checkRules(m.Sent); no != nil {
		return nil, no
	}
	return m, nil
}

func (m *Message) readMetadata(text string) *refusal {
	if text == "" {
		return nil
	}
	var metadata struct {
		EventType string                     `json:"event_type"`
		Payload   map[string]json.RawMessage `json:"event_payload"`
	}
	if json.Unmarshal([]byte(text), &metadata) != nil || metadata.EventType == "" || metadata.Payload == nil {
		return refuse("invalid_metadata_format")
	}
	m.Metadata = json.RawMessage(text)
	_ = json.Unmarshal(metadata.Payload["delivery_id"], &m.DeliveryID)
	return nil
}

// destination finds the channel of a message, and opens a direct message where
// a user is named. The caller holds the lock.
func (w *Workspace) destination(channel string) (*room, *refusal) {
	r := w.room(channel)
	if r == nil {
		for _, u := range w.cfg.Users {
			if u.ID == channel {
				r = &room{Channel: Channel{ID: "D" + strings.TrimPrefix(u.ID, "U"), Name: u.Name}, user: u.ID}
				w.channels = append(w.channels, r)
				w.byName[r.ID], w.byUser[u.ID] = r, r
			}
		}
	}
	switch {
	case r == nil, r.Private && r.Outside:
		return nil, refuse("channel_not_found")
	case r.Archived:
		return nil, refuse("is_archived")
	case r.Outside && !w.can("chat:write.public"):
		return nil, refuse("not_in_channel")
	}
	return r, nil
}

// bucket is what is left of a rate.
type bucket struct {
	full time.Time // when it is full again
}

// take refuses what is above the rate.
func (b *bucket) take(l Limit, now time.Time) *refusal {
	if l.Interval <= 0 {
		return nil
	}
	if b.full.Before(now) {
		b.full = now
	}
	if wait := b.full.Add(-time.Duration(max(l.Burst, 1)-1) * l.Interval).Sub(now); wait > 0 {
		after := int((wait + time.Second - 1) / time.Second)
		return &refusal{code: "ratelimited", status: 429, retryAfter: after}
	}
	b.full = b.full.Add(l.Interval)
	return nil
}

func (w *Workspace) permalink(form url.Values) (answer, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.room(form.Get("channel"))
	if r == nil {
		return nil, refuse("channel_not_found")
	}
	ts := form.Get("message_ts")
	i, ok := r.index(ts)
	if !ok {
		return nil, refuse("message_not_found")
	}
	link := w.URL() + "/archives/" + r.ID + "/p" + strings.Replace(ts, ".", "", 1)
	if parent := r.messages[i].ThreadTS; parent != "" {
		link += "?thread_ts=" + parent + "&cid=" + r.ID
	}
	return answer{"channel": r.ID, "permalink": link}, nil
}

// truth reads a boolean argument; optional keeps whether it was there.
func truth(form url.Values, name string) bool {
	v := strings.ToLower(form.Get(name))
	return v == "true" || v == "1"
}

func optional(form url.Values, name string) *bool {
	if !form.Has(name) {
		return nil
	}
	v := truth(form, name)
	return &v
}
