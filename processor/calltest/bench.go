package calltest

import (
	"cmp"
	"context"
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
	"github.com/fn-slack/fn-slack/processor/channel"
	"github.com/fn-slack/fn-slack/processor/journal"
	"github.com/fn-slack/fn-slack/processor/message"
	"github.com/fn-slack/fn-slack/processor/render"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/secret"
	"github.com/fn-slack/fn-slack/processor/slackapi"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// Main is the TestMain of tests with a Bench.
func Main(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == engine.WorkerArg {
		os.Exit(render.Worker())
	}
	os.Exit(m.Run())
}

// The queues of the calls and of their answers.
const (
	Queue   = "actions.201.slack"
	Answers = "acks.201.slack"
)

// Options are what a Bench has other than usual.
type Options struct {
	Scripts   map[string]string // files of the scripts folder
	Fail      bool              // on_script_error and on_unreadable = fail
	Log       io.Writer         // beside the test's; to be read after End
	Trap      bool
	Server    string            // which broker the stand-in behaves like
	MaxFrame  int               // bytes that the broker takes in one frame
	Unknown   processor.Unknown // "" is Hold
	Before    func(*Bench)      // what happened before the service starts
	Deliver   time.Duration     // delivery timeout; 0 is 5 s
	Drain     time.Duration     // 0 is 5 s
	Request   time.Duration     // time for a request to Slack; 0 is 1 s, and 50 ms that the service knows of
	Prefetch  int               // 0 is 30
	Shared    bool              // other instances work on the same queue
	Functions []processor.Function
	Slack     slacktest.Config
	Platform  *resilient.Client // that has logged in; nil where no call needs it
}

// Bench is a service between a stand-in broker and a stand-in workspace.
type Bench struct {
	T      *testing.T
	Broker *stomptest.Server
	Slack  *slacktest.Workspace
	State  string // folder

	Journal *journal.Journal // of the service that was started last
	Failed  atomic.Bool      // a service has stopped, because its journal cannot be used

	scripts string // folder
	opts    Options
	stop    func()
	calls   atomic.Int64

	mu      sync.Mutex
	replies map[string]chan Reply // by correlation id
}

// New starts a service that carries out slack_post_message and Options.Functions.
func New(t *testing.T, o Options) *Bench {
	t.Helper()
	b := &Bench{T: t, opts: o, scripts: filepath.Join(t.TempDir(), "scripts"), State: t.TempDir(), replies: map[string]chan Reply{}}
	Must(t, os.MkdirAll(b.scripts, 0o755))
	for name, source := range o.Scripts {
		Must(t, os.WriteFile(filepath.Join(b.scripts, name), []byte(source), 0o644))
	}
	var err error
	b.Broker, err = stomptest.Start(stomptest.Config{Server: o.Server, MaxFrame: o.MaxFrame})
	Must(t, err)
	b.Slack, err = slacktest.Start(o.Slack)
	Must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	read := make(chan struct{})
	go b.readReplies(ctx, read)
	t.Cleanup(func() {
		b.End()
		cancel()
		<-read
		b.Broker.Close()
		b.Slack.Close()
	})
	if o.Before != nil {
		o.Before(b)
	}
	b.Start(b.Broker.Addr())
	return b
}

// Start runs the service, which connects to an address; End ends it as SIGTERM
// does.
func (b *Bench) Start(addr string) {
	b.T.Helper()
	b.stop = b.Serve(addr, b.State)
	b.Until("subscribed", func() bool { return b.Broker.Consumers(Queue) == 1 })
}

// End ends the service and waits for its end.
func (b *Bench) End() {
	if b.stop != nil {
		b.stop()
		b.stop = nil
	}
}

// Serve runs a further service that connects to the address and keeps its journal
// in the folder, until stop.
func (b *Bench) Serve(addr, state string) (stop func()) {
	b.T.Helper()
	log := slog.New(slog.NewTextHandler(io.MultiWriter(testWriter{b.T}, cmp.Or[io.Writer](b.opts.Log, io.Discard)), &slog.HandlerOptions{Level: slog.LevelInfo}))
	timeout := cmp.Or(b.opts.Request, 50*time.Millisecond)
	store, err := journal.Open(journal.Config{Path: filepath.Join(state, "journal.log"), Log: log, Resume: processor.Resume(timeout, b.opts.Shared)})
	Must(b.T, err)
	b.Journal = store
	scripts, err := engine.New(engine.Config{Dir: b.scripts, Log: log})
	Must(b.T, err)
	poster, err := slackapi.New(slackapi.Config{
		Token: secret.New(slacktest.DefaultToken), APIURL: b.Slack.APIURL(), Interval: -1,
		MinBackoff: time.Millisecond, MaxBackoff: 10 * time.Millisecond, LookupDelay: time.Millisecond,
		DeliveryTimeout: cmp.Or(b.opts.Deliver, 5*time.Second), RequestTimeout: cmp.Or(b.opts.Request, time.Second), Log: log,
	})
	Must(b.T, err)
	consumer, err := broker.New(broker.Config{
		Addrs: []string{addr}, Destinations: []string{Queue}, Prefetch: cmp.Or(b.opts.Prefetch, 30),
		RetryMin: time.Millisecond, RetryMax: 10 * time.Millisecond, WriteTimeout: time.Second, Log: log,
	})
	Must(b.T, err)
	var rooms *channel.Rooms
	if b.opts.Platform != nil {
		rooms = channel.New(channel.Config{Slack: poster, Platform: b.opts.Platform})
	}
	post := message.New(message.Config{
		Renderer: render.New(render.Config{Engine: scripts, Options: formatters.Options{BaseURL: "https://soar.example.com"}, Username: "Resilient", Fail: b.opts.Fail, FailUnreadable: b.opts.Fail}),
		Poster:   poster, Rooms: rooms, Shared: b.opts.Shared, Workers: 10, Log: log,
	})
	p, err := processor.New(processor.Config{
		Deliveries: consumer.Deliveries(), Journal: store, Functions: append([]processor.Function{post}, b.opts.Functions...),
		Package: "fn-slack", Version: "1", Host: "host", Drain: cmp.Or(b.opts.Drain, 5*time.Second), Idle: poster.Idle,
		OnUnknown: cmp.Or(b.opts.Unknown, processor.Hold), Shared: b.opts.Shared, Trap: b.opts.Trap, Log: log,
		SlackTimeout: timeout, SlackGrace: 25 * time.Millisecond,
	})
	Must(b.T, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	var parts sync.WaitGroup
	parts.Go(func() { _ = consumer.Run(ctx) })
	parts.Go(func() { poster.Introduce(ctx) })
	parts.Go(func() {
		if err := p.Run(ctx); err != nil {
			b.Failed.Store(true)
		}
	})
	go func() {
		parts.Wait()
		scripts.Close()
		ended <- store.Close()
	}()
	return func() {
		cancel()
		Must(b.T, <-ended)
	}
}

// testWriter writes the log of a service to that of the test.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(line []byte) (int, error) {
	w.t.Log(strings.TrimSuffix(string(line), "\n"))
	return len(line), nil
}
