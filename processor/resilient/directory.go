package resilient

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// A Function is what the platform knows of a function.
type Function struct {
	Name string // API name
	// Destination is the API name of the message destination to which the
	// platform sends the calls.
	Destination string
}

// A Destination is a message destination.
type Destination struct {
	ID               int    `json:"id"`
	Name             string `json:"name"`
	ProgrammaticName string `json:"programmatic_name"`
}

const customizeRemedy = "deploy it with `fn-slack customize`, or import the app's package in the platform"

// Function looks up a function by its API name, and its destination. Without
// such a function, or with one that has no destination, the error is a
// *NotFoundError.
func (c *Client) Function(ctx context.Context, name string) (Function, error) {
	var f struct {
		Name   string          `json:"name"`
		Handle json.RawMessage `json:"destination_handle"`
	}
	err := c.org(ctx, http.MethodGet, "/functions/"+url.PathEscape(name)+"?handle_format=names", nil, &f)
	if err != nil {
		if hasStatus(err, http.StatusNotFound) {
			err = &NotFoundError{fmt.Sprintf("function %q", name), customizeRemedy}
		}
		return Function{}, fmt.Errorf("look up function %s: %w", name, err)
	}
	destination, err := c.destinationName(ctx, name, f.Handle)
	if err != nil {
		return Function{}, fmt.Errorf("look up function %s: %w", name, err)
	}
	return Function{f.Name, destination}, nil
}

// destinationName reads a handle, which is a name, or, on a platform that does
// not know handle_format, a number.
func (c *Client) destinationName(ctx context.Context, function string, handle json.RawMessage) (string, error) {
	missing := &NotFoundError{fmt.Sprintf("message destination for function %q", function), customizeRemedy}
	var name string
	if absent(handle) || json.Unmarshal(handle, &name) == nil {
		if name == "" {
			return "", missing
		}
		return name, nil
	}
	var id int
	if err := json.Unmarshal(handle, &id); err != nil {
		return "", &AnswerError{http.MethodGet, "functions/" + function, fmt.Errorf("destination_handle is %s", excerpt(handle))}
	}
	all, err := c.Destinations(ctx)
	if err != nil {
		return "", err
	}
	d, _ := find(all, func(d Destination) bool { return d.ID == id })
	if d.ProgrammaticName == "" {
		return "", missing
	}
	return d.ProgrammaticName, nil
}

// Destinations lists the message destinations of the organisation.
func (c *Client) Destinations(ctx context.Context) ([]Destination, error) {
	var list struct {
		Entities []Destination `json:"entities"`
	}
	if err := c.org(ctx, http.MethodGet, "/message_destinations", nil, &list); err != nil {
		return nil, fmt.Errorf("list the message destinations: %w", err)
	}
	return list.Entities, nil
}
