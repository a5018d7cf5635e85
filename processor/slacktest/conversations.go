package slacktest

import (
	"cmp"
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func (w *Workspace) authTest(url.Values) (answer, *refusal) {
	return answer{
		"url": w.URL() + "/", "team": w.cfg.Team, "team_id": teamID,
		"user": BotName, "user_id": botUID, "bot_id": botID, "is_enterprise_install": false,
	}, nil
}

// history gives what a channel shows, newest first.
func (w *Workspace) history(form url.Values) (answer, *refusal) {
	return w.window(form, func(r *room) ([]*Message, *refusal) {
		var list []*Message
		for _, m := range slices.Backward(r.messages) {
			if m.ThreadTS == "" || m.Broadcast {
				list = append(list, m)
			}
		}
		return list, nil
	}, func(m *Message, cursor string) bool { return m.TS < cursor })
}

// replies gives a thread, the parent first and then the oldest.
func (w *Workspace) replies(form url.Values) (answer, *refusal) {
	ts := form.Get("ts")
	return w.window(form, func(r *room) ([]*Message, *refusal) {
		i, ok := r.index(ts)
		if !ok {
			return nil, refuse("thread_not_found")
		}
		if parent := r.messages[i].ThreadTS; parent != "" {
			ts = parent
		}
		var list []*Message
		for _, m := range r.messages {
			if m.TS == ts || m.ThreadTS == ts {
				list = append(list, m)
			}
		}
		return list, nil
	}, func(m *Message, cursor string) bool { return m.TS > cursor })
}

// window gives a page of a list of messages: those between oldest and latest,
// those past the cursor, as many as the limit allows.
func (w *Workspace) window(form url.Values, choose func(*room) ([]*Message, *refusal), past func(*Message, string) bool) (answer, *refusal) {
	limit, err := strconv.Atoi(form.Get("limit"))
	if err != nil || limit < 1 || limit > 999 {
		limit = 100
	}
	cursor, ok := readCursor(form.Get("cursor"))
	if !ok {
		return nil, refuse("invalid_cursor")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.byName[form.Get("channel")]
	if r == nil || r.ID != form.Get("channel") || r.Private && r.Outside { // by id only
		return nil, refuse("channel_not_found")
	}
	if no := w.lacks(scopes[r.kind()] + ":history"); no != nil {
		return nil, no
	}
	if r.Outside { // chat:write.public is for posting alone
		return nil, refuse("not_in_channel")
	}
	all, no := choose(r)
	if no != nil {
		return nil, no
	}
	oldest, latest := form.Get("oldest"), form.Get("latest")
	page, more := []any{}, false
	last := ""
	for _, m := range all {
		parent := m.TS == form.Get("ts") // replies always give the parent too
		if !parent && !within(m.TS, oldest, latest, truth(form, "inclusive")) || cursor != "" && !past(m, cursor) {
			continue
		}
		if len(page) == limit {
			more = true
			break
		}
		page = append(page, m.json(truth(form, "include_all_metadata")))
		last = m.TS
	}
	a := answer{"messages": page, "has_more": more}
	if more {
		a["response_metadata"] = answer{"next_cursor": writeCursor(last)}
	}
	return a, nil
}

func within(ts, oldest, latest string, inclusive bool) bool {
	at, _ := strconv.ParseFloat(ts, 64)
	if from, err := strconv.ParseFloat(oldest, 64); err == nil && (at < from || at == from && !inclusive) {
		return false
	}
	if to, err := strconv.ParseFloat(latest, 64); err == nil && (at > to || at == to && !inclusive) {
		return false
	}
	return true
}

func writeCursor(ts string) string {
	return base64.StdEncoding.EncodeToString([]byte("next_ts:" + ts))
}

func readCursor(cursor string) (string, bool) {
	if cursor == "" {
		return "", true
	}
	text, err := base64.StdEncoding.DecodeString(cursor)
	ts, ok := strings.CutPrefix(string(text), "next_ts:")
	return ts, err == nil && ok
}

func (w *Workspace) list(form url.Values) (answer, *refusal) {
	types := strings.Split(form.Get("types"), ",")
	if form.Get("types") == "" {
		types = []string{"public_channel"}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, kind := range types { // each needs its own, also beside others
		if scope, known := scopes[kind]; !known {
			return nil, refuse("invalid_types")
		} else if no := w.lacks(scope + ":read"); no != nil {
			return nil, no
		}
	}
	list := []any{}
	for _, r := range w.channels {
		if slices.Contains(types, r.kind()) && !(r.Private && r.Outside) && !(r.Archived && truth(form, "exclude_archived")) {
			list = append(list, r.json())
		}
	}
	return pageOf("channels", list, form)
}

// pageOf gives the part of a list that the cursor and the limit ask for.
func pageOf(name string, list []any, form url.Values) (answer, *refusal) {
	limit, err := strconv.Atoi(form.Get("limit"))
	if err != nil || limit < 1 || limit > 1000 {
		limit = 100
	}
	cursor, ok := readCursor(form.Get("cursor"))
	from, err := strconv.Atoi(cmp.Or(cursor, "0"))
	if !ok || err != nil || from > len(list) {
		return nil, refuse("invalid_cursor")
	}
	to, next := min(from+limit, len(list)), ""
	if to < len(list) {
		next = writeCursor(strconv.Itoa(to))
	}
	return answer{name: list[from:to], "response_metadata": answer{"next_cursor": next}}, nil
}

func (w *Workspace) info(form url.Values) (answer, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.byName[form.Get("channel")]
	if r == nil || r.ID != form.Get("channel") || r.Private && r.Outside {
		return nil, refuse("channel_not_found")
	}
	if no := w.lacks(scopes[r.kind()] + ":read"); no != nil {
		return nil, no
	}
	return answer{"channel": r.json()}, nil
}

// scopes are the first halves of those for a kind of conversation:
// https://docs.slack.dev/reference/methods/conversations.history
var scopes = map[string]string{"public_channel": "channels", "private_channel": "groups", "im": "im"}

func (r *room) kind() string {
	switch {
	case r.user != "":
		return "im"
	case r.Private:
		return "private_channel"
	}
	return "public_channel"
}

func (r *room) json() answer {
	if r.user != "" {
		return answer{"id": r.ID, "is_im": true, "user": r.user}
	}
	return answer{
		"id": r.ID, "name": r.Name, "name_normalized": r.Name, "is_channel": true,
		"is_private": r.Private, "is_archived": r.Archived, "is_member": !r.Outside,
		"is_general": r.Name == general, "creator": r.Creator, "created": r.Created.Unix(),
	}
}
