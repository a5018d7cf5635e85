package slacktest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor/slacktest"
)

func start(t *testing.T, cfg slacktest.Config) *slacktest.Workspace {
	t.Helper()
	w, err := slacktest.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// call posts a form with the right token and decodes the answer.
func call(t *testing.T, w *slacktest.Workspace, method string, pairs ...string) map[string]any {
	t.Helper()
	form := url.Values{"token": {slacktest.DefaultToken}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r, err := http.PostForm(w.APIURL()+method, form)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, r)
}

func decode(t *testing.T, r *http.Response) map[string]any {
	t.Helper()
	defer r.Body.Close()
	var a map[string]any
	if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
		t.Fatal(err)
	}
	return a
}

func post(t *testing.T, w *slacktest.Workspace, pairs ...string) string {
	t.Helper()
	a := call(t, w, "chat.postMessage", pairs...)
	if a["ok"] != true {
		t.Fatalf("not posted: %v", a)
	}
	return a["ts"].(string)
}

// To read a channel takes the scope of its kind and, unlike posting, membership.
func TestReadingIsRefusedAsSlackDoes(t *testing.T) {
	channels := []slacktest.Channel{
		{ID: "C0PUBLIC", Name: "public"}, {ID: "C0OUTSIDE", Name: "outside", Outside: true}, {ID: "G0PRIVATE", Name: "private", Private: true},
	}
	ofPublic := start(t, slacktest.Config{Channels: channels, Scopes: []string{"chat:write", "chat:write.public", "channels:read", "channels:history"}})
	ofPrivate := start(t, slacktest.Config{Channels: channels, Scopes: []string{"chat:write", "groups:read", "groups:history"}})
	for _, c := range []struct {
		w            *slacktest.Workspace
		method       string
		form         []string
		want, needed string
	}{
		{ofPublic, "conversations.history", []string{"channel", "C0PUBLIC"}, "", ""},
		{ofPublic, "chat.postMessage", []string{"channel", "outside", "text", "x"}, "", ""},
		{ofPublic, "conversations.history", []string{"channel", "C0OUTSIDE"}, "not_in_channel", ""},
		{ofPublic, "conversations.replies", []string{"channel", "C0OUTSIDE", "ts", "1.000001"}, "not_in_channel", ""},
		{ofPublic, "conversations.history", []string{"channel", "G0PRIVATE"}, "missing_scope", "groups:history"},
		{ofPublic, "conversations.list", []string{"types", "public_channel"}, "", ""},
		{ofPublic, "conversations.list", []string{"types", "public_channel,private_channel"}, "missing_scope", "groups:read"},
		{ofPublic, "conversations.list", []string{"types", "nonsense"}, "invalid_types", ""},
		{ofPublic, "conversations.info", []string{"channel", "G0PRIVATE"}, "missing_scope", "groups:read"},
		{ofPrivate, "conversations.history", []string{"channel", "G0PRIVATE"}, "", ""},
		{ofPrivate, "conversations.history", []string{"channel", "C0PUBLIC"}, "missing_scope", "channels:history"},
		{ofPrivate, "conversations.list", nil, "missing_scope", "channels:read"},
	} {
		a := call(t, c.w, c.method, c.form...)
		got, _ := a["error"].(string)
		needed, _ := a["needed"].(string)
		if got != c.want || needed != c.needed {
			t.Errorf("%s %v: %v, want %q %q", c.method, c.form, a, c.want, c.needed)
		}
	}
}

