package resilient

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/secret"
)

const artifacts = "GET /rest/orgs/201/incidents/5/artifacts/"

func loggedIn(t *testing.T, cfg Config) *Client {
	t.Helper()
	c := newClient(t, cfg)
	if _, err := c.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// What may be malware is not taken for something else.
func TestMalwareIsRecognised(t *testing.T) {
	for kind, want := range map[string]string{
		`12`: "sample", `"12"`: "sample", `"Malware Sample"`: "sample", `" malware sample"`: "sample",
		`{"id": 12, "name": "Malware Sample"}`: "sample", `16`: "other", `"Other File"`: "other", `13`: "other",
		`null`: "unknown", `""`: "unknown", `[12]`: "unknown", `{"id": 12}`: "unknown",
	} {
		routes := platform()
		routes[artifacts+"1"] = text(200, `{"type": `+kind+`, "attachment": {"name": "a", "size": 1, "inc_id": 5, "type": "artifact"}}`)
		a, err := loggedIn(t, serve(t, routes)).Artifact(t.Context(), 5, 1)
		got := "other"
		switch _, unknown := errors.AsType[*AnswerError](err); {
		case unknown:
			got = "unknown"
		case err != nil:
			t.Fatal(err)
		case a.Sample:
			got = "sample"
		}
		if got != want {
			t.Errorf("type %s: %s, want %s", kind, got, want)
		}
	}
}

func TestContents(t *testing.T) {
	const path = "GET /rest/orgs/201/incidents/5/attachments/7"
	routes := platform()
	routes[path] = text(200, `{"name": "a", "size": 4, "inc_id": 5, "type": "incident"}`)
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		want  string // of the error; "" for none
	}{
		"whole":           {text(200, "abcd"), ""},
		"of another size": {text(200, "abcde"), "5 bytes in the place of the 4"},
		"without length": {func(w http.ResponseWriter, _ *http.Request) {
			http.NewResponseController(w).Flush()
			io.WriteString(w, "abcd")
		}, ""},
		"missing": {http.NotFound, `no contents of the file "a"`},
		"moved": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
		}, "302"},
		"cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "4")
			io.WriteString(w, "ab")
			http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, "unexpected EOF"},
		"stopped": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "4")
			io.WriteString(w, "ab")
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, "nothing came for"},
		"silent": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "nothing came for"},
	} {
		t.Run(name, func(t *testing.T) {
			routes[path+"/contents"] = c.serve
			cfg := serve(t, routes)
			cfg.Timeout = 300 * time.Millisecond
			client := loggedIn(t, cfg)
			f, err := client.Attachment(t.Context(), 5, 0, 7)
			if err != nil {
				t.Fatal(err)
			}
			body, err := client.Contents(t.Context(), f)
			if err == nil {
				var got []byte
				got, err = io.ReadAll(body)
				body.Close()
				if err == nil && string(got) != "abcd" {
					t.Errorf("got %q", got)
				}
			}
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestContentsRenewASession(t *testing.T) {
	routes := platform()
	logins := 0
	routes["POST /rest/session"] = func(w http.ResponseWriter, r *http.Request) {
		logins++
		http.SetCookie(w, &http.Cookie{Name: "JSESSIONID", Value: strconv.Itoa(logins)})
		io.WriteString(w, `{"orgs": `+orgs+`, "csrf_token": "t"}`)
	}
	const path = "GET /rest/orgs/201/tasks/6/attachments/7"
	routes[path] = text(200, `{"name": "a", "size": 1, "inc_id": 5, "type": "task"}`)
	routes[path+"/contents"] = func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie("JSESSIONID"); err != nil || cookie.Value != "2" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		io.WriteString(w, "a")
	}
	cfg := serve(t, routes)
	cfg.APIKeyID, cfg.Email, cfg.Password = "", "b@a.com", secret.New("p")
	c := loggedIn(t, cfg)
	f, err := c.Attachment(t.Context(), 5, 6, 7)
	if err != nil || f.Of != "task" || f.Incident != 5 {
		t.Fatalf("got %+v, %v", f, err)
	}
	body, err := c.Contents(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	body.Close()
	if logins != 2 {
		t.Errorf("%d logins, want 2", logins)
	}
}
