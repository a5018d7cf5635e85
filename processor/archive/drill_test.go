package archive_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/archive"
	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// drilled is the function in a drill.
func drilled(at calltest.Places) (processor.Function, error) {
	scripts, err := engine.Open(engine.Config{Dir: at.Dir}) // there are none
	if err != nil {
		return nil, err
	}
	return function(at, render.New(render.Config{Engine: scripts}), slog.New(slog.DiscardHandler), archive.Text, archive.JSON)
}

// drill is a service with the function that is killed.
type drill struct{ *calltest.Drill }

func newDrill(t *testing.T) drill {
	t.Helper()
	return drill{calltest.StartDrill(t, workspace, resilienttest.Faults{})}
}

// rooms are the channels that the calls of a drill archive, by their incidents.
var rooms = map[int]string{incident: "inc-2223", resilienttest.IncidentPhishing: "inc-2224", resilienttest.IncidentHostile: "visited"}

// send makes a call for each of the channels; one names it by its id.
func (d drill) send() {
	for i, room := range rooms {
		in := inputs{"incident_id": i}
		if room == "visited" {
			in["slack_channel_id"] = "C0VISITED0"
		} else {
			associate(d.Platform, i, fmt.Sprintf("RES-%d", i), room)
		}
		parent := say(d.Slack, room, "parent")
		for n := range 300 {
			say(d.Slack, room, fmt.Sprint("message ", n))
			say(d.Slack, room, fmt.Sprint("reply ", n), inputs{"thread_ts": parent})
		}
		d.Send(fmt.Sprint("invid:", i), body(d.T, in))
	}
}

// balance checks the books: for each channel one last message, one attachment of each
// format with everything in it, archived once; for each call one good answer.
func (d drill) balance() {
	d.Helper()
	d.Settled(len(rooms))
	files := map[string]int{}
	for _, u := range d.Platform.Uploads() {
		files[u.Name]++
		for _, words := range []string{"message 0", "message 299", "reply 0", "reply 299", "being archived"} {
			if n := bytes.Count(u.Content, []byte(words+"\n")) + bytes.Count(u.Content, []byte(words+`"`)) + bytes.Count(u.Content, []byte(words+". ")); n != 1 {
				d.Errorf("%s has %q %d times", u.Name, words, n)
			}
		}
	}
	for _, room := range rooms {
		goodbyes := 0
		for _, m := range d.Slack.Messages(room) {
			if strings.Contains(m.Sent.Text, "being archived") {
				goodbyes++
			}
		}
		text, js := files["Slack_channel_"+room+"_history.txt"], files["Slack_channel_"+room+"_history.jsonl"]
		if goodbyes != 1 || text != 1 || js != 1 || !archived(d.Slack, room) {
			d.Errorf("#%s: %d last messages, %d texts, %d JSON; archived: %v", room, goodbyes, text, js, archived(d.Slack, room))
		}
	}
	left, err := filepath.Glob(filepath.Join(d.At.Dir, "archive-*"))
	if len(left) > 0 || err != nil {
		d.Errorf("files %q stay: %v", left, err)
	}
}

// A process is killed at each step, before it is taken, while the other side is at
// it, and after it.
func TestKilledAtEachStep(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"conversations.replies", "chat.postMessage", "conversations.archive"} {
		for when, fault := range calltest.Moments() {
			t.Run(method+" "+when, func(t *testing.T) {
				t.Parallel()
				d := newDrill(t)
				reached := d.Break(fault, func(r slacktest.Request) bool { return r.Method == method })
				d.send()
				d.Until("the moment", func() bool { return reached() >= len(rooms) })
				if when == "after" && method != "conversations.replies" {
					d.Until("done", func() bool { return d.done(method) >= len(rooms) })
				}
				d.Kill()
				d.Start()
				d.balance()
			})
		}
	}
	for when, done := range map[string]bool{"before": false, "after": true} {
		t.Run("attachments "+when, func(t *testing.T) {
			t.Parallel()
			d := newDrill(t)
			reached := d.Hold("POST /attachments", done)
			d.send()
			d.Until("the moment", func() bool {
				return reached() >= len(rooms) && (!done || len(d.Platform.Uploads()) >= len(rooms))
			})
			d.Kill()
			d.Start()
			d.balance()
		})
	}
}

// done counts the channels in which Slack has done what a method does.
func (d drill) done(method string) (n int) {
	for _, room := range rooms {
		list := d.Slack.Messages(room)
		if method == "chat.postMessage" && len(list) > 601 || archived(d.Slack, room) {
			n++
		}
	}
	return n
}

// A process is killed and its journal is gone: what was done shows on the other side.
func TestKilledWithItsJournal(t *testing.T) {
	t.Parallel()
	d := newDrill(t)
	d.Break(calltest.Moments()["after"], func(r slacktest.Request) bool { return r.Method == "conversations.archive" })
	d.send()
	d.Until("archived", func() bool { return d.done("conversations.archive") == len(rooms) })
	d.Kill()
	calltest.Must(t, os.Remove(d.At.Journal()))
	d.Start()
	d.balance()
}

// Where a kill falls is left to chance: between any two requests.
func TestKilledAgainAndAgain(t *testing.T) {
	t.Parallel()
	d := newDrill(t)
	d.send()
	for kills := range 6 {
		d.Until("some requests", func() bool {
			return len(d.Slack.Requests())+d.Requested("", "/attachments") >= 10+20*kills || d.Answered() == len(rooms)
		})
		d.Kill()
		d.Start()
	}
	d.balance()
}
