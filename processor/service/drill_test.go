package service_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/servicetest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// drill is the service, as processes of their own, between a broker and a
// Slack that this test can break, and the books that are checked at the end.
type drill struct {
	*testing.T
	platform *resilienttest.Platform
	slack    *slacktest.Workspace
	mq       stomptest.Broker // the broker itself
	net      *stomptest.Proxy // between the service and the broker
	dir      string
	config   map[string]string // further settings of [fn_slack]
	channels []string
	threads  map[string]string // ts of the message whose thread the calls of a channel answer in; nil: none
	unheard  bool              // the receipt of an answer can get lost in it: nobody knows then that the broker has it

	services map[string]*process
	sent     []stomptest.Call

	mu      sync.Mutex
	answers map[string][]answered // by correlation id
}

type answered struct {
	Type    int             `json:"message_type"`
	Message string          `json:"message"`
	Done    bool            `json:"complete"`
	Results json.RawMessage `json:"results"`
}

// process is one service.
type process struct {
	cmd   *exec.Cmd
	log   bytes.Buffer
	ended chan error
}

const drillAnswers = "acks.201.drill"

// newDrill starts everything but the service. like is how the stand-in broker
// behaves.
func newDrill(t *testing.T, like string) *drill {
	t.Helper()
	d := prepareDrill(t, like)
	d.mq = stomptest.Broker{Name: like, Addr: fmt.Sprintf("localhost:%d", d.platform.STOMPPort()), CAFile: d.platform.CAFile(), Login: "svc", Passcode: "s3cret"}
	d.through(d.platform.Broker().Addr())
	go d.readStandIn()
	return d
}

func prepareDrill(t *testing.T, like string) *drill {
	t.Helper()
	d := &drill{
		T: t, dir: t.TempDir(), config: map[string]string{}, services: map[string]*process{},
		answers: map[string][]answered{}, channels: []string{"general", "soc", "incidents"},
	}
	var err error
	d.platform, err = resilienttest.Start(resilienttest.Config{BrokerName: like, APIKeyID: "svc", APIKeySecret: "s3cret"})
	d.must(err)
	t.Cleanup(func() { d.platform.Close() })
	d.slack, err = slacktest.Start(slacktest.Config{})
	d.must(err)
	t.Cleanup(func() { d.slack.Close() })
	return d
}

// through puts a proxy between the service and the broker.
func (d *drill) through(addr string) {
	d.Helper()
	var err error
	d.net, err = stomptest.StartProxy(addr)
	d.must(err)
	d.Cleanup(func() { d.net.Close() })
}

func (d *drill) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// start runs a service; each name has a state folder of its own.
func (d *drill) start(name string) *process {
	d.Helper()
	cmd := servicetest.Program(d.T, d.dir, "run", "--config-file", d.writeConfig(name))
	cmd.Env = append(cmd.Env, "APP_LOCK_FILE="+filepath.Join(d.dir, name+".lock"))
	return d.run(name, cmd)
}

func (d *drill) run(name string, cmd *exec.Cmd) *process {
	d.Helper()
	s := &process{cmd: cmd, ended: make(chan error, 1)}
	cmd.Stderr = &s.log
	dieWithTest(cmd)
	started := make(chan error, 1)
	go func() {
		// The kernel takes the thread that starts a process for its parent: dieWithTest
		// would end the program with it, and threads end here, with the workers of
		// services that run in this process.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			s.ended <- cmd.Wait()
		}
	}()
	d.must(<-started)
	d.services[name] = s
	d.Cleanup(func() {
		d.kill(name)
		servicetest.NoSecretIn(d.T, s.log.String())
		if strings.Contains(s.log.String(), "<nil>") {
			d.Error("the log tells of an error that is none")
		}
		if d.Failed() {
			d.Logf("log of %s, without the calls that went well:\n%s", name, tail(s.log.String(), 60))
		}
	})
	return s
}

