package service_test

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
)

// stories are incidents of a soak, one after the other, each from its first message
// to its archive: a channel is made for it, its card follows it, a file is shown, and
// the channel goes.
type stories struct {
	*drill
	told int // incidents that were begun
	step int // of the last one, whose call is under way

	mu      sync.Mutex
	answers map[string][]string // by call
}

const (
	storyAnswers  = "acks.201.stories"
	firstIncident = 5000 // the stand-in's own are others
)

// storySteps are the calls of one incident.
var storySteps = []struct {
	function string
	inputs   func(incident int) map[string]any
}{
	{"slack_post_message", func(n int) map[string]any { return storyState(n, 0) }},
	{"slack_post_message", func(n int) map[string]any { return storyState(n, 1) }},
	{"slack_post_attachment", func(n int) map[string]any {
		return map[string]any{"incident_id": n, "attachment_id": n, "slack_text": "see " + storyFile(n)}
	}},
	{"slack_post_message", func(n int) map[string]any { return storyState(n, 2) }},
	{"slack_archive_channel", func(n int) map[string]any { return map[string]any{"incident_id": n} }},
}

func storyState(incident, severity int) map[string]any {
	return map[string]any{
		"incident_id": incident, "slack_channel": storyRoom(incident), "slack_is_channel_private": true, "slack_update": true,
		"slack_participant_emails": "ada@example.com",
		"slack_text":               fmt.Sprintf(`{"Severity": {"type": "string", "data": "%d"}}`, severity),
	}
}

func storyRoom(incident int) string { return fmt.Sprint("soak-", incident) }

func storyFile(incident int) string { return fmt.Sprintf("file-%d.bin", incident) }

func newStories(d *drill) *stories {
	s := &stories{drill: d, step: len(storySteps) - 1, answers: map[string][]string{}}
	go func() {
		for {
			m, err := d.platform.Broker().Receive(d.Context(), storyAnswers)
			if err != nil {
				return
			}
			var a calltest.Reply
			if err := json.Unmarshal(m.Body, &a); err != nil || a.Complete {
				s.mu.Lock()
				id := m.Header["correlation-id"]
				s.answers[id] = append(s.answers[id], fmt.Sprintf("%d %s %s", a.Type, a.Message, a.Results))
				s.mu.Unlock()
			}
		}
	}()
	return s
}

func joined(list []json.RawMessage) (all string) {
	for _, js := range list {
		all += string(js)
	}
	return all
}

func storyCall(incident, step int) string { return fmt.Sprintf("invid:%d-%d", incident, step) }

// answered tells whether the last call was.
func (s *stories) answered() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told == 0 || len(s.answers[storyCall(firstIncident+s.told-1, s.step)]) > 0
}

// goOn makes the next call where the last was answered.
func (s *stories) goOn() {
	s.Helper()
	if !s.answered() {
		return
	}
	if s.step++; s.step == len(storySteps) {
		s.step = 0
		n := firstIncident + s.told
		s.told++
		s.platform.PutIncident(resilienttest.Incident{ID: n, Name: "soak"})
		s.platform.PutFile(resilienttest.File{ID: n, Incident: n, Name: storyFile(n), Size: 4, Contents: func() io.Reader { return strings.NewReader("soak") }})
	}
	n, step := firstIncident+s.told-1, storySteps[s.step]
	header := map[string]string{"reply-to": "/queue/" + storyAnswers, "correlation-id": storyCall(n, s.step)}
	s.platform.Broker().Send(resilienttest.Queue, header, []byte(calltest.Body(s.T, step.function, step.inputs(n))))
}

// balance ends the last story and checks the books: each call has one good answer, and
// each incident one channel with one card in its last state, each of its changes once,
// one file, and one archive.
func (s *stories) balance() {
	s.Helper()
	for s.step < len(storySteps)-1 || !s.answered() {
		s.until("the next call of an incident", s.answered)
		s.goOn()
		s.until("its answer", s.answered)
	}
	rooms, shares, uploads := map[string]int{}, map[string]int{}, map[string]int{}
	for _, c := range s.slack.Rooms() {
		if rooms[c.Name]++; !c.Archived && strings.HasPrefix(c.Name, "soak-") {
			s.Errorf("#%s is not archived", c.Name)
		}
	}
	for _, f := range s.slack.Files() {
		shares[f.Name] += f.Shares
	}
	for _, u := range s.platform.Uploads() {
		uploads[u.Name]++
	}
	for n := firstIncident; n < firstIncident+s.told; n++ {
		room := storyRoom(n)
		if rooms[room] != 1 || shares[storyFile(n)] != 1 || uploads["Slack_channel_"+room+"_history.txt"] != 1 {
			s.Errorf("#%s: %d channels, %d shares of its file, %d archives", room, rooms[room], shares[storyFile(n)], uploads["Slack_channel_"+room+"_history.txt"])
		}
		var said []string
		for _, m := range s.slack.Messages(room) {
			said = append(said, m.Sent.Text+joined(m.Sent.Attachments))
		}
		want := []string{`"fallback":"Severity: 2"`, "Severity: 0 → 1", "see " + storyFile(n), "Severity: 1 → 2", "archived"}
		if !slices.EqualFunc(said, want, strings.Contains) {
			s.Errorf("#%s has %q", room, said)
		}
		for step := range storySteps {
			s.mu.Lock()
			list := s.answers[storyCall(n, step)]
			s.mu.Unlock()
			// One whose receipt is lost comes again, from an instance that may know less of
			// what was done: not how many messages an archive has.
			if len(list) == 0 || slices.ContainsFunc(list, func(a string) bool { return !strings.HasPrefix(a, "0 ") }) {
				s.Errorf("answers to call %d of %d: %q", step, n, list)
			}
		}
	}
	s.Logf("%d incidents from their first message to their archive", s.told)
}
