package processor_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor"
	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/resilient"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// errand is a function of two steps. It writes down what it does, and hangs in the
// second one until it is let go.
type errand struct {
	hang chan struct{}

	mu  sync.Mutex
	did []string
}

func (e *errand) Name() string                  { return "errand" }
func (e *errand) Channel(resilient.Call) string { return "" }

func (e *errand) does(what string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.did = append(e.did, what)
}

func (e *errand) done() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.did, ", ")
}

func (e *errand) Run(ctx context.Context, t *processor.Task) (processor.Reply, error) {
	bought, err := e.step("buy", false).Take(ctx, t)
	if err != nil {
		return processor.Reply{}, err
	}
	brought, err := e.step("bring "+bought, true).Take(ctx, t)
	return processor.Reply{Answer: []byte(`{"brought":"` + brought + `"}`)}, err
}

func (e *errand) step(name string, last bool) processor.Step[string] {
	return processor.Step[string]{
		Name: name, Done: "done", What: "errand", Where: "town", Last: last,
		Find: func(context.Context, time.Time) (string, bool, error) {
			e.does("look for " + name)
			return "", false, nil
		},
		Do: func(ctx context.Context, _ processor.Permit) (string, error) {
			e.does(name)
			if last {
				select {
				case <-e.hang:
				case <-ctx.Done():
					return "", ctx.Err()
				}
			}
			return "bread", nil
		},
	}
}

// A function is one line in the list; calls of it go by their name.
func TestEachFunctionGetsItsCalls(t *testing.T) {
	e := &errand{hang: make(chan struct{})}
	close(e.hang)
	b := calltest.New(t, calltest.Options{Functions: []processor.Function{e}})
	_, results := b.Result(b.Send(calltest.Body(t, "errand", nil)))
	if results["brought"] != "bread" || results["success"] != true {
		t.Errorf("results %v", results)
	}
	b.Result(b.Call(map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")}))
	if n := b.Slack.Count(); n != 1 || e.done() != "buy, bring bread" {
		t.Errorf("%d messages, and the errand did %s", n, e.done())
	}
	calltest.Contains(t, b.Failure(b.Send(calltest.Body(t, "dance", nil))), "slack_post_message, errand", `"dance"`)
}

// The service ends between two steps. The next one takes the result of the first
// from the journal, and looks only for the other.
func TestCallThatIsBegunAgainGoesOnWhereItWas(t *testing.T) {
	e := &errand{hang: make(chan struct{})}
	b := calltest.New(t, calltest.Options{Functions: []processor.Function{e}, Drain: time.Millisecond})
	id := b.Send(calltest.Body(t, "errand", nil))
	b.Until("half done", func() bool { return e.done() == "buy, bring bread" })
	b.End()
	close(e.hang)
	b.Start(b.Broker.Addr())
	b.Result(id)
	if got, want := e.done(), "buy, bring bread, look for bring bread, bring bread"; got != want {
		t.Errorf("did %s, want %s", got, want)
	}
}

// The queue is shared, and the connection is lost between two steps.
func TestCallOfALostConnectionGoesOnWhereItWas(t *testing.T) {
	e := &errand{hang: make(chan struct{})}
	b := calltest.New(t, calltest.Options{Server: stomptest.LikeRabbitMQ, Functions: []processor.Function{e}, Shared: true})
	id := b.Send(calltest.Body(t, "errand", nil))
	b.Until("half done", func() bool { return e.done() == "buy, bring bread" })
	b.Broker.CutConnections()
	b.Until("left", func() bool { return strings.HasSuffix(e.done(), "look for bring bread, bring bread") })
	close(e.hang)
	b.Result(id)
	if got, want := e.done(), "buy, bring bread, look for bring bread, bring bread"; got != want {
		t.Errorf("did %s, want %s", got, want)
	}
}