func tail(text string, lines int) string {
	all := slices.DeleteFunc(strings.Split(strings.TrimSpace(text), "\n"), func(line string) bool {
		return strings.Contains(line, "level=INFO msg=call ")
	})
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

func (d *drill) writeConfig(name string) string {
	d.Helper()
	settings := map[string]string{
		"api_token": slacktest.DefaultToken, "slack_api_url": d.slack.APIURL(), "state_dir": d.state(name),
		"slack_request_timeout": "1", "message_interval": "0", "status_address": "off",
	}
	for k, v := range d.config {
		settings[k] = v
	}
	_, port, _ := strings.Cut(d.net.Addr(), ":")
	text := d.platform.AppConfig(settings)
	text = strings.Replace(text, fmt.Sprintf("stomp_port=%d\n", d.platform.STOMPPort()),
		fmt.Sprintf("stomp_host=localhost\nstomp_port=%s\nstomp_cafile=%s\n", port, d.mq.CAFile), 1)
	file := filepath.Join(d.dir, name+".config")
	d.must(os.WriteFile(file, []byte(text), 0o600))
	return file
}

func (d *drill) state(name string) string { return filepath.Join(d.dir, "state-"+name) }

// kill is kill -9.
func (d *drill) kill(name string) {
	if s := d.services[name]; s != nil {
		_ = s.cmd.Process.Kill() // it may have ended by itself
		<-s.ended
		delete(d.services, name)
	}
}

// end is SIGTERM, and must go well.
func (d *drill) end(name string) {
	d.Helper()
	s := d.services[name]
	d.must(s.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-s.ended:
		if err != nil {
			d.Errorf("%s ended with %v", name, err)
		}
	case <-time.After(40 * time.Second):
		d.Fatalf("%s does not end", name)
	}
	delete(d.services, name)
}

// until waits for what must come.
func (d *drill) until(what string, ok func() bool) {
	d.Helper()
	for end := time.Now().Add(90 * time.Second); !ok(); {
		if time.Now().After(end) {
			for name, s := range d.services {
				if len(s.ended) > 0 {
					d.Errorf("%s has ended: %v", name, s.cmd.ProcessState)
				}
			}
			d.Fatalf("not in time: %s (%d calls, %d answered, %d messages)", what, len(d.sent), d.answered(), d.posted())
		}
		<-time.After(2 * time.Millisecond)
	}
}

func (d *drill) subscribed(consumers int) {
	d.Helper()
	d.until("subscribed", func() bool { return d.platform.Broker().Consumers(resilienttest.Queue) == consumers })
}

// calls makes n calls, one channel after the other.
func (d *drill) calls(n int) []stomptest.Call {
	d.Helper()
	var list []stomptest.Call
	for range n {
		i := len(d.sent)
		channel := d.channels[i%len(d.channels)]
		c := resilienttest.NumberedCall(i, channel, "")
		if d.threads != nil {
			thread := fmt.Sprintf(`"inputs":{"slack_thread_id":%q,`, d.threads[channel])
			c.Body = bytes.Replace(c.Body, []byte(`"inputs":{`), []byte(thread), 1)
		}
		d.sent = append(d.sent, c)
		list = append(list, c)
	}
	return list
}

// inThreads puts a first message into each channel; the calls from now on are
// notes, which go into its thread.
func (d *drill) inThreads() {
	d.Helper()
	d.threads = map[string]string{}
	for _, channel := range d.channels {
		form := url.Values{"token": {slacktest.DefaultToken}, "channel": {channel}, "text": {"the incident"}}
		resp, err := http.PostForm(d.slack.APIURL()+"chat.postMessage", form)
		d.must(err)
		d.must(resp.Body.Close())
		d.threads[channel] = d.slack.Messages(channel)[0].TS
	}
}

// posted counts the messages of calls.
func (d *drill) posted() int { return d.slack.Count() - len(d.threads) }

// send puts n calls into the stand-in's queue.
func (d *drill) send(n int) {
	d.Helper()
	for _, c := range d.calls(n) {
		d.platform.Broker().Send(resilienttest.Queue, map[string]string{"reply-to": "/queue/" + drillAnswers, "correlation-id": c.ID}, c.Body)
	}
}

func (d *drill) readStandIn() {
	ctx := d.Context()
	for {
		m, err := d.platform.Broker().Receive(ctx, drillAnswers)
		if err != nil {
			return
		}
		d.take(m.Header["correlation-id"], m.Body)
	}
}

func (d *drill) take(id string, body []byte) {
	var a answered
	if err := json.Unmarshal(body, &a); err != nil {
		d.Errorf("answer to %s is not JSON: %v: %s", id, err, body)
		return
	}
	if a.Done {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.answers[id] = append(d.answers[id], a)
	}
}

func (d *drill) answered() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.answers)
}

