package slacktest

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxRequest bounds a call's body: text of 40,000 characters, 50 blocks and
// 100 attachments stay far below.
const maxRequest = 4 << 20

// answer is the body of an answer, before "ok" is added.
type answer map[string]any

// refusal is an error in Slack's shape.
type refusal struct {
	code       string
	status     int // of HTTP, 0 is 200
	retryAfter int // header, seconds, 0 is none
	more       answer
}

func refuse(code string) *refusal { return &refusal{code: code} }

// method is one of Slack's methods: which scopes it needs (any of them; those of
// conversations then ask for the one of the channel's kind) and what it does.
type method struct {
	scopes []string
	run    func(*Workspace, url.Values) (answer, *refusal)
}

func methods() map[string]method {
	history := []string{"channels:history", "groups:history", "im:history"}
	read := []string{"channels:read", "groups:read", "im:read"}
	manage := []string{"channels:manage", "groups:write"}
	return map[string]method{
		"auth.test":             {nil, (*Workspace).authTest},
		"chat.postMessage":      {[]string{"chat:write"}, (*Workspace).postMessage},
		"chat.update":           {[]string{"chat:write"}, (*Workspace).update},
		"chat.getPermalink":     {nil, (*Workspace).permalink},
		"conversations.history": {history, (*Workspace).history},
		"conversations.replies": {history, (*Workspace).replies},
		"conversations.list":    {read, (*Workspace).list},
		"conversations.info":    {read, (*Workspace).info},
		"conversations.members": {read, (*Workspace).members},
		"conversations.create":  {manage, (*Workspace).create},
		"conversations.invite":  {manage, (*Workspace).invite},
		"conversations.join":    {[]string{"channels:join"}, (*Workspace).join},
		"conversations.archive": {manage, (*Workspace).archive},
		"conversations.rename":  {manage, (*Workspace).rename},
		"users.info":            {[]string{"users:read"}, (*Workspace).userInfo},
		"users.lookupByEmail":   {[]string{"users:read.email"}, (*Workspace).userByEmail},

		"files.getUploadURLExternal":   {[]string{"files:write"}, (*Workspace).uploadURL},
		"files.completeUploadExternal": {[]string{"files:write"}, (*Workspace).complete},
		"files.info":                   {[]string{"files:read"}, (*Workspace).fileInfo},
		"files.list":                   {[]string{"files:read"}, (*Workspace).fileList},
	}
}

func (w *Workspace) serveAPI(rw http.ResponseWriter, r *http.Request) {
	name := r.PathValue("method")
	form, err := arguments(rw, r)
	if err != nil {
		writeJSON(rw, 0, refuse("invalid_form_data").body())
		return
	}
	f := w.fault(name, form)
	body, status := answer{"ok": true}, 0
	if f.Posted || !f.fails() {
		var no *refusal
		body, no = w.perform(name, form, r.Header.Get("Authorization"))
		if no != nil {
			body, status = no.body(), no.status
			if no.retryAfter > 0 {
				rw.Header().Set("Retry-After", strconv.Itoa(no.retryAfter))
			}
		} else {
			body["ok"] = true
		}
	}
	if f.Late > 0 {
		w.running.Go(func() {
			t := time.NewTimer(f.Late)
			defer t.Stop()
			select {
			case <-t.C:
				w.perform(name, form, r.Header.Get("Authorization"))
			case <-w.gone:
			}
		})
	}
	if f.Delay > 0 {
		t := time.NewTimer(f.Delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.Context().Done():
			return
		case <-w.gone:
			panic(http.ErrAbortHandler) // returning would answer with an empty 200
		}
	}
	rw.Header().Set("X-OAuth-Scopes", strings.Join(w.cfg.Scopes, ","))
	rw.Header().Set("X-Slack-Req-Id", strconv.Itoa(w.requestID()))
	if f.RetryAfter > 0 {
		rw.Header().Set("Retry-After", strconv.Itoa(int((f.RetryAfter+time.Second-1)/time.Second)))
	}
	if f.Status != 0 {
		status = f.Status
	}
	switch {
	case f.Drop:
		panic(http.ErrAbortHandler)
	case f.Code != "":
		body = refuse(f.Code).body()
		if f.Reason != "" {
			body["response_metadata"] = answer{"messages": []string{f.Reason}}
		}
	case f.Status >= 400:
		rw.Header().Set("Content-Type", "text/html")
		rw.WriteHeader(status)
		_, _ = io.WriteString(rw, "<html><body>Something went wrong</body></html>")
		return
	case f.Empty:
		rw.WriteHeader(max(status, 200))
		return
	case f.Cut:
		text, _ := json.Marshal(body)
		rw.Header().Set("Content-Type", "application/json; charset=utf-8")
		rw.Header().Set("Content-Length", strconv.Itoa(len(text)))
		rw.WriteHeader(max(status, 200))
		_, _ = rw.Write(text[:len(text)/2])
		_ = http.NewResponseController(rw).Flush()
		panic(http.ErrAbortHandler)
	}
	writeJSON(rw, status, body)
}

