package archive_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/archive"
	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// drilled makes this program the service of a drill; it says where everything is.
const drilled = "ARCHIVE_DRILL"

// serve is the service of a drill. It ends with who has started it.
func serve() int {
	var at places
	if err := json.Unmarshal([]byte(os.Getenv(drilled)), &at); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	if err := run(at); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return 1
}

func run(at places) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	const timeout = time.Second
	scripts, err := engine.Open(engine.Config{Dir: at.Dir}) // there are none
	if err != nil {
		return err
	}
	f, err := function(at, render.New(render.Config{Engine: scripts}), archive.Text, archive.JSON)
	if err != nil {
		return err
	}
	store, err := journal.Open(journal.Config{Path: filepath.Join(at.Dir, "journal.log"), Log: log, Resume: processor.Resume(timeout, false)})
	if err != nil {
		return err
	}
	consumer, err := broker.New(broker.Config{
		Addrs: []string{fmt.Sprintf("localhost:%d", at.STOMP)}, TLS: &tls.Config{InsecureSkipVerify: true}, Login: at.Key, Passcode: at.Secret,
		Destinations: []string{resilienttest.Queue}, Prefetch: 30, RetryMin: time.Millisecond, RetryMax: 10 * time.Millisecond, Log: log,
	})
	if err != nil {
		return err
	}
	p, err := processor.New(processor.Config{
		Deliveries: consumer.Deliveries(), Journal: store, Functions: []processor.Function{f}, Package: "fn-slack", Version: "1", Host: "host",
		OnUnknown: processor.Hold, Log: log, SlackTimeout: timeout, SlackGrace: 25 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	go func() { _ = consumer.Run(context.Background()) }()
	return p.Run(context.Background())
}

// drill is a service in a process of its own, that is killed.
type drill struct {
	*testing.T
	slack    *slacktest.Workspace
	platform *resilienttest.Platform
	at       places
	cmd      *exec.Cmd
	log      bytes.Buffer

	mu      sync.Mutex
	answers map[string][]string // by call
}

const drillAnswers = "acks.201.drill"

func newDrill(t *testing.T) *drill {
	t.Helper()
	slack, platform, at := standIns(t)
	d := &drill{T: t, slack: slack, platform: platform, at: at, answers: map[string][]string{}}
	go func() {
		for {
			m, err := platform.Broker().Receive(t.Context(), drillAnswers)
			if err != nil {
				return
			}
			var a calltest.Reply
			if err := json.Unmarshal(m.Body, &a); err != nil || a.Complete {
				d.mu.Lock()
				id := m.Header["correlation-id"]
				d.answers[id] = append(d.answers[id], fmt.Sprintf("%d %s %s", a.Type, a.Message, a.Results))
				d.mu.Unlock()
			}
		}
	}()
	d.start()
	t.Cleanup(func() {
		d.kill()
		if t.Failed() {
			t.Log(d.log.String())
		}
	})
	return d
}

func (d *drill) start() {
	d.Helper()
	js, err := json.Marshal(d.at)
	calltest.Must(d.T, err)
	program, err := os.Executable()
	calltest.Must(d.T, err)
	d.cmd = exec.Command(program)
	d.cmd.Env = append(os.Environ(), drilled+"="+string(js))
	d.cmd.Stderr = &d.log
	_, err = d.cmd.StdinPipe() // closed with this process: the service's end
	calltest.Must(d.T, err)
	calltest.Must(d.T, d.cmd.Start())
	d.until("subscribed", func() bool { return d.platform.Broker().Consumers(resilienttest.Queue) == 1 })
}

// kill is kill -9.
func (d *drill) kill() {
	_ = d.cmd.Process.Kill() // it may have ended by itself
	_ = d.cmd.Wait()         // it was killed
	d.platform.Broker().CutConnections()
	d.until("gone", func() bool { return d.platform.Broker().Consumers(resilienttest.Queue) == 0 })
}

func (d *drill) until(what string, ok func() bool) {
	d.Helper()
	for end := time.Now().Add(60 * time.Second); !ok(); {
		if time.Now().After(end) {
			d.Fatalf("not in time: %s; answers: %v\n%s", what, d.answers, d.log.String())
		}
		<-time.After(2 * time.Millisecond)
	}
}

// rooms are the channels that the calls of a drill archive, by their incidents.
var rooms = map[int]string{incident: "inc-2223", resilienttest.IncidentPhishing: "inc-2224", resilienttest.IncidentHostile: "visited"}

// send makes a call for each of the channels; one names it by its id.
func (d *drill) send() {
	for i, room := range rooms {
		in := inputs{"incident_id": i}
		if room == "visited" {
			in["slack_channel_id"] = "C0VISITED0"
		} else {
			associate(d.platform, i, fmt.Sprintf("RES-%d", i), room)
		}
		parent := say(d.slack, room, "parent")
		for n := range 300 {
			say(d.slack, room, fmt.Sprint("message ", n))
			say(d.slack, room, fmt.Sprint("reply ", n), inputs{"thread_ts": parent})
		}
		d.platform.Broker().Send(resilienttest.Queue, map[string]string{"reply-to": "/queue/" + drillAnswers, "correlation-id": fmt.Sprint("invid:", i)}, []byte(body(d.T, in)))
	}
}

// answered counts the calls with a last answer.
func (d *drill) answered() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.answers)
}

