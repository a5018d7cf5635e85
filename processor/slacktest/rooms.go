package slacktest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// general is the channel that everybody is in, and that cannot be archived.
const general = "general"

// maxName is in characters: https://docs.slack.dev/reference/methods/conversations.create
const maxName = 80

func (w *Workspace) create(form url.Values) (answer, *refusal) {
	private := truth(form, "is_private")
	scope := "channels:manage"
	if private {
		scope = "groups:write"
	}
	if no := w.lacks(scope); no != nil {
		return nil, no
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	name := form.Get("name")
	if no := w.nameable(name); no != nil {
		return nil, no
	}
	r := &room{Channel: Channel{
		ID: fmt.Sprintf("C0MADE%04d", len(w.channels)), Name: name, Private: private, Created: w.cfg.Now(), Creator: botUID,
	}}
	w.channels = append(w.channels, r)
	w.byName[r.Name], w.byName[r.ID] = r, r
	w.note()
	return answer{"channel": r.json()}, nil
}

// nameable refuses what cannot be a new channel's name. The names of archived
// channels and of those that the app cannot see are taken too. The caller holds the
// lock.
func (w *Workspace) nameable(name string) *refusal {
	switch {
	case name == "":
		return refuse("invalid_name_required")
	case utf8.RuneCountInString(name) > maxName:
		return refuse("invalid_name_maxlength")
	case strings.Trim(name, "-_") == "":
		return refuse("invalid_name_punctuation")
	case strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	}):
		return refuse("invalid_name_specials")
	case w.byName[name] != nil:
		return refuse("name_taken")
	}
	return nil
}

// mine finds a channel that the app is to change, by id; it must be a member. The
// caller holds the lock.
func (w *Workspace) mine(form url.Values) (*room, *refusal) {
	r := w.byName[form.Get("channel")]
	switch {
	case r == nil, r.ID != form.Get("channel"), r.Private && r.Outside:
		return nil, refuse("channel_not_found")
	case r.user != "":
		return nil, refuse("method_not_supported_for_channel_type")
	case r.Outside:
		return nil, refuse("not_in_channel")
	}
	scope := "channels:manage"
	if r.Private {
		scope = "groups:write"
	}
	return r, w.lacks(scope)
}

// maxInvited is of one call.
const maxInvited = 100

// invite takes the people that can come where force says so, and nobody
// otherwise, and names the others one by one.
func (w *Workspace) invite(form url.Values) (answer, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, no := w.mine(form)
	if no != nil {
		return nil, no
	}
	if r.Archived {
		return nil, refuse("is_archived")
	}
	people := strings.Split(form.Get("users"), ",")
	if form.Get("users") == "" || len(people) > maxInvited {
		return nil, refuse("invalid_arguments")
	}
	var errors []answer
	var come []string
	for _, id := range people {
		if code := w.uninvitable(r, id); code != "" {
			errors = append(errors, answer{"user": id, "ok": false, "error": code})
		} else {
			come = append(come, id)
		}
	}
	if len(errors) == 0 || truth(form, "force") {
		r.people = append(r.people, come...)
		w.note()
	}
	if len(errors) > 0 {
		return nil, &refusal{code: errors[0]["error"].(string), more: answer{"errors": errors}}
	}
	return answer{"channel": r.json()}, nil
}

func (w *Workspace) uninvitable(r *room, id string) string {
	at := slices.IndexFunc(w.cfg.Users, func(u User) bool { return u.ID == id })
	switch {
	case id == botUID:
		return "cant_invite_self"
	case at < 0:
		return "user_not_found"
	case w.cfg.Users[at].Deleted:
		return "cant_invite"
	case slices.Contains(r.people, id):
		return "already_in_channel"
	}
	return ""
}

func (w *Workspace) join(form url.Values) (answer, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.byName[form.Get("channel")]
	switch {
	case r == nil, r.ID != form.Get("channel"), r.Private && r.Outside:
		return nil, refuse("channel_not_found")
	case r.Private:
		return nil, refuse("method_not_supported_for_channel_type")
	case r.Archived:
		return nil, refuse("is_archived")
	}
	r.Outside = false
	w.note()
	return answer{"channel": r.json()}, nil
}

func (w *Workspace) archive(form url.Values) (answer, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, no := w.mine(form)
	switch {
	case no != nil:
		return nil, no
	case r.Archived:
		return nil, refuse("already_archived")
	case r.Name == general:
		return nil, refuse("cant_archive_general")
	}
	r.Archived = true
	w.note()
	return answer{}, nil
}

func (w *Workspace) rename(form url.Values) (answer, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, no := w.mine(form)
	if no != nil {
		return nil, no
	}
	if no := w.nameable(form.Get("name")); no != nil {
		return nil, no
	}
	delete(w.byName, r.Name)
	r.Name = form.Get("name")
	w.byName[r.Name] = r
	w.note()
	return answer{"channel": r.json()}, nil
}

// members gives the app first.
func (w *Workspace) members(form url.Values) (answer, *refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.byName[form.Get("channel")]
	if r == nil || r.ID != form.Get("channel") || r.Private && r.Outside {
		return nil, refuse("channel_not_found")
	}
	if no := w.lacks(scopes[r.kind()] + ":read"); no != nil {
		return nil, no
	}
	list := []any{}
	if !r.Outside {
		list = append(list, botUID)
	}
	for _, id := range r.people {
		list = append(list, id)
	}
	return pageOf("members", list, form)
}

// Rooms gives the channels as they are, in the order in which they were made.
func (w *Workspace) Rooms() []Channel {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []Channel
	for _, r := range w.channels {
		if r.user == "" {
			list = append(list, r.Channel)
		}
	}
	return list
}

// People lists the ids of those in a channel, the app left out.
func (w *Workspace) People(channel string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r := w.room(channel); r != nil {
		return slices.Clone(r.people)
	}
	return nil
}
