package calltest

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
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
)

// drilled makes this program the service of a drill; it says where everything is.
const drilled = "FN_SLACK_TEST_DRILLED"

// ServeDrill is for TestMain, before [Main]. In the process of a [Drill] it is the
// service, with one function, and does not return.
func ServeDrill(connect func(Places) (processor.Function, error)) {
	places := os.Getenv(drilled)
	if places == "" {
		return
	}
	go func() { // it ends with who has started it
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	var at Places
	err := json.Unmarshal([]byte(places), &at)
	if err == nil {
		err = at.serve(connect)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func (at Places) serve(connect func(Places) (processor.Function, error)) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	const timeout = time.Second
	f, err := connect(at)
	if err != nil {
		return err
	}
	store, err := journal.Open(journal.Config{Path: at.Journal(), Log: log, Resume: processor.Resume(timeout, false)})
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

// Drill is a service in a process of its own, that is killed.
type Drill struct {
	*testing.T
	Slack    *slacktest.Workspace
	Platform *resilienttest.Platform
	At       Places

	healthy resilienttest.Faults
	cmd     *exec.Cmd
	log     bytes.Buffer

	mu      sync.Mutex
	answers map[string][]string // by call
}

// StartDrill starts the stand-ins and the service. The platform has always the faults.
func StartDrill(t *testing.T, cfg slacktest.Config, always resilienttest.Faults) *Drill {
	t.Helper()
	d := &Drill{T: t, healthy: always, answers: map[string][]string{}}
	d.Slack, d.Platform, d.At = StandIns(t, cfg)
	go d.readAnswers()
	d.Start()
	t.Cleanup(func() {
		d.Kill()
		if t.Failed() {
			t.Log(d.log.String())
		}
	})
	return d
}

const drillAnswers = "acks.201.drill"

func (d *Drill) readAnswers() {
	for {
		m, err := d.Platform.Broker().Receive(d.Context(), drillAnswers)
		if err != nil {
			return
		}
		var a Reply
		if err := json.Unmarshal(m.Body, &a); err != nil || a.Complete {
			d.mu.Lock()
			id := m.Header["correlation-id"]
			d.answers[id] = append(d.answers[id], fmt.Sprintf("%d %s %s", a.Type, a.Message, a.Results))
			d.mu.Unlock()
		}
	}
}

// Start mends the stand-ins and starts the service, with what it has left behind.
func (d *Drill) Start() {
	d.Helper()
	d.Slack.FailWhen(nil)
	d.Platform.SetFaults(d.healthy)
	js, err := json.Marshal(d.At)
	Must(d.T, err)
	program, err := os.Executable()
	Must(d.T, err)
	d.cmd = exec.Command(program)
	d.cmd.Env = append(os.Environ(), drilled+"="+string(js))
	d.cmd.Stderr = &d.log
	_, err = d.cmd.StdinPipe() // closed with this process: the service's end
	Must(d.T, err)
	Must(d.T, d.cmd.Start())
	d.Until("subscribed", func() bool { return d.Platform.Broker().Consumers(resilienttest.Queue) == 1 })
}

// Kill is kill -9.
func (d *Drill) Kill() {
	_ = d.cmd.Process.Kill() // it may have ended by itself
	_ = d.cmd.Wait()         // it was killed
	d.Platform.Broker().CutConnections()
	d.Until("gone", func() bool { return d.Platform.Broker().Consumers(resilienttest.Queue) == 0 })
}

// PID is the process of the service.
func (d *Drill) PID() int { return d.cmd.Process.Pid }

// Until waits for what must come, for a minute at most.
func (d *Drill) Until(what string, ok func() bool) {
	d.Helper()
	for end := time.Now().Add(time.Minute); !ok(); {
		if time.Now().After(end) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.Fatalf("not in time: %s; answers: %v\n%s", what, d.answers, d.log.String())
		}
		<-time.After(2 * time.Millisecond)
	}
}

// Send puts a call into the queue.
func (d *Drill) Send(id, body string) {
	d.Platform.Broker().Send(resilienttest.Queue, map[string]string{"reply-to": "/queue/" + drillAnswers, "correlation-id": id}, []byte(body))
}

// Answered counts the calls with a last answer.
func (d *Drill) Answered() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.answers)
}

// Settled waits until so many calls are answered and acknowledged, each of them with
// one good answer.
func (d *Drill) Settled(calls int) {
	d.Helper()
	d.Until("all answered", func() bool { return d.Answered() == calls })
	b := d.Platform.Broker()
	d.Until("all acknowledged", func() bool { return b.Len(resilienttest.Queue)+b.Held(resilienttest.Queue) == 0 })
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, list := range d.answers {
		// Where the kill fell before its receipt, an answer comes again, and is the same.
		if len(slices.Compact(list)) != 1 || !strings.HasPrefix(list[0], "0 ") {
			d.Errorf("answers to %s: %q", id, list)
		}
	}
}

// Moments are when Slack is asked for a step and the service can be killed: before
// Slack takes it, while it is at it, and after it.
func Moments() map[string]slacktest.Fault {
	return map[string]slacktest.Fault{
		"before": {Delay: time.Minute, Drop: true},
		"during": {Delay: time.Minute, Drop: true, Late: 700 * time.Millisecond},
		"after":  {Delay: time.Minute, Posted: true},
	}
}

// Break makes requests to Slack fail, and counts them. Slack counts one before it has
// done what it asks for.
func (d *Drill) Break(fault slacktest.Fault, which func(slacktest.Request) bool) (reached func() int) {
	var n atomic.Int64
	d.Slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
		if !which(r) {
			return slacktest.Fault{}, false
		}
		n.Add(1)
		return fault, true
	})
	return func() int { return int(n.Load()) }
}

// Hold leaves requests to the platform without an answer, "POST /row_data", before or
// after they are done, and counts them.
func (d *Drill) Hold(requests string, done bool) (reached func() int) {
	f := d.healthy
	f.Hold, f.HoldDone = requests, done
	d.Platform.SetFaults(f)
	method, path, _ := strings.Cut(requests, " ")
	return func() int { return d.Requested(method, path) }
}

// Requested counts the requests to the platform; "" is any method.
func (d *Drill) Requested(method, path string) (n int) {
	for _, r := range d.Platform.Requests() {
		if strings.HasPrefix(r, method) && strings.Contains(r, path) {
			n++
		}
	}
	return n
}
