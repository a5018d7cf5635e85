package resilient

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// ExportConfiguration asks the platform for an export of the organisation and
// returns the part of it that can be compared. It changes nothing.
func (c *Client) ExportConfiguration(ctx context.Context) (Configuration, error) {
	var have Configuration
	// The word actions stands for rules and all that they run, layouts for what they
	// show, data tables among it.
	parts := map[string]bool{"layouts": true, "actions": true, "phases_and_tasks": false}
	if err := c.org(ctx, http.MethodPost, "/configurations/exports/", parts, &have); err != nil {
		return Configuration{}, fmt.Errorf("read what the platform has: %w", err)
	}
	return have, nil
}

// An Import is an import that the platform has looked at.
type Import struct {
	ID       int             `json:"id"`
	Status   string          `json:"status"` // PENDING, ACCEPTED, REJECTED, or another word of the platform
	Messages []ImportMessage `json:"messages"`
	received map[string]json.RawMessage
}

// An ImportMessage is what the platform says of an import.
type ImportMessage struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// Pending reports whether the platform waits for [Client.FinishImport].
func (i *Import) Pending() bool { return i.Status == "PENDING" }

// Import hands cfg to the platform. An import that is pending has changed
// nothing yet; finish it either way, for the platform keeps it.
func (c *Client) Import(ctx context.Context, cfg Configuration) (*Import, error) {
	var answer json.RawMessage
	if err := c.org(ctx, http.MethodPost, "/configurations/imports", cfg, &answer); err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	i := &Import{}
	err := cmp.Or(json.Unmarshal(answer, i), json.Unmarshal(answer, &i.received))
	if err == nil && absent(i.received["id"]) {
		err = errors.New("it has no id")
	}
	if err != nil {
		return nil, &AnswerError{http.MethodPost, "configurations/imports", err}
	}
	return i, nil
}

// FinishImport accepts a pending import, or rejects it.
func (c *Client) FinishImport(ctx context.Context, i *Import, accept bool) error {
	status := "REJECTED"
	if accept {
		status = "ACCEPTED"
	}
	i.received["status"] = encode(status)
	if err := c.org(ctx, http.MethodPut, "/configurations/imports/"+strconv.Itoa(i.ID), i.received, nil); err != nil {
		return fmt.Errorf("finish the import: %w", err)
	}
	i.Status = status
	return nil
}

// maxJoin bounds the attempts to change a destination that others change, too.
const maxJoin = 5

// JoinDestination lets the account of the session use a message destination: it
// becomes one of its users, or its API key one of its keys. joined is false
// where it could use it already. Without such a destination the error is a
// *NotFoundError.
func (c *Client) JoinDestination(ctx context.Context, name string, s Session) (joined bool, err error) {
	list, own := "users", s.UserID
	if s.APIKeyHandle != 0 {
		list, own = "api_keys", s.APIKeyHandle
	}
	if own == 0 {
		return false, errors.New("the login did not say which account this is, so that it cannot be given the message destination; do it in the platform")
	}
	all, err := c.Destinations(ctx)
	if err != nil {
		return false, err
	}
	d, ok := find(all, func(d Destination) bool { return d.ProgrammaticName == name })
	if !ok {
		return false, &NotFoundError{fmt.Sprintf("message destination %q", name), customizeRemedy}
	}
	for range maxJoin {
		joined, err = c.join(ctx, "/message_destinations/"+strconv.Itoa(d.ID), list, own)
		if !hasStatus(err, http.StatusConflict) {
			break
		}
		// Somebody else changed it since it was read: read it again.
	}
	if err != nil {
		return false, fmt.Errorf("use message destination %s: %w", name, err)
	}
	return joined, nil
}

func (c *Client) join(ctx context.Context, path, list string, own int) (bool, error) {
	var destination map[string]json.RawMessage
	if err := c.org(ctx, http.MethodGet, path, nil, &destination); err != nil {
		return false, err
	}
	var members []json.RawMessage
	if raw, ok := destination[list]; ok {
		if err := json.Unmarshal(raw, &members); err != nil {
			return false, &AnswerError{http.MethodGet, path, fmt.Errorf("%s: %w", list, err)}
		}
	}
	if slices.ContainsFunc(members, func(m json.RawMessage) bool { return number(m) == own }) {
		return false, nil
	}
	destination[list] = encode(append(members, encode(own)))
	if err := c.org(ctx, http.MethodPut, path, destination, nil); err != nil {
		return false, err
	}
	return true, nil
}
