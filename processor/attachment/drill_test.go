package attachment_test

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

	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// drilled makes this program the service of a drill; it says where everything is.
const drilled = "ATTACHMENT_DRILL"

// service is what the service of a drill needs.
type service struct {
	places
	Journal string
	STOMP   int
}

// serve is the service of a drill. It ends with who has started it.
func serve() int {
	var at service
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

func run(at service) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	const timeout = time.Second
	f, err := connect(at.places)
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
	at       service
	cmd      *exec.Cmd
	log      bytes.Buffer

	mu      sync.Mutex
	answers map[string][]string // by call
}

const drillAnswers = "acks.201.drill"

func newDrill(t *testing.T) *drill {
	t.Helper()
	slack, platform := standIns(t, 2)
	d := &drill{T: t, slack: slack, platform: platform, answers: map[string][]string{}}
	d.at = service{placesOf(slack, platform), filepath.Join(t.TempDir(), "journal.log"), platform.STOMPPort()}
	for _, c := range drillCalls {
		platform.PutFile(resilienttest.File{
			ID: c.file, Artifact: c.artifact, Kind: "Malware Sample", Incident: c.incident, Name: c.name(), Size: int64(len(c.name())),
			Contents: func() io.Reader { return strings.NewReader(c.name()) },
		})
	}
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

// drillCall asks for a file of an incident, whose first call makes its channel.
type drillCall struct{ incident, file, artifact int }

func (c drillCall) name() string { return fmt.Sprintf("file-%d.bin", c.file) }

func (c drillCall) room() string { return fmt.Sprintf("inc-%d", c.incident) }

// drillCalls are two files for each of two incidents, and a sample of malware.
var drillCalls = []drillCall{
	{resilienttest.IncidentDoS, 1, 0}, {resilienttest.IncidentPhishing, 2, 0},
	{resilienttest.IncidentDoS, 3, 0}, {resilienttest.IncidentPhishing, 4, 0},
	{resilienttest.IncidentDoS, 5, 85},
}

// incidents of the calls.
var drillIncidents = []int{resilienttest.IncidentDoS, resilienttest.IncidentPhishing}

func (d *drill) send() {
	for _, c := range drillCalls {
		in := inputs{"incident_id": c.incident, "slack_channel": c.room(), "slack_is_channel_private": true, "slack_text": "see " + c.name()}
		if c.artifact != 0 {
			in["artifact_id"] = c.artifact
		} else {
			in["attachment_id"] = c.file
		}
		header := map[string]string{"reply-to": "/queue/" + drillAnswers, "correlation-id": fmt.Sprintf("invid:%d", c.file)}
		d.platform.Broker().Send(resilienttest.Queue, header, []byte(body(d.T, in)))
	}
}

// balance checks the books: for each call one answer, one file with one share or, for
// the sample, one message; for each incident one channel and one row with its link.
func (d *drill) balance() {
	d.Helper()
	d.until("all answered", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return len(d.answers) == len(drillCalls)
	})
	b := d.platform.Broker()
	d.until("all acknowledged", func() bool { return b.Len(resilienttest.Queue)+b.Held(resilienttest.Queue) == 0 })
	shares := map[string]int{}
	for _, f := range d.slack.Files() {
		shares[f.Name] += f.Shares
		if f.SHA256 != sum(f.Name) {
			d.Errorf("%s has other contents", f.Name)
		}
	}
	for _, c := range drillCalls {
		messages := 0
		for _, m := range d.slack.Messages(c.room()) {
			if strings.HasPrefix(m.Sent.Text, "see "+c.name()) {
				messages++
			}
		}
		want := 1
		if c.artifact != 0 {
			want = 0
		}
		if messages != 1 || shares[c.name()] != want {
			d.Errorf("%s: %d messages, %d shares", c.name(), messages, shares[c.name()])
		}
	}
	if n := len(d.slack.Rooms()) - len(channels); n != len(drillIncidents) || len(d.slack.Files()) != len(drillCalls)-1 {
		d.Errorf("%d channels were made; files: %+v", n, d.slack.Files())
	}
	for _, incident := range drillIncidents {
		rows := d.platform.Rows(incident)
		if len(rows) != 1 || !strings.Contains(fmt.Sprint(rows[0].Cells["slack_db_permalink"]), ">Link</a>") {
			d.Errorf("rows of %d: %v", incident, rows)
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

// A process is killed at each step, before it is taken, while Slack is at it, and
// after it.
func TestKilledAtEachStep(t *testing.T) {
	t.Parallel()
	slackFaults := map[string]slacktest.Fault{
		"before": {Delay: time.Minute, Drop: true},
		"during": {Delay: time.Minute, Drop: true, Late: 700 * time.Millisecond},
		"after":  {Delay: time.Minute, Posted: true},
	}
	for _, method := range []string{"files.getUploadURLExternal", "upload", "files.completeUploadExternal", "files.info", "chat.postMessage"} {
		for when, fault := range slackFaults {
			if when == "during" && (method == "upload" || method == "files.info") {
				continue // without an effect that comes late
			}
			t.Run(method+" "+when, func(t *testing.T) {
				t.Parallel()
				d := newDrill(t)
				var reached atomic.Int32
				d.slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
					if r.Method != method {
						return slacktest.Fault{}, false
					}
					reached.Add(1)
					return fault, true
				})
				d.send()
				d.until("the moment", func() bool { return reached.Load() > 0 })
				if when == "after" && method == "files.completeUploadExternal" { // it is counted before it is done
					d.until("done", func() bool { return len(d.slack.Files()) > 0 })
				}
				d.kill()
				d.slack.FailWhen(nil)
				d.start()
				d.balance()
			})
		}
	}
	for step, hold := range map[string]string{"row": "POST /row_data", "link": "PUT /row_data/", "contents": "GET /contents"} {
		for when, done := range map[string]bool{"before": false, "after": true} {
			t.Run(step+" "+when, func(t *testing.T) {
				t.Parallel()
				d := newDrill(t)
				d.platform.SetFaults(resilienttest.Faults{Hold: hold, HoldDone: done})
				method, path, _ := strings.Cut(hold, " ")
				d.send()
				d.until("the moment", func() bool {
					return slices.ContainsFunc(d.platform.Requests(), func(r string) bool { return strings.HasPrefix(r, method) && strings.Contains(r, path) })
				})
				d.kill()
				d.platform.SetFaults(resilienttest.Faults{})
				d.start()
				d.balance()
			})
		}
	}
}

// What has shared the files had a journal of its own: another instance. Slack has looked
// through none of them yet.
func TestTakenOverByAnotherInstance(t *testing.T) {
	t.Parallel()
	d := newDrill(t)
	d.slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
		return slacktest.Fault{Delay: time.Minute, Drop: true}, r.Method == "files.info"
	})
	d.send()
	d.until("all files are there", func() bool { return len(d.slack.Files()) == len(drillCalls)-1 })
	d.kill()
	d.slack.FailWhen(nil)
	calltest.Must(t, os.Remove(d.at.Journal))
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
			d.mu.Lock()
			defer d.mu.Unlock()
			return len(d.slack.Requests()) >= 4+7*kills || len(d.answers) == len(drillCalls)
		})
		d.kill()
		d.start()
	}
	d.balance()
}
