package slacktest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/fn-slack/fn-slack/formatters/preview"
)

// shownMessages bounds what the page gets of a channel, and of a thread.
const shownMessages = 200

// view is what the page shows at one time.
type view struct {
	Team     string        `json:"team"`
	Channels []viewChannel `json:"channels"`
	Channel  string        `json:"channel"` // the one whose messages follow
	Members  []string      `json:"members"` // of it, the app first
	Messages []viewMessage `json:"messages"`
	Earlier  int           `json:"earlier"` // messages that are not shown
	Panel    *viewPanel    `json:"panel"`
}

type viewChannel struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Kind     string `json:"kind"` // public_channel, private_channel, im
	Archived bool   `json:"archived"`
	Note     string `json:"note"` // why nothing can be posted here
	Count    int    `json:"count"`
	Last     string `json:"last"` // ts of the latest message
}

type viewMessage struct {
	TS      string        `json:"ts"`
	Author  string        `json:"author"`
	App     bool          `json:"app"`
	Avatar  string        `json:"avatar"` // a letter or an emoji
	Hue     int           `json:"hue"`    // 0 to 7, by the author
	Day     string        `json:"day"`
	Clock   string        `json:"clock"`
	Full    string        `json:"full"`
	HTML    string        `json:"html"` // safe: made by formatters/preview
	Notice  string        `json:"notice"`
	Edited  bool          `json:"edited"`
	File    *viewFile     `json:"file"`
	Replies []viewMessage `json:"replies,omitempty"`
}

// viewFile is a file, of which the workspace keeps no bytes, or one that was attached
// to an object of the platform.
type viewFile struct {
	ID   int    `json:"id"` // of the latter
	To   string `json:"to"`
	Name string `json:"name"`
	Size string `json:"size"`
}

type viewPanel struct {
	Offer   Offer        `json:"offer"`
	Files   []viewFile   `json:"files"` // newest first
	Scripts []viewScript `json:"scripts"`
	Editor  bool         `json:"editor"`  // there is one
	Actions []viewAction `json:"actions"` // newest first
}

type viewScript struct {
	Name    string   `json:"name"`
	State   string   `json:"state"`
	Samples []string `json:"samples"`
	Changed string   `json:"changed"`
	Notes   []string `json:"notes"`
	Problem string   `json:"problem"`
}

type viewAction struct {
	ID      string      `json:"id"`
	Title   string      `json:"title"`
	Subject string      `json:"subject"`
	Layout  string      `json:"layout"`
	Clock   string      `json:"clock"`
	State   ActionState `json:"state"`
	Words   string      `json:"words"`
	Entries []viewEntry `json:"entries"`
	Channel string      `json:"channel"`
	TS      string      `json:"ts"`
}

type viewEntry struct {
	Clock  string `json:"clock"`
	Text   string `json:"text"`
	Detail string `json:"detail"`
}

func (w *Workspace) serveView(rw http.ResponseWriter, r *http.Request) {
	v := w.look(r.URL.Query().Get("channel"))
	text, err := json.Marshal(v)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = rw.Write(text)
}

// look takes the picture. Messages are rendered without the lock: what is
// copied never changes.
func (w *Workspace) look(channel string) view {
	w.mu.Lock()
	v := view{Team: w.cfg.Team}
	names := map[string]string{}
	var shown *room
	for _, u := range w.cfg.Users {
		names[u.ID] = u.RealName
	}
	for _, r := range w.channels {
		names[r.ID] = r.Name
		c := viewChannel{ID: r.ID, Name: r.Name, Kind: r.kind(), Archived: r.Archived, Count: len(r.messages)}
		switch {
		case r.Archived:
			c.Note = "archived"
		case r.Outside:
			c.Note = "the app is not a member"
		}
		if c.Count > 0 {
			c.Last = r.messages[c.Count-1].TS
		}
		if r.user != "" && names[r.user] != "" {
			c.Name = names[r.user]
		}
		v.Channels = append(v.Channels, c)
	}
	if shown = w.byName[channel]; shown == nil {
		shown = w.liveliest()
	}
	var messages []Message
	if shown != nil {
		v.Channel = shown.ID
		if !shown.Outside {
			v.Members = append(v.Members, BotName)
		}
		for _, id := range shown.people {
			v.Members = append(v.Members, names[id])
		}
		for _, m := range shown.messages {
			messages = append(messages, *m)
		}
	}
	w.mu.Unlock()

	v.Messages, v.Earlier = w.threads(messages, names)
	if p := w.cfg.Panel; p != nil {
		v.Panel = &viewPanel{Offer: p.Offer(), Editor: w.cfg.Editor != nil}
		for _, f := range slices.Backward(p.Files()) {
			v.Panel.Files = append(v.Panel.Files, viewFile{f.ID, f.To, f.Name, sizeText(int64(len(f.Content)))})
		}
		scripts, _ := p.Scripts()
		for _, s := range scripts {
			v.Panel.Scripts = append(v.Panel.Scripts, w.viewScript(s))
		}
		actions, _ := p.Actions()
		for _, a := range slices.Backward(actions) {
			if len(v.Panel.Actions) == 50 {
				break
			}
			v.Panel.Actions = append(v.Panel.Actions, w.viewAction(a))
		}
	}
	return v
}