func TestRefusalsAreSlacks(t *testing.T) {
	w := start(t, slacktest.Config{Scopes: []string{"chat:write", "channels:read"}})
	for _, c := range []struct {
		want string
		form []string
	}{
		{"", []string{"channel", "soc", "text", "x"}},
		{"", []string{"channel", "#soc", "text", "x"}},
		{"", []string{"channel", "C0STANDIN02", "text", "x"}},
		{"", []string{"channel", "U0STANDIN1", "text", "x"}},
		{"not_authed", []string{"token", "", "channel", "soc", "text", "x"}},
		{"invalid_auth", []string{"token", "xoxb-other", "channel", "soc", "text", "x"}},
		{"channel_not_found", []string{"text", "x"}},
		{"channel_not_found", []string{"channel", "nowhere", "text", "x"}},
		{"channel_not_found", []string{"channel", "board", "text", "x"}},
		{"channel_not_found", []string{"channel", "U0NOBODY", "text", "x"}},
		{"is_archived", []string{"channel", "incidents-2017", "text", "x"}},
		{"no_text", []string{"channel", "soc"}},
		{"no_text", []string{"channel", "soc", "text", "  "}},
		{"invalid_blocks_format", []string{"channel", "soc", "blocks", "{"}},
		{"invalid_blocks", []string{"channel", "soc", "blocks", `[{"type":"header"}]`}},
		{"invalid_attachments", []string{"channel", "soc", "attachments", "{"}},
		{"too_many_attachments", []string{"channel", "soc", "attachments", "[" + strings.Repeat("{},", 100) + "{}]"}},
		{"invalid_metadata_format", []string{"channel", "soc", "text", "x", "metadata", `{"event_type":1}`}},
		{"as_user_not_supported", []string{"channel", "soc", "text", "x", "as_user", "true"}},
	} {
		a := call(t, w, "chat.postMessage", c.form...)
		if got, _ := a["error"].(string); got != c.want || a["ok"] != (c.want == "") {
			t.Errorf("%v: %v, want %q", c.form, a, c.want)
		}
	}
	if a := call(t, w, "conversations.history", "channel", "C0STANDIN02"); a["error"] != "missing_scope" || a["needed"] != "channels:history" || a["provided"] != "chat:write,channels:read" {
		t.Errorf("missing scope: %v", a)
	}
	if a := call(t, w, "chat.unheardOf"); a["error"] != "unknown_method" {
		t.Errorf("unknown method: %v", a)
	}
}

func TestWrongBlocksSayWhere(t *testing.T) {
	w := start(t, slacktest.Config{})
	a := call(t, w, "chat.postMessage", "channel", "soc", "blocks", `[{"type":"divider"},{"type":"header","text":{"type":"mrkdwn","text":"x"}}]`)
	text, _ := json.Marshal(a["response_metadata"])
	if !strings.Contains(string(text), "json-pointer:/blocks/1") || len(a["errors"].([]any)) == 0 {
		t.Errorf("no pointer: %v", a)
	}
}

func TestPostedMessagesAreAnsweredInSlacksShape(t *testing.T) {
	now := time.Unix(1700000000, 0)
	w := start(t, slacktest.Config{Now: func() time.Time { return now }})
	first := call(t, w, "chat.postMessage", "channel", "soc", "text", "one", "username", "Ann",
		"metadata", `{"event_type":"e","event_payload":{"delivery_id":"d1"}}`)
	want := map[string]any{
		"ok": true, "channel": "C0STANDIN02", "ts": "1700000000.000000",
		"message": map[string]any{
			"type": "message", "subtype": "bot_message", "text": "one", "ts": "1700000000.000000", "username": "Ann",
			"user": "U0STANDINB", "bot_id": "B0STANDIN", "app_id": "A0STANDIN", "team": "T0STANDIN",
			"metadata": map[string]any{"event_type": "e", "event_payload": map[string]any{"delivery_id": "d1"}},
		},
	}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Error(diff)
	}
	if second := post(t, w, "channel", "soc", "text", "two"); second != "1700000000.000001" {
		t.Errorf("second ts %s: the same microsecond must not give the same ts", second)
	}
	if got := w.Messages("soc")[0]; got.DeliveryID != "d1" || got.Sent.Username != "Ann" {
		t.Errorf("message %+v", got)
	}
}

