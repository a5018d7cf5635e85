package slacktest

import (
	"maps"
	"strconv"
)

// Put puts a message of anybody's into a channel, with members as Slack's methods give
// them: user, text, subtype, files and so on; thread_ts makes it a reply, and
// subtype thread_broadcast one that the channel shows too. It gives the message's ts.
func (w *Workspace) Put(channel string, members map[string]any) (ts string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.room(channel)
	m := &Message{Channel: r.ID, ChannelName: r.Name, TS: w.nextTS(), said: maps.Clone(members)}
	m.Sent.Text, _ = members["text"].(string)
	m.Sent.Username, _ = members["user"].(string)
	m.Broadcast = members["subtype"] == "thread_broadcast"
	m.ThreadTS, _ = members["thread_ts"].(string)
	if i, ok := r.index(m.ThreadTS); ok {
		r.messages[i].replies++
		r.messages[i].latest = m.TS
	}
	r.messages = append(r.messages, m)
	w.note()
	return m.TS
}

// Edit changes members of a message that Put has put there, and adds who did it.
func (w *Workspace) Edit(channel, ts, user string, members map[string]any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.room(channel)
	i, _ := r.index(ts)
	m := *r.messages[i] // what is there may just be written to somebody
	m.said = maps.Clone(m.said)
	maps.Copy(m.said, members)
	m.said["edited"] = map[string]any{"user": user, "ts": strconv.FormatInt(w.cfg.Now().Unix(), 10) + ".000000"}
	m.Sent.Text, _ = m.said["text"].(string)
	r.messages[i] = &m
	w.note()
}
