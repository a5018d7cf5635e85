package resilient

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// importer is a platform that lets itself be imported into.
type importer struct {
	destination string // its JSON
	conflicts   int
	bodies      []string // of PUT and POST, in order
}

func (i *importer) routes() map[string]http.HandlerFunc {
	routes := platform()
	const org = "/rest/orgs/201"
	keep := func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			i.bodies = append(i.bodies, string(body))
			next(w, r)
		}
	}
	routes["GET "+org+"/message_destinations/5"] = func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, i.destination) }
	routes["PUT "+org+"/message_destinations/5"] = keep(func(w http.ResponseWriter, _ *http.Request) {
		if i.conflicts > 0 {
			i.conflicts--
			// Meanwhile somebody else was added: that must not be lost.
			i.destination = strings.Replace(i.destination, "[1", "[8,1", 1)
			w.WriteHeader(http.StatusConflict)
		}
	})
	routes["POST "+org+"/configurations/imports"] = keep(text(200, `{"id": 17, "status": "PENDING", "messages": [{"type": "WARNING", "text": "<careful>"}], "kept": {"a": [1.50]}}`))
	routes["PUT "+org+"/configurations/imports/17"] = keep(text(200, ``))
	return routes
}

func TestJoinDestination(t *testing.T) {
	for _, tt := range []struct {
		name        string
		session     Session
		destination string
		conflicts   int
		joined      bool
		sent        []string
	}{
		{"a key", Session{APIKeyHandle: 7}, `{"id": 5, "users": [1], "api_keys": [2], "kept": 1.50}`, 0, true,
			[]string{`{"api_keys":[2,7],"id":5,"kept":1.50,"users":[1]}`}},
		{"an account", Session{UserID: 3}, `{"id": 5, "users": [1], "api_keys": [2]}`, 0, true, []string{`{"api_keys":[2],"id":5,"users":[1,3]}`}},
		{"there already", Session{UserID: 3}, `{"id": 5, "users": [1, 3]}`, 0, false, nil},
		{"the first one", Session{APIKeyHandle: 7}, `{"id": 5, "api_keys": null}`, 0, true, []string{`{"api_keys":[7],"id":5}`}},
		{"a platform that knows no keys", Session{APIKeyHandle: 7}, `{"id": 5}`, 0, true, []string{`{"api_keys":[7],"id":5}`}},
		{"changed meanwhile", Session{UserID: 3}, `{"id": 5, "users": [1]}`, 1, true, []string{`{"id":5,"users":[1,3]}`, `{"id":5,"users":[8,1,3]}`}},
	} {
		i := &importer{destination: tt.destination, conflicts: tt.conflicts}
		c := newClient(t, serve(t, i.routes()))
		if _, err := c.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
		joined, err := c.JoinDestination(t.Context(), "slack", tt.session)
		if err != nil || joined != tt.joined {
			t.Errorf("%s: got joined %v, %v", tt.name, joined, err)
		}
		if diff := cmp.Diff(tt.sent, i.bodies); diff != "" {
			t.Errorf("%s: sent (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestJoinDestinationSaysWhyNot(t *testing.T) {
	i := &importer{destination: `{"id": 5, "users": [1]}`, conflicts: 1000}
	c := newClient(t, serve(t, i.routes()))
	if _, err := c.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	var status *StatusError
	if _, err := c.JoinDestination(t.Context(), "slack", Session{UserID: 3}); !errors.As(err, &status) || status.Status != http.StatusConflict || len(i.bodies) != maxJoin {
		t.Errorf("a conflict that stays: got %v after %d attempts", err, len(i.bodies))
	}
	var missing *NotFoundError
	if _, err := c.JoinDestination(t.Context(), "nowhere", Session{UserID: 3}); !errors.As(err, &missing) {
		t.Errorf("no such destination: got %v", err)
	}
	if _, err := c.JoinDestination(t.Context(), "slack", Session{}); err == nil || !strings.Contains(err.Error(), "did not say which account") {
		t.Errorf("a session without an account: got %v", err)
	}
	var answer *AnswerError
	i.destination = `{"users": "?"}`
	if _, err := c.JoinDestination(t.Context(), "slack", Session{UserID: 3}); !errors.As(err, &answer) {
		t.Errorf("users that are no list: got %v", err)
	}
}

func TestImportSendsBackWhatItReceived(t *testing.T) {
	i := &importer{}
	c := newClient(t, serve(t, i.routes()))
	if _, err := c.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := c.Import(t.Context(), Customizations(Channels{Message: "<soc>"}))
	if err != nil || !got.Pending() || got.ID != 17 {
		t.Fatalf("got %+v, %v", got, err)
	}
	if diff := cmp.Diff([]ImportMessage{{"WARNING", "<careful>"}}, got.Messages); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
	var sent Configuration
	if err := json.Unmarshal([]byte(i.bodies[0]), &sent); err != nil || sent.Channels().Message != "<soc>" {
		t.Errorf("sent channel %q, %v", sent.Channels().Message, err)
	}
	if err := c.FinishImport(t.Context(), got, true); err != nil || got.Pending() || got.Status != "ACCEPTED" {
		t.Errorf("got %+v, %v", got, err)
	}
	if want := `{"id":17,"kept":{"a":[1.50]},"messages":[{"type":"WARNING","text":"<careful>"}],"status":"ACCEPTED"}`; i.bodies[1] != want {
		t.Errorf("sent %s\nwant %s", i.bodies[1], want)
	}
}

func TestImportErrors(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		target any
	}{
		{"no permission", text(403, `{"message": "no"}`), new(*ForbiddenError)},
		{"a document that does not fit", text(400, `{"message": "Invalid"}`), new(*StatusError)},
		{"a login page", text(200, `<html>`), new(*AnswerError)},
		{"no number", text(200, `{"status": "PENDING"}`), new(*AnswerError)},
	} {
		routes := (&importer{}).routes()
		routes["POST /rest/orgs/201/configurations/imports"] = tt.answer
		routes["POST /rest/orgs/201/configurations/exports/"] = text(403, `{"message": "no"}`)
		c := newClient(t, serve(t, routes))
		if _, err := c.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Import(t.Context(), Customizations(Channels{})); err == nil || !errors.As(err, tt.target) {
			t.Errorf("%s: got %v, want a %T", tt.name, err, tt.target)
		}
		var forbidden *ForbiddenError
		if _, err := c.ExportConfiguration(t.Context()); !errors.As(err, &forbidden) {
			t.Errorf("export: got %v", err)
		}
	}
}