// liveliest is the channel with the latest message. The caller holds the lock.
func (w *Workspace) liveliest() *room {
	var best *room
	last := ""
	for _, r := range w.channels {
		if best == nil {
			best = r
		}
		if n := len(r.messages); n > 0 && r.messages[n-1].TS > last {
			best, last = r, r.messages[n-1].TS
		}
	}
	return best
}

// threads puts replies under their parents.
func (w *Workspace) threads(messages []Message, names map[string]string) (list []viewMessage, earlier int) {
	var top []Message
	replies := map[string][]Message{}
	there := map[string]bool{}
	for _, m := range messages {
		there[m.TS] = true
		if m.ThreadTS != "" {
			replies[m.ThreadTS] = append(replies[m.ThreadTS], m)
		}
		if m.ThreadTS == "" || m.Broadcast || !there[m.ThreadTS] {
			top = append(top, m)
		}
	}
	if n := len(top) - shownMessages; n > 0 {
		top, earlier = top[n:], n
	}
	for _, m := range top {
		vm := w.viewMessage(m, names)
		if m.ThreadTS == "" {
			of := replies[m.TS]
			of = of[max(len(of)-shownMessages, 0):]
			for _, r := range of {
				vm.Replies = append(vm.Replies, w.viewMessage(r, names))
			}
		}
		list = append(list, vm)
	}
	return list, earlier
}

func (w *Workspace) viewMessage(m Message, names map[string]string) viewMessage {
	at := tsTime(m.TS).In(w.cfg.Location)
	author := cmp.Or(m.Sent.Username, BotName)
	if m.said != nil {
		author = cmp.Or(names[author], author)
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(author))
	vm := viewMessage{
		TS: m.TS, Author: author, App: m.said == nil, Edited: m.Updates > 0, Avatar: letter(author), Hue: int(h.Sum32() % 8),
		Day: at.Format("Monday, January 2, 2006"), Clock: at.Format("15:04"), Full: at.Format("2006-01-02 15:04:05.000 MST"),
		HTML: preview.HTML(m.Sent, preview.Options{Time: at, Location: w.cfg.Location, Names: names}),
	}
	if char, ok := preview.Emoji(m.Sent.IconEmoji); ok {
		vm.Avatar = char
	}
	if m.File != nil {
		vm.File = &viewFile{Name: m.File.Name, Size: sizeText(m.File.Size)}
	}
	switch {
	case m.Broadcast:
		vm.Notice = "replied to a thread and to the channel"
	case m.Orphan:
		vm.Notice = "was meant as a reply to a message that is not there any more"
	case m.ThreadTS != "":
		vm.Notice = ""
	}
	return vm
}

func (w *Workspace) viewScript(s Script) viewScript {
	vs := viewScript{Name: s.Name, State: s.State, Samples: s.Samples, Notes: s.Notes, Problem: s.Problem}
	if at := s.Changed.In(w.cfg.Location); !s.Changed.IsZero() {
		vs.Changed = at.Format("15:04:05")
		if now := w.cfg.Now().In(w.cfg.Location); at.YearDay() != now.YearDay() || at.Year() != now.Year() {
			vs.Changed = at.Format("Jan 2, 2006")
		}
	}
	return vs
}

func (w *Workspace) viewAction(a Action) viewAction {
	va := viewAction{
		ID: a.ID, Title: a.Title, Subject: a.Subject, Layout: a.Layout, State: a.State, Words: a.Words(), Channel: a.Channel, TS: a.TS,
		Clock: a.Begun.In(w.cfg.Location).Format("15:04:05"),
	}
	for _, e := range a.Entries {
		va.Entries = append(va.Entries, viewEntry{
			Clock: e.Time.In(w.cfg.Location).Format("15:04:05"), Text: e.Text, Detail: indented(e.Detail),
		})
	}
	return va
}

// sizeText is a number of bytes for people.
func sizeText(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1e6:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}

func indented(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if e.Encode(raw) != nil {
		return string(raw)
	}
	return strings.TrimSpace(b.String())
}

// letter is what stands for an author without a picture.
func letter(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "?"
}

func tsTime(ts string) time.Time {
	s, us, _ := strings.Cut(ts, ".")
	sec, _ := strconv.ParseInt(s, 10, 64)
	micro, _ := strconv.ParseInt(us, 10, 64)
	return time.Unix(sec, micro*1000)
}
