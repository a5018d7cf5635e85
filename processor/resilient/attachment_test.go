package resilient

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/secret"
)

func file(text string) Upload {
	return Upload{Incident: 2223, Name: "history.txt", Type: "text/plain", Size: int64(len(text)), Body: func() io.Reader { return strings.NewReader(text) }}
}

// loggedIn is a client of a platform that takes attachments.
func attaching(t *testing.T, attach http.HandlerFunc, timeout time.Duration) *Client {
	t.Helper()
	routes := platform()
	for _, of := range []string{"/incidents/2223", "/tasks/31"} {
		routes["POST /rest/orgs/201"+of+"/attachments"] = attach
	}
	cfg := serve(t, routes)
	cfg.Timeout = timeout
	c := newClient(t, cfg)
	if _, err := c.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAttachSendsTheFile(t *testing.T) {
	const contents = "1 - ada POSTED ON …\n"
	for _, answer := range []string{`{"id": 27, "name": "history.txt", "created": 1790000000000}`, `[{"id": 27, "name": "history.txt", "created": 1790000000000}]`} {
		for path, task := range map[string]int{"/rest/orgs/201/incidents/2223/attachments": 0, "/rest/orgs/201/tasks/31/attachments": 31} {
			c := attaching(t, func(w http.ResponseWriter, r *http.Request) {
				f, head, err := r.FormFile("file")
				if err != nil {
					t.Error(err)
					return
				}
				got, err := io.ReadAll(f)
				if err != nil || string(got) != contents || head.Filename != "history.txt" || head.Header.Get("Content-Type") != "text/plain" {
					t.Errorf("%q, %+v, %v", got, head, err)
				}
				if r.ContentLength < 0 || r.URL.Path != path {
					t.Errorf("%s with a length of %d", r.URL.Path, r.ContentLength)
				}
				io.WriteString(w, answer)
			}, 0)
			u := file(contents)
			u.Task = task
			got, err := c.Attach(t.Context(), u)
			if diff := cmp.Diff(Attached{27, "history.txt", time.UnixMilli(1790000000000)}, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
		}
	}
}

// A session that has ended is opened again, and the whole file is sent again.
func TestAttachAfterTheEndOfTheSession(t *testing.T) {
	routes := platform()
	routes["POST /rest/session"] = text(200, `{"orgs": `+orgs+`, "csrf_token": "c"}`)
	asked := 0
	routes["POST /rest/orgs/201/incidents/2223/attachments"] = func(w http.ResponseWriter, r *http.Request) {
		got, err := io.ReadAll(r.Body)
		if !strings.Contains(string(got), "hello") || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		if asked++; asked == 1 {
			w.WriteHeader(401)
			return
		}
		io.WriteString(w, `{"id": 27}`)
	}
	cfg := serve(t, routes)
	cfg.APIKeyID, cfg.Email, cfg.Password = "", "b@a.com", secret.New("secret")
	c := newClient(t, cfg)
	if _, err := c.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Attach(t.Context(), file("hello")); err != nil || asked != 2 {
		t.Errorf("%d requests, %v", asked, err)
	}
}

func TestAttachThatFails(t *testing.T) {
	for status, temporary := range map[int]bool{403: false, 413: false, 500: true, 503: true} {
		c := attaching(t, text(status, `{"message": "no"}`), 0)
		if _, err := c.Attach(t.Context(), file("x")); err == nil || Temporary(err) != temporary {
			t.Errorf("%d: %v, which is temporary: %v", status, err, !temporary)
		}
	}
	c := attaching(t, text(200, `{}`), 0)
	if _, err := c.Attach(t.Context(), file("x")); err == nil {
		t.Error("an answer without an attachment is taken for one")
	}
}

// slow gives its bytes one by one, and between them the client's patience passes
// nearly.
type slow struct {
	*strings.Reader
	pause time.Duration
}

func (s slow) Read(p []byte) (int, error) {
	<-time.After(s.pause)
	return s.Reader.Read(p[:1])
}

func TestAttachMayTakeItsTimeButNotStandStill(t *testing.T) {
	const patience = 200 * time.Millisecond
	c := attaching(t, func(w http.ResponseWriter, r *http.Request) {
		if got, _ := io.ReadAll(r.Body); strings.Contains(string(got), "hang") {
			<-r.Context().Done()
		}
		io.WriteString(w, `{"id": 27}`)
	}, patience)
	u := file("0123456789")
	u.Body = func() io.Reader { return slow{strings.NewReader("0123456789"), patience / 5} }
	if _, err := c.Attach(t.Context(), u); err != nil {
		t.Error(err)
	}
	if _, err := c.Attach(t.Context(), file("hang")); !Temporary(err) {
		t.Errorf("error %v, which time does not heal", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience/10)
	defer cancel()
	if _, err := c.Attach(ctx, file("hang")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

// What is lost while the file is sent is not attached.
func TestAttachWithoutPermit(t *testing.T) {
	whole := make(chan bool, 1)
	c := attaching(t, func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		whole <- err == nil
	}, 0)
	gone, asked := errors.New("the call is another's"), 0
	u := file(strings.Repeat("x", 1<<20))
	u.Permit = func(context.Context) (time.Time, error) {
		if asked++; asked > 3 {
			return time.Time{}, gone
		}
		return time.Now().Add(time.Minute), nil
	}
	if _, err := c.Attach(t.Context(), u); !errors.Is(err, gone) {
		t.Errorf("error %v", err)
	}
	if <-whole {
		t.Error("the platform got the whole file")
	}
}

func TestSearchRows(t *testing.T) {
	routes := platform()
	routes["POST /rest/search_ex"] = func(w http.ResponseWriter, r *http.Request) {
		var got map[string]any
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil || got["query"] != `"soc-1"` || got["org_id"] != 201.0 {
			t.Errorf("%v, %v", got, err)
		}
		io.WriteString(w, `{"results": [
			{"inc_id": 2223, "result": {"cells": {"1": {"id": {"name": "slack_db_channel"}, "value": "soc-1"}, "2": {"value": 7}}}},
			{"inc_id": 2224, "result": {"cells": {"slack_db_channel": {"id": "slack_db_channel", "value": "soc-1"}}}},
			{"inc_id": 2225}]}`)
	}
	c := newClient(t, serve(t, routes))
	if _, err := c.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := c.SearchRows(t.Context(), "soc-1")
	want := []FoundRow{{2223, []string{"soc-1"}}, {2224, []string{"soc-1"}}, {2225, nil}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