func TestJSONBodiesAndBearerTokens(t *testing.T) {
	w := start(t, slacktest.Config{})
	body := `{"channel":"soc","text":"x","link_names":true,"thread_ts":null,"blocks":[{"type":"divider"}]}`
	req, err := http.NewRequest("POST", w.APIURL()+"chat.postMessage", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Authorization", "Bearer "+slacktest.DefaultToken)
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if a := decode(t, r); a["ok"] != true {
		t.Fatal(a)
	}
	m := w.Messages("soc")[0].Sent
	if m.LinkNames == nil || !*m.LinkNames || len(m.Blocks) != 1 || m.ThreadTS != "" {
		t.Errorf("message %+v", m)
	}
}

func TestThreads(t *testing.T) {
	w := start(t, slacktest.Config{})
	parent := post(t, w, "channel", "soc", "text", "parent")
	reply := post(t, w, "channel", "soc", "text", "reply", "thread_ts", parent)
	shown := post(t, w, "channel", "soc", "text", "shown", "thread_ts", parent, "reply_broadcast", "true")
	id := "C0STANDIN02"

	tss := func(a map[string]any) (list []string) {
		for _, m := range a["messages"].([]any) {
			list = append(list, m.(map[string]any)["ts"].(string))
		}
		return list
	}
	history := call(t, w, "conversations.history", "channel", id)
	if diff := cmp.Diff([]string{shown, parent}, tss(history)); diff != "" {
		t.Errorf("history: replies show only when broadcast\n%s", diff)
	}
	if p := history["messages"].([]any)[1].(map[string]any); p["reply_count"] != 2.0 || p["latest_reply"] != shown || p["thread_ts"] != parent {
		t.Errorf("parent %v", p)
	}
	for _, ts := range []string{parent, reply} {
		if diff := cmp.Diff([]string{parent, reply, shown}, tss(call(t, w, "conversations.replies", "channel", id, "ts", ts))); diff != "" {
			t.Errorf("replies of %s\n%s", ts, diff)
		}
	}
	w.Delete("soc", shown)
	if p := call(t, w, "conversations.history", "channel", id)["messages"].([]any)[0].(map[string]any); p["reply_count"] != 1.0 || p["latest_reply"] != reply {
		t.Errorf("parent after a reply was deleted: %v", p)
	}

	w.Delete("soc", parent)
	late := call(t, w, "chat.postMessage", "channel", "soc", "text", "late", "thread_ts", parent)
	if _, there := late["message"].(map[string]any)["thread_ts"]; late["ok"] != true || there {
		t.Errorf("a reply to a deleted parent must be posted at channel level: %v", late)
	}
	if a := call(t, w, "conversations.replies", "channel", id, "ts", parent); a["error"] != "thread_not_found" {
		t.Errorf("replies of a deleted parent: %v", a)
	}
	if a := call(t, w, "chat.getPermalink", "channel", id, "message_ts", reply); !strings.HasSuffix(a["permalink"].(string), "?thread_ts="+parent+"&cid="+id) {
		t.Errorf("permalink %v", a)
	}
}

func TestHistoryWindowsAndCursors(t *testing.T) {
	w := start(t, slacktest.Config{})
	var want []string
	for range 7 {
		want = append([]string{post(t, w, "channel", "soc", "text", "x", "metadata", `{"event_type":"e","event_payload":{}}`)}, want...)
	}
	var got []string
	cursor := ""
	for pages := 0; ; pages++ {
		a := call(t, w, "conversations.history", "channel", "C0STANDIN02", "limit", "3", "cursor", cursor)
		for _, m := range a["messages"].([]any) {
			m := m.(map[string]any)
			got = append(got, m["ts"].(string))
			if m["metadata"] != nil {
				t.Error("metadata without include_all_metadata")
			}
		}
		if a["has_more"] != true {
			if pages != 2 {
				t.Errorf("%d pages", pages+1)
			}
			break
		}
		cursor = a["response_metadata"].(map[string]any)["next_cursor"].(string)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for inclusive, n := range map[string]int{"0": 2, "1": 3} {
		a := call(t, w, "conversations.history", "channel", "C0STANDIN02", "oldest", want[2], "inclusive", inclusive, "include_all_metadata", "1")
		list := a["messages"].([]any)
		if len(list) != n || list[0].(map[string]any)["metadata"] == nil {
			t.Errorf("inclusive=%s: %v", inclusive, a)
		}
	}
	if a := call(t, w, "conversations.history", "channel", "soc"); a["error"] != "channel_not_found" {
		t.Errorf("history by name: %v; Slack takes ids only", a)
	}
}

func TestTheRateLimitIsPerChannel(t *testing.T) {
	now := time.Unix(1700000000, 0)
	w := start(t, slacktest.Config{Now: func() time.Time { return now }, Limit: slacktest.Limit{Interval: time.Second, Burst: 2}})
	post(t, w, "channel", "soc", "text", "1")
	post(t, w, "channel", "soc", "text", "2")
	r, err := http.PostForm(w.APIURL()+"chat.postMessage", url.Values{"token": {slacktest.DefaultToken}, "channel": {"soc"}, "text": {"3"}})
	if err != nil {
		t.Fatal(err)
	}
	if a := decode(t, r); r.StatusCode != 429 || r.Header.Get("Retry-After") != "1" || a["error"] != "ratelimited" {
		t.Errorf("status %d, Retry-After %q, %v", r.StatusCode, r.Header.Get("Retry-After"), a)
	}
	post(t, w, "channel", "general", "text", "another channel")
	now = now.Add(time.Second)
	post(t, w, "channel", "soc", "text", "3")
}

func TestTheRateOfAMethodIsTheWorkspaces(t *testing.T) {
	now := time.Unix(1700000000, 0)
	w := start(t, slacktest.Config{Now: func() time.Time { return now }, Tiers: map[string]slacktest.Limit{"chat.update": {Interval: time.Minute, Burst: 1}}})
	ts := post(t, w, "channel", "soc", "text", "1")
	id := w.Messages("soc")[0].Channel
	for i, want := range []any{nil, "ratelimited", nil} {
		a := call(t, w, "chat.update", "channel", id, "ts", ts, "text", "2")
		if a["error"] != want {
			t.Errorf("update %d: %v, want %v", i, a, want)
		}
		now = now.Add(time.Duration(i) * time.Minute)
	}
}

func TestFaultsComeOneByOneAndByChoice(t *testing.T) {
	w := start(t, slacktest.Config{})
	form := url.Values{"token": {slacktest.DefaultToken}, "channel": {"soc"}, "text": {"x"}}
	send := func() (*http.Response, string, error) {
		r, err := http.PostForm(w.APIURL()+"chat.postMessage", form)
		if err != nil {
			return nil, "", err
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		return r, string(body), err
	}
	w.Fail("chat.postMessage", slacktest.Fault{Status: 503}, slacktest.RateLimited(1500*time.Millisecond), slacktest.Fault{Cut: true, Posted: true}, slacktest.Fault{Drop: true}, slacktest.Fault{Code: "fatal_error"})
	if r, _, err := send(); err != nil || r.StatusCode != 503 {
		t.Errorf("%v, %v", r, err)
	}
	if r, _, err := send(); err != nil || r.StatusCode != 429 || r.Header.Get("Retry-After") != "2" {
		t.Errorf("%v, %v", r, err)
	}
	if _, body, err := send(); !errors.Is(err, io.ErrUnexpectedEOF) || body == "" || w.Count() != 1 {
		t.Errorf("cut: %q, %v, %d messages", body, err, w.Count())
	}
	if _, _, err := send(); err == nil {
		t.Error("a dropped connection gave an answer")
	}
	if _, body, _ := send(); !strings.Contains(body, "fatal_error") {
		t.Errorf("code: %s", body)
	}
	w.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
		return slacktest.Fault{Code: "internal_error"}, r.Form.Get("text") == "x"
	})
	if _, body, _ := send(); !strings.Contains(body, "internal_error") {
		t.Errorf("by choice: %s", body)
	}
	w.FailWhen(nil)
	if _, body, _ := send(); !strings.Contains(body, `"ok":true`) || w.Count() != 2 || w.Calls("chat.postMessage") != 7 {
		t.Errorf("in the end: %s, %d messages, %d calls", body, w.Count(), w.Calls("chat.postMessage"))
	}
	for _, r := range w.Requests() {
		if r.Form.Has("token") {
			t.Error("the token is kept with the requests")
		}
	}
}

func TestCloseEndsSlowAnswers(t *testing.T) {
	w, err := slacktest.Start(slacktest.Config{})
	if err != nil {
		t.Fatal(err)
	}
	w.Fail("auth.test", slacktest.Fault{Delay: time.Hour})
	done := make(chan error, 1)
	go func() {
		_, err := http.PostForm(w.APIURL()+"auth.test", url.Values{})
		done <- err
	}()
	if err := w.Wait(t.Context(), func() bool { return w.Calls("auth.test") == 1 }); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; err == nil {
		t.Error("the slow call was answered")
	}
}

func TestWaitSeesTheMessage(t *testing.T) {
	w := start(t, slacktest.Config{})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- w.Wait(ctx, func() bool { return len(w.Messages("soc")) == 2 }) }()
	post(t, w, "channel", "soc", "text", "1")
	post(t, w, "channel", "soc", "text", "2")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestListAndInfo(t *testing.T) {
	w := start(t, slacktest.Config{})
	names := func(a map[string]any) string {
		var b bytes.Buffer
		for _, c := range a["channels"].([]any) {
			b.WriteString(c.(map[string]any)["name"].(string) + " ")
		}
		return b.String()
	}
	if got, want := names(call(t, w, "conversations.list")), "general soc incidents firewall incidents-2017 "; got != want {
		t.Errorf("list %q, want %q", got, want)
	}
	if got, want := names(call(t, w, "conversations.list", "types", "private_channel", "exclude_archived", "true")), "leads "; got != want {
		t.Errorf("list %q, want %q", got, want)
	}
	if a := call(t, w, "conversations.info", "channel", "C0STANDIN01"); a["channel"].(map[string]any)["name"] != "general" {
		t.Errorf("info %v", a)
	}
	if a := call(t, w, "users.info", "user", "U0STANDIN1"); a["user"].(map[string]any)["real_name"] != "Ada Analyst" {
		t.Errorf("user %v", a)
	}
	if a := call(t, w, "users.info", "user", "U1"); a["error"] != "user_not_found" {
		t.Errorf("user %v", a)
	}
}

func TestOnlyLoopbackAddressesAreListenedOn(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", "192.0.2.1:0", ":0", "nonsense"} {
		if w, err := slacktest.Start(slacktest.Config{Addr: addr}); err == nil {
			w.Close()
			t.Errorf("%s was accepted", addr)
		}
	}
}
