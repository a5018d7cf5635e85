package slacktest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// buttons is a panel that remembers what was pressed.
type buttons struct {
	mu      sync.Mutex
	pressed []string
	actions []slacktest.Action
	scripts []slacktest.Script
	files   []slacktest.Attached
	changed chan struct{}
}

func newButtons() *buttons { return &buttons{changed: make(chan struct{})} }

func (b *buttons) Offer() slacktest.Offer {
	return slacktest.Offer{Objects: []slacktest.Object{{Name: "incident", Samples: []slacktest.Sample{{Name: "dos"}}}, {Name: "note", Text: true}}}
}

func (b *buttons) Send(_ context.Context, o slacktest.Order) error {
	if o.Sample == "broken" {
		return errors.New("no such <sample>")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pressed = append(b.pressed, strings.TrimSpace(o.Object+" "+o.Sample+o.Text+" "+o.Layout))
	if o.Object == "note" {
		return nil
	}
	b.actions = append(b.actions[:len(b.actions):len(b.actions)], slacktest.Action{
		ID: "1", Title: "Create Slack Message", State: slacktest.ActionDone, Channel: "C0STANDIN02", TS: "1.0",
		Entries: []slacktest.ActionEntry{{Text: "Message added to Slack", Detail: json.RawMessage(`{"a":"<b>"}`)}},
	})
	close(b.changed)
	b.changed = make(chan struct{})
	return nil
}

func (b *buttons) Change(_ context.Context, c slacktest.Change) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	text, err := json.Marshal(c)
	b.pressed = append(b.pressed, string(text))
	return err
}

func (b *buttons) Files() []slacktest.Attached { return b.files }

func (b *buttons) Actions() ([]slacktest.Action, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.actions, b.changed
}

func (b *buttons) Scripts() ([]slacktest.Script, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.scripts, b.changed
}

// save changes the scripts.
func (b *buttons) save(list ...slacktest.Script) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.scripts = list
	close(b.changed)
	b.changed = make(chan struct{})
}

func get(t *testing.T, address string, header ...string) (*http.Response, string) {
	t.Helper()
	return send(t, "GET", address, "", header...)
}

func send(t *testing.T, method, address, body string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, string(text)
}

func TestThePageUsesNothingFromElsewhere(t *testing.T) {
	w := start(t, slacktest.Config{})
	for _, file := range []string{"/", "/page.css", "/page.js", "/message.css", "/icon.svg"} {
		r, text := get(t, w.URL()+file)
		if r.StatusCode != 200 || text == "" {
			t.Errorf("%s: status %d", file, r.StatusCode)
		}
		if csp := r.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; script-src 'self'; style-src 'self';") {
			t.Errorf("%s: policy %q", file, csp)
		}
		text = strings.ReplaceAll(text, "http://www.w3.org/2000/svg", "")
		for _, bad := range []string{"http:", "https:", "//cdn", "style=\"", "onclick", "<script>"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s contains %q", file, bad)
			}
		}
	}
}

func TestForeignNamesAndForeignPagesAreRefused(t *testing.T) {
	b := newButtons()
	w := start(t, slacktest.Config{Panel: b})
	for _, path := range []string{"/", "/view", "/api/auth.test"} {
		if r, _ := get(t, w.URL()+path, "Host", "rebound.example:80"); r.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("%s for another host: status %d", path, r.StatusCode)
		}
	}
	if r, _ := get(t, w.URL(), "Host", "localhost:1234"); r.StatusCode != 200 {
		t.Errorf("localhost: status %d", r.StatusCode)
	}
	const kind, js = "Content-Type", "application/json"
	for _, header := range [][]string{
		{kind, js, "Origin", "https://evil.example"},
		{kind, js, "Sec-Fetch-Site", "cross-site"},
		{kind, js, "Sec-Fetch-Site", "same-site"},
		{kind, "text/plain", "Sec-Fetch-Site", "same-origin"},
	} {
		for path, body := range map[string]string{"/send": `{"object":"note","text":"x"}`, "/change": `{"id":1,"severity":"Low"}`} {
			if r, _ := send(t, "POST", w.URL()+path, body, header...); r.StatusCode < 400 {
				t.Errorf("%s %v: status %d", path, header, r.StatusCode)
			}
		}
	}
	form := []string{kind, "application/x-www-form-urlencoded", "Origin", "https://evil.example"}
	if r, _ := send(t, "POST", w.URL()+"/api/chat.postMessage", "token="+slacktest.DefaultToken+"&channel=soc&text=x", form...); r.StatusCode < 400 || w.Count() > 0 {
		t.Errorf("a page elsewhere posts: status %d, %d messages", r.StatusCode, w.Count())
	}
	for _, path := range []string{"/send", "/change"} {
		if r, _ := get(t, w.URL()+path); r.StatusCode < 400 {
			t.Errorf("GET presses a button: %s: status %d", path, r.StatusCode)
		}
	}
	if len(b.pressed) > 0 {
		t.Errorf("pressed from elsewhere: %v", b.pressed)
	}
}

