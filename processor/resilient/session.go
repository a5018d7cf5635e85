package resilient

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// A Session is what a login tells.
type Session struct {
	OrgID   int
	OrgName string
	// Orgs is how many organisations the account is in.
	Orgs int
	// UserID is the account's number; zero with an API key.
	UserID int
	// APIKeyHandle is the key's number; zero without an API key.
	APIKeyHandle int
	// ServerTime is the platform's clock as its answer says, to the second;
	// zero where it does not say.
	ServerTime time.Time
}

// sessionAnswer holds the members of the login's answer that are used.
type sessionAnswer struct {
	Orgs []struct {
		ID           int    `json:"id"`
		Name         string `json:"name"`
		UUID         string `json:"uuid"`
		CloudAccount string `json:"cloud_account"`
		Enabled      *bool  `json:"enabled"`
	} `json:"orgs"`
	CSRFToken    string          `json:"csrf_token"`
	UserID       json.RawMessage `json:"user_id"`
	APIKeyHandle json.RawMessage `json:"api_key_handle"`
	SessionIP    string          `json:"session_ip"`
}

// Login opens a session, chooses the organisation by its cloud account, uuid or
// name, and makes sure that it has an action framework. It may be called again
// at any time, for instance after an [*UnauthorisedError].
func (c *Client) Login(ctx context.Context) (Session, error) {
	const path = "/rest/session?include_permissions=false"
	method, in := http.MethodGet, any(nil)
	if !c.cfg.usesKey() {
		method, in = http.MethodPost, map[string]string{"email": c.cfg.Email, "password": c.cfg.Password.Reveal()}
	}
	var a sessionAnswer
	got, err := c.send(ctx, nil, method, path, in, &a)
	if err != nil {
		return Session{}, fmt.Errorf("log in: %w", err)
	}
	s := &session{csrf: a.CSRFToken, cookies: got.Cookies()}
	if c.cfg.Hide != nil {
		c.cfg.Hide(s.csrf)
		for _, cookie := range s.cookies {
			c.cfg.Hide(cookie.Value)
		}
	}
	// What only informs must not make a login fail.
	result := Session{Orgs: len(a.Orgs), UserID: number(a.UserID), APIKeyHandle: number(a.APIKeyHandle)}
	result.ServerTime, _ = http.ParseTime(got.Header.Get("Date"))

	var names []string
	for _, org := range a.Orgs {
		names = append(names, org.Name)
		if c.cfg.Org == "" || result.OrgID != 0 {
			continue
		}
		if c.cfg.Org != org.CloudAccount && c.cfg.Org != org.UUID && c.cfg.Org != org.Name {
			continue
		}
		if org.Enabled != nil && !*org.Enabled {
			return Session{}, fmt.Errorf("log in: %w", &DisabledOrgError{org.Name, a.SessionIP})
		}
		result.OrgID, result.OrgName = org.ID, org.Name
	}
	if result.OrgID == 0 {
		return Session{}, fmt.Errorf("log in: %w", &NotMemberError{c.cfg.Org, names})
	}
	s.orgID = result.OrgID

	var org struct {
		Actions bool `json:"actions_framework_enabled"`
	}
	if _, err := c.send(ctx, s, http.MethodGet, "/rest/orgs/"+strconv.Itoa(s.orgID), nil, &org); err != nil {
		return Session{}, fmt.Errorf("read organisation %q: %w", result.OrgName, err)
	}
	if !org.Actions {
		return Session{}, &ActionsDisabledError{result.OrgName}
	}
	c.session.Store(s)
	return result, nil
}

// number reads a number, and gives zero for anything else.
func number(raw json.RawMessage) int {
	var n int
	if json.Unmarshal(raw, &n) != nil {
		return 0
	}
	return n
}
