package channel_test

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
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// drilled makes this program the service of a drill; it says where everything is.
const drilled = "CHANNEL_DRILL"

type places struct {
	Slack, Host, CA, Key, Secret, Journal string
	Port, STOMP                           int
}

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
	f, err := parts(at.Slack, at.Host, at.Port, at.CA, at.Key, at.Secret)
	if err != nil {
		return err
	}
	store, err := journal.Open(journal.Config{Path: at.Journal, Log: log, Resume: processor.Resume(timeout, false)})
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
	slack, platform := standIns(t)
	platform.SetFaults(resilienttest.Faults{Columns: withID})
	key, keySecret := platform.APIKey()
	d := &drill{T: t, slack: slack, platform: platform, answers: map[string][]string{}, at: places{
		Slack: slack.APIURL(), Host: platform.Host(), Port: platform.Port(), CA: platform.CAFile(), STOMP: platform.STOMPPort(),
		Key: key, Secret: keySecret, Journal: filepath.Join(t.TempDir(), "journal.log"),
	}}
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

// asked are the channels that the calls of a drill ask for, by their incidents, and
// what they get: the name of the first is taken by a channel that nobody sees, that
// of the last by an archived one.
var asked = []struct {
	incident  int
	name, got string
}{
	{resilienttest.IncidentDoS, "board", "board-2"},
	{resilienttest.IncidentPhishing, "inc-2224", "inc-2224"},
	{resilienttest.IncidentHostile, "incidents-2017", "incidents-2017-2"},
}

// send makes two first calls for each of the incidents.
func (d *drill) send() {
	for i := range 2 {
		for _, a := range asked {
			in := inputs{"incident": a.incident, "name": a.name, "emails": "ada@example.com,leo@example.com,nobody@example.com", "replace": true}
			if a.name != "incidents-2017" {
				in["private"] = true
			}
			id := fmt.Sprintf("invid:%d-%d", a.incident, i)
			d.platform.Broker().Send(resilienttest.Queue, map[string]string{"reply-to": "/queue/" + drillAnswers, "correlation-id": id}, []byte(body(d.T, in)))
		}
	}
}

// done counts the channels in which Slack has done what a method does.
func (d *drill) done(method string) (n int) {
	for _, name := range made(d.slack) {
		if method == "conversations.create" || method == "conversations.invite" && len(d.slack.People(name)) > 0 || len(d.slack.Messages(name)) > 0 {
			n++
		}
	}
	return n
}

// balance checks the books: for each incident one channel with its people, one row
// with its link; for each call one message and one good answer.
func (d *drill) balance() {
	d.Helper()
	d.until("all answered", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return len(d.answers) == 2*len(asked)
	})
	b := d.platform.Broker()
	d.until("all acknowledged", func() bool { return b.Len(resilienttest.Queue)+b.Held(resilienttest.Queue) == 0 })
	if n := len(made(d.slack)); n != len(asked) {
		d.Errorf("channels %v were made", made(d.slack))
	}
	for _, a := range asked {
		if diff := cmp.Diff([]string{"U0STANDIN1", "U0STANDIN2"}, d.slack.People(a.got)); diff != "" {
			d.Errorf("people of #%s: %s", a.got, diff)
		}
		posted := map[string]int{}
		for _, m := range d.slack.Messages(a.got) {
			posted[m.Sent.Text]++
		}
		if len(posted) != 2 || len(d.slack.Messages(a.got)) != 2 {
			d.Errorf("messages in #%s: %v", a.got, posted)
		}
		rows := d.platform.Rows(a.incident)
		if len(rows) != 1 || rows[0].Cells["slack_db_channel"] != a.got || !strings.Contains(fmt.Sprint(rows[0].Cells["slack_db_permalink"]), ">Link</a>") {
			d.Errorf("rows of %d: %v", a.incident, rows)
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
}

// A process is killed at each step of the way into a channel, before it is taken,
// while Slack is at it, and after it.
func TestKilledAtEachStep(t *testing.T) {
	t.Parallel()
	slackFaults := map[string]slacktest.Fault{
		"before": {Delay: time.Minute, Drop: true},
		"during": {Delay: time.Minute, Drop: true, Late: 700 * time.Millisecond},
		"after":  {Delay: time.Minute, Posted: true},
	}
	for _, method := range []string{"conversations.create", "conversations.invite", "chat.postMessage"} {
		for when, fault := range slackFaults {
			t.Run(method+" "+when, func(t *testing.T) {
				t.Parallel()
				d := newDrill(t)
				var reached atomic.Int32
				d.slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
					if r.Method != method || r.Form.Get("name") == "board" { // that is refused at once
						return slacktest.Fault{}, false
					}
					reached.Add(1)
					return fault, true
				})
				d.send()
				d.until("the moment", func() bool { return int(reached.Load()) >= len(asked) })
				if when == "after" { // Slack counts a request before it has done what it asks for
					d.until("done", func() bool { return d.done(method) >= len(asked) })
				}
				d.kill()
				d.slack.FailWhen(nil)
				d.start()
				d.balance()
			})
		}
	}
	for step, hold := range map[string]string{"row": "POST /row_data", "link": "PUT /row_data/"} {
		for when, done := range map[string]bool{"before": false, "after": true} {
			t.Run(step+" "+when, func(t *testing.T) {
				t.Parallel()
				d := newDrill(t)
				d.platform.SetFaults(resilienttest.Faults{Columns: withID, Hold: hold, HoldDone: done})
				method, path, _ := strings.Cut(hold, " ")
				d.send()
				d.until("the moment", func() bool {
					n := 0
					for _, r := range d.platform.Requests() {
						if strings.HasPrefix(r, method) && strings.Contains(r, path) {
							n++
						}
					}
					return n >= len(asked)
				})
				d.kill()
				d.platform.SetFaults(resilienttest.Faults{Columns: withID})
				d.start()
				d.balance()
			})
		}
	}
}

// Where a kill falls is left to chance: between any two requests.
func TestKilledAgainAndAgain(t *testing.T) {
	t.Parallel()
	d := newDrill(t)
	d.send()
	for kills := range 8 {
		d.until("some requests", func() bool {
			d.mu.Lock()
			defer d.mu.Unlock()
			return len(d.slack.Requests()) >= 5+6*kills || len(d.answers) == 2*len(asked)
		})
		d.kill()
		d.start()
	}
	d.balance()
}
