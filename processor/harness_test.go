package processor_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/engine"
	"github.com/fn-slack/fn-slack/formatters"
	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/slackapi"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// TestMain makes the test binary its own render worker.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == engine.WorkerArg {
		os.Exit(render.Worker())
	}
	os.Exit(m.Run())
}

const (
	queue   = "actions.201.slack"
	answers = "acks.201.slack"
)

// bench is a service between a stand-in broker and a stand-in workspace.
type bench struct {
	t       *testing.T
	broker  *stomptest.Server
	slack   *slacktest.Workspace
	scripts string // folder
	state   string // folder
	opts    options
	stop    func()
	calls   atomic.Int64

	mu      sync.Mutex
	replies map[string]chan reply // by correlation id
}

// reply is what the platform reads on the reply queue.
type reply struct {
	Type     int             `json:"message_type"`
	Message  string          `json:"message"`
	Complete bool            `json:"complete"`
	Results  json.RawMessage `json:"results"`
}

type options struct {
	scripts  map[string]string // files of the scripts folder
	fail     bool              // on_script_error and on_unreadable = fail
	log      io.Writer         // beside the test's; to be read after end
	trap     bool
	server   string            // which broker the stand-in behaves like
	maxFrame int               // bytes that the broker takes in one frame
	unknown  processor.Unknown // "" is Hold
	before   func(*bench)      // what happened before the service starts
	deliver  time.Duration     // delivery timeout; 0 is 5 s
	drain    time.Duration     // 0 is 5 s
	request  time.Duration     // time for a request to Slack; 0 is 1 s, and 50 ms that the service knows of
	shared   bool              // other instances work on the same queue
}

func newBench(t *testing.T, o options) *bench {
	t.Helper()
	b := &bench{t: t, opts: o, scripts: filepath.Join(t.TempDir(), "scripts"), state: t.TempDir(), replies: map[string]chan reply{}}
	must(t, os.MkdirAll(b.scripts, 0o755))
	for name, source := range o.scripts {
		must(t, os.WriteFile(filepath.Join(b.scripts, name), []byte(source), 0o644))
	}
	var err error
	b.broker, err = stomptest.Start(stomptest.Config{Server: o.server, MaxFrame: o.maxFrame})
	must(t, err)
	b.slack, err = slacktest.Start(slacktest.Config{})
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	read := make(chan struct{})
	go b.readReplies(ctx, read)
	t.Cleanup(func() {
		b.end()
		cancel()
		<-read
		b.broker.Close()
		b.slack.Close()
	})
	if o.before != nil {
		o.before(b)
	}
	b.start()
	return b
}

// start runs a service; end ends it as SIGTERM does.
func (b *bench) start() {
	b.t.Helper()
	b.stop = b.serve(b.broker.Addr(), b.state)
	b.until("subscribed", func() bool { return b.broker.Consumers(queue) == 1 })
}

