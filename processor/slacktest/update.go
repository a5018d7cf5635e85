package slacktest

import "net/url"

// update is chat.update: another content in a message of the app's own.
//
// https://docs.slack.dev/reference/methods/chat.update: blocks and attachments that
// are not given go when a text is; author, picture and thread stay.
func (w *Workspace) update(form url.Values) (answer, *refusal) {
	ts := form.Get("ts")
	form.Del("thread_ts")
	fresh, no := w.read(form)
	if no != nil {
		return nil, no
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.room(form.Get("channel"))
	if r == nil || r.ID != form.Get("channel") { // by id alone
		return nil, refuse("channel_not_found")
	}
	if r.Archived {
		return nil, refuse("is_archived")
	}
	i, ok := r.index(ts)
	if !ok {
		return nil, refuse("message_not_found")
	}
	m := r.messages[i]
	if m.said != nil && m.said["bot_id"] != botID {
		return nil, refuse("cant_update_message")
	}
	old := m.Sent
	m.Sent = fresh.Sent
	m.Sent.ThreadTS, m.Sent.Username, m.Sent.IconEmoji, m.Sent.IconURL = old.ThreadTS, old.Username, old.IconEmoji, old.IconURL
	if fresh.Metadata != nil {
		m.Metadata, m.DeliveryID = fresh.Metadata, fresh.DeliveryID
	}
	m.Updates++
	w.note()
	return answer{"channel": r.ID, "ts": ts, "text": m.Sent.Text, "message": m.json(true)}, nil
}