// decided says that n calls are decided and none is begun, by a copy of the
// journal of a process that is waiting.
func (d *drill) decided(name string, n int) bool {
	text, err := os.ReadFile(filepath.Join(d.state(name), "journal.log"))
	if err != nil {
		return false
	}
	copied := filepath.Join(d.TempDir(), "journal.log")
	d.must(os.WriteFile(copied, text, 0o600))
	j, err := journal.Open(journal.Config{Path: copied, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return false
	}
	defer j.Close()
	list, err := j.Unsettled()
	count := 0
	for _, e := range list {
		if e.State == journal.Decided {
			count++
		}
	}
	return err == nil && count == n && len(list) == n
}

// balance waits for the answers to all calls and checks the books: one answer
// and one message for each call, and nothing left with the broker. An answer that
// comes twice is the same.
func (d *drill) balance(inOrder bool) {
	d.Helper()
	d.until("all answered", func() bool { return d.answered() == len(d.sent) })
	if d.net != nil && strings.HasPrefix(d.mq.Addr, "localhost:"+fmt.Sprint(d.platform.STOMPPort())) {
		b := d.platform.Broker()
		d.until("all acknowledged", func() bool { return b.Len(resilienttest.Queue)+b.Held(resilienttest.Queue) == 0 })
	}
	books := d.books(inOrder)
	if list := d.slack.Messages(d.channels[0]); books.missing > 0 && len(list) > 0 {
		d.Logf("a message: %q", list[0].Sent.Text)
	}
	d.Logf("%d calls, %d answered, %d answers twice, %d messages, %d twice, %d missing, %d out of order",
		len(d.sent), d.answered(), books.answersTwice, d.posted(), books.twice, books.missing, books.disorder)
	if books.twice+books.missing+books.failed+books.elsewhere > 0 || inOrder && books.disorder > 0 || !d.unheard && books.answersTwice > 0 {
		d.Errorf("the books do not balance: %+v", books)
	}
}

type books struct{ answersTwice, failed, twice, missing, disorder, elsewhere int }

func (d *drill) books(inOrder bool) (b books) {
	posted := map[string]int{} // by delivery
	for _, channel := range d.channels {
		last := -1
		for _, m := range d.slack.Messages(channel) {
			n := resilienttest.CallNumber(m.Sent.Text)
			if n < 0 {
				continue // the first of a thread
			}
			if m.ThreadTS != d.threads[channel] {
				b.elsewhere++
			}
			if posted[fmt.Sprint(n)]++; n < last {
				b.disorder++
			}
			last = max(last, n)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, c := range d.sent {
		switch n := posted[fmt.Sprint(i)]; {
		case n == 0:
			b.missing++
		case n > 1:
			b.twice++
		}
		list := d.answers[c.ID]
		if len(list) > 1 {
			b.answersTwice++
		}
		for _, a := range list {
			if a.Type != 0 || !bytes.Contains(a.Results, []byte(`"ts"`)) {
				b.failed++
				d.Logf("call %d is answered with %s %s", i, a.Message, tail(string(a.Results), 1))
			}
		}
	}
	return b
}
