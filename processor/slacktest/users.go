package slacktest

import (
	"net/url"
	"slices"
	"strings"
)

func (w *Workspace) userInfo(form url.Values) (answer, *refusal) {
	if form.Get("user") == botUID {
		return answer{"user": answer{"id": botUID, "name": BotName, "team_id": teamID, "is_bot": true, "profile": answer{}}}, nil
	}
	at := slices.IndexFunc(w.cfg.Users, func(u User) bool { return u.ID == form.Get("user") })
	if at < 0 {
		return nil, refuse("user_not_found")
	}
	return answer{"user": w.userJSON(w.cfg.Users[at])}, nil
}

func (w *Workspace) userByEmail(form url.Values) (answer, *refusal) {
	at := slices.IndexFunc(w.cfg.Users, func(u User) bool { return strings.EqualFold(u.Email, form.Get("email")) })
	if at < 0 {
		return nil, refuse("users_not_found")
	}
	return answer{"user": w.userJSON(w.cfg.Users[at])}, nil
}

// userJSON shows the address only to tokens that may see it.
func (w *Workspace) userJSON(u User) answer {
	profile := answer{"real_name": u.RealName, "display_name": u.Name}
	if w.can("users:read.email") {
		profile["email"] = u.Email
	}
	return answer{
		"id": u.ID, "name": u.Name, "real_name": u.RealName, "team_id": teamID, "deleted": u.Deleted, "is_bot": false, "profile": profile,
	}
}