func TestButtonsReachThePanel(t *testing.T) {
	b := newButtons()
	w := start(t, slacktest.Config{Panel: b})
	header := []string{"Content-Type", "application/json", "Sec-Fetch-Site", "same-origin"}
	if r, text := send(t, "POST", w.URL()+"/send", `{"object":"incident","sample":"dos","layout":"a.js"}`, header...); r.StatusCode != 200 {
		t.Errorf("status %d: %s", r.StatusCode, text)
	}
	if r, _ := send(t, "POST", w.URL()+"/send", `{"object":"note","text":"a note"}`, header...); r.StatusCode != 200 {
		t.Errorf("status %d", r.StatusCode)
	}
	if r, text := send(t, "POST", w.URL()+"/change", `{"id":7,"severity":"Low"}`, header...); r.StatusCode != 200 {
		t.Errorf("status %d: %s", r.StatusCode, text)
	}
	if got, want := strings.Join(b.pressed, ", "), `incident dos a.js, note a note, {"id":7,"severity":"Low","owner":null,"status":null,"description":null}`; got != want {
		t.Errorf("pressed %s, want %s", got, want)
	}
	r, text := send(t, "POST", w.URL()+"/send", `{"object":"incident","sample":"broken"}`, header...)
	var answer struct{ Error string }
	if err := json.Unmarshal([]byte(text), &answer); err != nil || r.StatusCode != 502 || answer.Error != "no such <sample>" {
		t.Errorf("status %d: %s", r.StatusCode, text)
	}
}

// A file may hold anything that people have said: it is a text, and nothing else.
func TestAttachedFilesAreTexts(t *testing.T) {
	b := newButtons()
	b.files = []slacktest.Attached{{ID: 7, To: "incident 1", Name: `"<b>.html`, Content: []byte("<script>alert(1)</script>")}}
	w := start(t, slacktest.Config{Panel: b})
	r, text := get(t, w.URL()+"/file/7")
	h := r.Header
	if r.StatusCode != 200 || text != "<script>alert(1)</script>" || h.Get("Content-Type") != "text/plain; charset=utf-8" || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("status %d, %v: %s", r.StatusCode, h, text)
	}
	if r, _ := get(t, w.URL()+"/file/8"); r.StatusCode != http.StatusNotFound {
		t.Errorf("a file that is not there: status %d", r.StatusCode)
	}
	_, text = get(t, w.URL()+"/view")
	var v shown
	if err := json.Unmarshal([]byte(text), &v); err != nil || len(v.Panel.Files) != 1 || v.Panel.Files[0].Name != `"<b>.html` || v.Panel.Files[0].Size != "25 bytes" {
		t.Errorf("%v: %s", err, text)
	}
}

func TestTheViewShowsARoom(t *testing.T) {
	w := start(t, slacktest.Config{})
	call(t, w, "conversations.create", "name", "inc-1")
	id := w.Rooms()[len(w.Rooms())-1].ID
	call(t, w, "conversations.invite", "channel", id, "users", "U0STANDIN1")
	card := post(t, w, "channel", id, "text", "before")
	call(t, w, "chat.update", "channel", id, "ts", card, "text", "after")
	w.Put("inc-1", map[string]any{"user": "U0STANDIN1", "text": "seen"})
	call(t, w, "conversations.archive", "channel", id)
	_, text := get(t, w.URL()+"/view?channel="+id)
	var v shown
	if err := json.Unmarshal([]byte(text), &v); err != nil || len(v.Messages) != 2 {
		t.Fatalf("%v: %s", err, text)
	}
	if got, want := strings.Join(v.Members, ", "), "fn-slack, Ada Analyst"; got != want {
		t.Errorf("members %s, want %s", got, want)
	}
	if m := v.Messages[0]; !m.Edited || !m.App || !strings.Contains(m.HTML, "after") {
		t.Errorf("the message that was changed: %+v", m)
	}
	if m := v.Messages[1]; m.Edited || m.App || m.Author != "Ada Analyst" {
		t.Errorf("the message of a person: %+v", m)
	}
	if c := v.Channels[len(v.Channels)-1]; !c.Archived {
		t.Errorf("the channel: %+v", c)
	}
}

