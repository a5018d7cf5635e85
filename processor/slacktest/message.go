package slacktest

import (
	"encoding/json"
	"fmt"
	"maps"
	"sort"
	"strconv"
	"strings"

	"github.com/fn-slack/fn-slack/formatters/blockkit"
)

// The app that posts, as Slack's answers name it.
const (
	botID  = "B0STANDIN"
	botUID = "U0STANDINB"
	botApp = "A0STANDIN"
	teamID = "T0STANDIN"

	// BotName is the author where a message names none.
	BotName = "fn-slack"
)

// Message is one message of the workspace.
type Message struct {
	Channel     string // id
	ChannelName string
	TS          string
	ThreadTS    string // the parent's ts, "" at channel level
	Broadcast   bool   // a reply that is shown in the channel too
	Orphan      bool   // asked for a thread whose parent is not there

	Sent       blockkit.Message // the arguments as they came
	Metadata   json.RawMessage  // nil without
	DeliveryID string           // event_payload.delivery_id of the metadata
	Updates    int              // by chat.update
	File       *File            // that the message shares; nil for none

	replies int            // of a parent
	latest  string         // the youngest of them
	said    map[string]any // of one that Put has put there: its members
}

// json is the message as Slack's methods give it.
func (m *Message) json(withMetadata bool) map[string]any {
	j := map[string]any{
		"type": "message", "ts": m.TS, "text": m.Sent.Text,
		"user": botUID, "bot_id": botID, "app_id": botApp, "team": teamID,
	}
	if m.Sent.Text == "" && len(m.Sent.Blocks) > 0 {
		j["text"] = "This content can't be displayed."
	}
	if m.Sent.Username != "" {
		j["subtype"], j["username"] = "bot_message", m.Sent.Username
	}
	if m.said != nil {
		j = map[string]any{"type": "message", "ts": m.TS, "team": teamID}
		maps.Copy(j, m.said)
	}
	if len(m.Sent.Blocks) > 0 {
		j["blocks"] = m.Sent.Blocks
	}
	if len(m.Sent.Attachments) > 0 {
		j["attachments"] = m.Sent.Attachments
	}
	if m.ThreadTS != "" {
		j["thread_ts"], j["parent_user_id"] = m.ThreadTS, botUID
		if m.Broadcast {
			j["subtype"] = "thread_broadcast"
		}
	} else if m.replies > 0 {
		j["thread_ts"], j["reply_count"], j["latest_reply"] = m.TS, m.replies, m.latest
	}
	if m.File != nil {
		j["upload"] = true
		j["files"] = []any{map[string]any{"id": m.File.ID, "name": m.File.Name, "title": m.File.Title, "size": m.File.Size, "user": botUID}}
	}
	if withMetadata && m.Metadata != nil {
		j["metadata"] = m.Metadata
	}
	return j
}

// index finds a message by its ts.
func (r *room) index(ts string) (int, bool) {
	i := sort.Search(len(r.messages), func(i int) bool { return r.messages[i].TS >= ts })
	return i, i < len(r.messages) && r.messages[i].TS == ts
}

// thread counts the replies to a message and names the latest.
func (r *room) thread(ts string) (replies int, latest string) {
	i, _ := r.index(ts) // replies are younger than their parent
	for _, m := range r.messages[i:] {
		if m.ThreadTS == ts {
			replies++
			latest = m.TS
		}
	}
	return replies, latest
}

// validTS tells whether a text has the form of a ts: seconds, a dot and six
// digits. Texts of this form sort like times until the year 2286.
func validTS(ts string) bool {
	s, frac, ok := strings.Cut(ts, ".")
	if !ok || len(s) != 10 || len(frac) != 6 {
		return false
	}
	_, err1 := strconv.ParseUint(s, 10, 64)
	_, err2 := strconv.ParseUint(frac, 10, 64)
	return err1 == nil && err2 == nil
}

// nextTS is unique in the workspace and grows. The caller holds the lock.
func (w *Workspace) nextTS() string {
	us := w.cfg.Now().UnixMicro()
	if us <= w.lastTS {
		us = w.lastTS + 1
	}
	w.lastTS = us
	return fmt.Sprintf("%010d.%06d", us/1e6, us%1e6)
}