// balance checks the books: for each channel one last message, one attachment of each
// format with everything in it, archived once; for each call one good answer.
func (d *drill) balance() {
	d.Helper()
	d.until("all answered", func() bool { return d.answered() == len(rooms) })
	b := d.platform.Broker()
	d.until("all acknowledged", func() bool { return b.Len(resilienttest.Queue)+b.Held(resilienttest.Queue) == 0 })
	files := map[string]int{}
	for _, u := range d.platform.Uploads() {
		files[u.Name]++
		for _, words := range []string{"message 0", "message 299", "reply 0", "reply 299", "being archived"} {
			if n := bytes.Count(u.Content, []byte(words+"\n")) + bytes.Count(u.Content, []byte(words+`"`)) + bytes.Count(u.Content, []byte(words+". ")); n != 1 {
				d.Errorf("%s has %q %d times", u.Name, words, n)
			}
		}
	}
	for _, room := range rooms {
		goodbyes := 0
		for _, m := range d.slack.Messages(room) {
			if strings.Contains(m.Sent.Text, "being archived") {
				goodbyes++
			}
		}
		text, js := files["Slack_channel_"+room+"_history.txt"], files["Slack_channel_"+room+"_history.jsonl"]
		if goodbyes != 1 || text != 1 || js != 1 || !archived(d.slack, room) {
			d.Errorf("#%s: %d last messages, %d texts, %d JSON; archived: %v", room, goodbyes, text, js, archived(d.slack, room))
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, list := range d.answers {
		// Where the kill fell before its receipt, an answer comes again, and is the same.
		if len(slices.Compact(list)) != 1 || !strings.HasPrefix(list[0], "0 ") {
			d.Errorf("answers to %s: %q", id, list)
		}
	}
	left, err := filepath.Glob(filepath.Join(d.at.Dir, "archive-*"))
	if len(left) > 0 || err != nil {
		d.Errorf("files %q stay: %v", left, err)
	}
}

// reached counts the requests of a method to the platform.
func (d *drill) reached(method, path string) (n int) {
	for _, r := range d.platform.Requests() {
		if strings.HasPrefix(r, method) && strings.Contains(r, path) {
			n++
		}
	}
	return n
}

// A process is killed at each step, before it is taken, while the other side is at
// it, and after it.
func TestKilledAtEachStep(t *testing.T) {
	t.Parallel()
	slackFaults := map[string]slacktest.Fault{
		"before": {Delay: time.Minute, Drop: true},
		"during": {Delay: time.Minute, Drop: true, Late: 700 * time.Millisecond},
		"after":  {Delay: time.Minute, Posted: true},
	}
	for _, method := range []string{"conversations.replies", "chat.postMessage", "conversations.archive"} {
		for when, fault := range slackFaults {
			t.Run(method+" "+when, func(t *testing.T) {
				t.Parallel()
				d := newDrill(t)
				reached := make(chan bool, 100)
				d.slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
					if r.Method != method {
						return slacktest.Fault{}, false
					}
					reached <- true
					return fault, true
				})
				d.send()
				d.until("the moment", func() bool { return len(reached) >= len(rooms) })
				if when == "after" && method != "conversations.replies" { // Slack counts a request before it has done what it asks for
					d.until("done", func() bool { return d.done(method) >= len(rooms) })
				}
				d.kill()
				d.slack.FailWhen(nil)
				d.start()
				d.balance()
			})
		}
	}
	for when, done := range map[string]bool{"before": false, "after": true} {
		t.Run("attachments "+when, func(t *testing.T) {
			t.Parallel()
			d := newDrill(t)
			d.platform.SetFaults(resilienttest.Faults{Hold: "POST /attachments", HoldDone: done})
			d.send()
			d.until("the moment", func() bool {
				return d.reached("POST", "/attachments") >= len(rooms) && (!done || len(d.platform.Uploads()) >= len(rooms))
			})
			d.kill()
			d.platform.SetFaults(resilienttest.Faults{})
			d.start()
			d.balance()
		})
	}
}

// done counts the channels in which Slack has done what a method does.
func (d *drill) done(method string) (n int) {
	for _, room := range rooms {
		list := d.slack.Messages(room)
		if method == "chat.postMessage" && len(list) > 601 || archived(d.slack, room) {
			n++
		}
	}
	return n
}

// A process is killed and its journal is gone: what was done shows on the other side.
func TestKilledWithItsJournal(t *testing.T) {
	t.Parallel()
	d := newDrill(t)
	d.slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
		return slacktest.Fault{Delay: time.Minute, Posted: true}, r.Method == "conversations.archive"
	})
	d.send()
	d.until("archived", func() bool { return d.done("conversations.archive") == len(rooms) })
	d.kill()
	d.slack.FailWhen(nil)
	calltest.Must(t, os.Remove(filepath.Join(d.at.Dir, "journal.log")))
	d.start()
	d.balance()
}

// Where a kill falls is left to chance: between any two requests.
func TestKilledAgainAndAgain(t *testing.T) {
	t.Parallel()
	d := newDrill(t)
	d.send()
	for kills := range 6 {
		d.until("some requests", func() bool {
			return len(d.slack.Requests())+d.reached("", "/attachments") >= 10+20*kills || d.answered() == len(rooms)
		})
		d.kill()
		d.start()
	}
	d.balance()
}