// serve runs a service that connects to the address and keeps its journal in the
// folder, until stop.
func (b *bench) serve(addr, state string) (stop func()) {
	b.t.Helper()
	log := slog.New(slog.NewTextHandler(io.MultiWriter(testWriter{b.t}, cmp.Or[io.Writer](b.opts.log, io.Discard)), &slog.HandlerOptions{Level: slog.LevelInfo}))
	store, err := journal.Open(journal.Config{Path: filepath.Join(state, "journal.db"), Log: log})
	must(b.t, err)
	scripts, err := engine.New(engine.Config{Dir: b.scripts, Log: log})
	must(b.t, err)
	poster, err := slackapi.New(slackapi.Config{
		Token: slackapi.NewSecret(slacktest.DefaultToken), APIURL: b.slack.APIURL(), Interval: -1,
		MinBackoff: time.Millisecond, MaxBackoff: 10 * time.Millisecond, LookupDelay: time.Millisecond,
		DeliveryTimeout: cmp.Or(b.opts.deliver, 5*time.Second), RequestTimeout: cmp.Or(b.opts.request, time.Second), Log: log,
	})
	must(b.t, err)
	consumer, err := broker.New(broker.Config{
		Addrs: []string{addr}, Destination: queue, Prefetch: 30,
		RetryMin: time.Millisecond, RetryMax: 10 * time.Millisecond, WriteTimeout: time.Second, Log: log,
	})
	must(b.t, err)
	p, err := processor.New(processor.Config{
		Deliveries: consumer.Deliveries(), Journal: store, Poster: poster,
		Renderer: render.New(render.Config{Engine: scripts, Options: formatters.Options{BaseURL: "https://soar.example.com"}, Username: "Resilient", Fail: b.opts.fail, FailUnreadable: b.opts.fail}),
		Package:  "fn-slack", Version: "1", Host: "host", Workers: 10, Drain: cmp.Or(b.opts.drain, 5*time.Second),
		OnUnknown: cmp.Or(b.opts.unknown, processor.Hold), Shared: b.opts.shared, Trap: b.opts.trap, Log: log,
		SlackTimeout: cmp.Or(b.opts.request, 50*time.Millisecond), SlackGrace: 25 * time.Millisecond,
	})
	must(b.t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	var parts sync.WaitGroup
	parts.Go(func() { _ = consumer.Run(ctx) })
	parts.Go(func() { _ = p.Run(ctx) })
	go func() {
		parts.Wait()
		scripts.Close()
		ended <- store.Close()
	}()
	return func() {
		cancel()
		must(b.t, <-ended)
	}
}

func (b *bench) end() {
	if b.stop != nil {
		b.stop()
		b.stop = nil
	}
}

func (b *bench) readReplies(ctx context.Context, done chan struct{}) {
	defer close(done)
	for {
		m, err := b.broker.Receive(ctx, answers)
		if err != nil {
			return
		}
		var r reply
		if err := json.Unmarshal(m.Body, &r); err != nil {
			b.t.Errorf("reply is not JSON: %v: %s", err, m.Body)
			continue
		}
		b.channel(m.Header["correlation-id"]) <- r
	}
}

func (b *bench) channel(id string) chan reply {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.replies[id] == nil {
		b.replies[id] = make(chan reply, 1000)
	}
	return b.replies[id]
}

// send puts a message into the queue as the platform does, and returns its
// correlation id.
func (b *bench) send(body string) string {
	id := fmt.Sprintf("invid:%d", b.calls.Add(1))
	b.broker.Send(queue, map[string]string{"reply-to": "/queue/" + answers, "correlation-id": id}, []byte(body))
	return id
}

// call sends a call of the function and returns its correlation id.
func (b *bench) call(inputs map[string]any) string {
	return b.send(message(b.t, render.Function, inputs))
}

func message(t *testing.T, function string, inputs map[string]any) string {
	t.Helper()
	js, err := json.Marshal(map[string]any{
		"function":  map[string]any{"id": 72, "name": function},
		"inputs":    inputs,
		"workflow":  map[string]any{"programmatic_name": "create_slack_message", "object_type": map[string]any{"name": "incident"}},
		"principal": map[string]any{"name": "b@a.com"},
	})
	must(t, err)
	return string(js)
}

// answer waits for the last reply to a call, and gives those before it too.
func (b *bench) answer(id string) (statuses []string, last reply) {
	b.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case r := <-b.channel(id):
			if r.Complete {
				return statuses, r
			}
			statuses = append(statuses, r.Message)
		case <-deadline:
			b.t.Fatalf("no answer to %s; statuses: %q", id, statuses)
		}
	}
}

// result is the answer to a call that must go well.
func (b *bench) result(id string) (statuses []string, results map[string]any) {
	b.t.Helper()
	statuses, r := b.answer(id)
	if r.Type != 0 || r.Results == nil {
		b.t.Fatalf("answer to %s is an error: %s", id, r.Message)
	}
	must(b.t, json.Unmarshal(r.Results, &results))
	return statuses, results
}

// failure is the text of an answer that must be an error.
func (b *bench) failure(id string) string {
	b.t.Helper()
	_, r := b.answer(id)
	if r.Type != 1 {
		b.t.Fatalf("answer to %s is not an error: %s %s", id, r.Message, r.Results)
	}
	return r.Message
}

func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); {
		if time.Now().After(end) {
			b.t.Fatalf("not %s in time", what)
		}
		<-time.After(time.Millisecond)
	}
}

// details are slack_details with one field.
func details(text string) string {
	js, _ := json.Marshal(map[string]any{"Name": map[string]any{"type": "string", "data": text}})
	return string(js)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func contains(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q lacks %q", text, w)
		}
	}
}

// testWriter writes the log of a service to that of the test.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(line []byte) (int, error) {
	w.t.Log(strings.TrimSuffix(string(line), "\n"))
	return len(line), nil
}