type shown struct {
	Channel  string
	Members  []string
	Channels []struct {
		Name, Note string
		Archived   bool
		Count      int
	}
	Messages []struct {
		TS, Author, Avatar, HTML, Notice string
		App, Edited                      bool
		Replies                          []struct{ Author, HTML string }
	}
	Panel *struct {
		Files   []struct{ Name, Size string }
		Scripts []struct{ Name, State, Changed, Problem string }
		Actions []struct {
			Title, State, TS string
			Entries          []struct{ Text, Detail string }
		}
	}
}

func TestTheViewShowsThreadsUnderTheirParents(t *testing.T) {
	b := newButtons()
	w := start(t, slacktest.Config{Panel: b})
	parent := post(t, w, "channel", "soc", "text", "*parent* <script>", "icon_emoji", ":fire:")
	post(t, w, "channel", "soc", "text", "reply", "thread_ts", parent, "username", "zoë")
	post(t, w, "channel", "soc", "text", "shown", "thread_ts", parent, "reply_broadcast", "true")
	if err := b.Send(t.Context(), slacktest.Order{Object: "incident", Sample: "dos"}); err != nil {
		t.Fatal(err)
	}
	_, text := get(t, w.URL()+"/view")
	var v shown
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	if v.Channel != "C0STANDIN02" || len(v.Messages) != 2 || len(v.Messages[0].Replies) != 2 {
		t.Fatalf("view %s", text)
	}
	m := v.Messages[0]
	if m.Author != slacktest.BotName || m.Avatar != "🔥" || !strings.Contains(m.HTML, "<b>parent</b> &lt;script&gt;") {
		t.Errorf("parent %+v", m)
	}
	if m.Replies[0].Author != "zoë" || v.Messages[1].Notice == "" {
		t.Errorf("replies %+v, broadcast %+v", m.Replies, v.Messages[1])
	}
	if a := v.Panel.Actions[0]; a.Title != "Create Slack Message" || a.Entries[0].Detail != "{\n  \"a\": \"<b>\"\n}" {
		t.Errorf("action %+v", a)
	}
	if c := v.Channels[6]; c.Name != "incidents-2017" || c.Note != "archived" {
		t.Errorf("channel %+v", c)
	}
}

func TestEventsFollowMessagesAndActions(t *testing.T) {
	b := newButtons()
	w := start(t, slacktest.Config{Panel: b})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", w.URL()+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	lines := bufio.NewScanner(r.Body)
	next := func() {
		t.Helper()
		for lines.Scan() {
			if lines.Text() == "event: change" {
				return
			}
		}
		t.Fatalf("the stream ended: %v", lines.Err())
	}
	next() // at once, for a page that has just been opened
	post(t, w, "channel", "soc", "text", "x")
	next()
	if err := b.Send(ctx, slacktest.Order{Object: "incident", Sample: "dos"}); err != nil {
		t.Fatal(err)
	}
	next()
	begun := time.Now()
	b.save(slacktest.Script{Name: "a.js", State: "broken", Problem: "a.js:1:1: <b>"})
	next()
	if took := time.Since(begun); took > 250*time.Millisecond {
		t.Errorf("a refused save is told after %v", took)
	}
	_, text := get(t, w.URL()+"/view")
	var v shown
	if err := json.Unmarshal([]byte(text), &v); err != nil || len(v.Panel.Scripts) != 1 || v.Panel.Scripts[0].Problem != "a.js:1:1: <b>" {
		t.Errorf("%v: %s", err, text)
	}
}

func TestATextThatIsTooLongIsSaidToBe(t *testing.T) {
	b := newButtons()
	w := start(t, slacktest.Config{Panel: b})
	for _, size := range []int{64<<10 + 1, 1 << 20} {
		for path, member := range map[string]string{"/send": "text", "/change": "description"} {
			body := `{"` + member + `":"` + strings.Repeat("x", size) + `"}`
			r, text := send(t, "POST", w.URL()+path, body, "Content-Type", "application/json", "Sec-Fetch-Site", "same-origin")
			if r.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(text, "too long") {
				t.Errorf("%s, %d bytes: status %d: %s", path, size, r.StatusCode, text)
			}
		}
	}
	if len(b.pressed) > 0 {
		t.Errorf("%d texts were sent", len(b.pressed))
	}
}