// perform checks the token and the scopes, then runs the method.
func (w *Workspace) perform(name string, form url.Values, authorization string) (answer, *refusal) {
	token := form.Get("token")
	if bearer, ok := strings.CutPrefix(authorization, "Bearer "); ok {
		token = bearer
	}
	m, ok := w.methods[name]
	switch {
	case !ok:
		return nil, refuse("unknown_method")
	case token == "":
		return nil, refuse("not_authed")
	case token != w.cfg.Token:
		return nil, refuse("invalid_auth")
	}
	if len(m.scopes) > 0 && !slices.ContainsFunc(m.scopes, w.can) {
		return nil, w.lacks(m.scopes[0])
	}
	if no := w.tier(name); no != nil {
		return nil, no
	}
	return m.run(w, form)
}

// tier refuses a call above the rate of its method.
func (w *Workspace) tier(name string) *refusal {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tiers[name] == nil {
		w.tiers[name] = &bucket{}
	}
	return w.tiers[name].take(w.cfg.Tiers[name], w.cfg.Now())
}

// lacks refuses a call without a scope; nil where the token has it.
func (w *Workspace) lacks(scope string) *refusal {
	if w.can(scope) {
		return nil
	}
	return &refusal{code: "missing_scope", more: answer{
		"needed": scope, "provided": strings.Join(w.cfg.Scopes, ","),
	}}
}

func (w *Workspace) can(scope string) bool { return slices.Contains(w.cfg.Scopes, scope) }

func (w *Workspace) requestID() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests++
	return w.requests
}

func (no *refusal) body() answer {
	b := answer{}
	for k, v := range no.more {
		b[k] = v
	}
	b["ok"], b["error"] = false, no.code
	return b
}

// arguments reads a call's arguments from the query, a form or a JSON body.
// JSON that is not text stays JSON, as in a form.
func arguments(rw http.ResponseWriter, r *http.Request) (url.Values, error) {
	r.Body = http.MaxBytesReader(rw, r.Body, maxRequest)
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/json" {
		if kind == "multipart/form-data" {
			if err := r.ParseMultipartForm(maxRequest); err != nil {
				return nil, err
			}
		} else if err := r.ParseForm(); err != nil {
			return nil, err
		}
		return r.Form, nil
	}
	var body map[string]json.RawMessage
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	form := url.Values{}
	for name, raw := range body {
		var text string
		switch {
		case string(raw) == "null":
			continue
		case json.Unmarshal(raw, &text) == nil:
			form.Set(name, text)
		default:
			form.Set(name, string(raw))
		}
	}
	return form, nil
}

func writeJSON(rw http.ResponseWriter, status int, body answer) {
	if status == 0 {
		status = http.StatusOK
	}
	text, err := json.Marshal(body)
	if err != nil { // a block that is not JSON was refused before
		status, text = http.StatusInternalServerError, []byte(`{"ok":false,"error":"internal_error"}`)
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	_, _ = rw.Write(text)
}
