package calltest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/render"
)

// Reply is what the platform reads on the reply queue.
type Reply struct {
	Type     int             `json:"message_type"`
	Message  string          `json:"message"`
	Complete bool            `json:"complete"`
	Results  json.RawMessage `json:"results"`
}

func (b *Bench) readReplies(ctx context.Context, done chan struct{}) {
	defer close(done)
	for {
		m, err := b.Broker.Receive(ctx, Answers)
		if err != nil {
			return
		}
		var r Reply
		if err := json.Unmarshal(m.Body, &r); err != nil {
			b.T.Errorf("reply is not JSON: %v: %s", err, m.Body)
			continue
		}
		b.Replies(m.Header["correlation-id"]) <- r
	}
}

// Replies are those to a call that nobody has taken yet, statuses included.
func (b *Bench) Replies(id string) chan Reply {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.replies[id] == nil {
		b.replies[id] = make(chan Reply, 1000)
	}
	return b.replies[id]
}

// Call sends a call of slack_post_message and returns its correlation id.
func (b *Bench) Call(inputs map[string]any) string {
	b.T.Helper()
	return b.Send(Body(b.T, render.Function, inputs))
}

// Send puts a message into the queue as the platform does, and returns its
// correlation id: the first is invid:1.
func (b *Bench) Send(body string) string { return b.SendFor(Answers, body) }

// SendFor is Send for a call whose answer goes to another queue.
func (b *Bench) SendFor(answers, body string) string {
	id := fmt.Sprintf("invid:%d", b.calls.Add(1))
	b.Broker.Send(Queue, map[string]string{"reply-to": "/queue/" + answers, "correlation-id": id}, []byte(body))
	return id
}

// Body is the message of a call.
func Body(t *testing.T, function string, inputs map[string]any) string {
	t.Helper()
	js, err := json.Marshal(map[string]any{
		"function":  map[string]any{"id": 72, "name": function},
		"inputs":    inputs,
		"workflow":  map[string]any{"programmatic_name": "create_slack_message", "object_type": map[string]any{"name": "incident"}},
		"principal": map[string]any{"name": "b@a.com"},
	})
	Must(t, err)
	return string(js)
}

// Details are slack_details with one field.
func Details(text string) string {
	js, _ := json.Marshal(map[string]any{"Name": map[string]any{"type": "string", "data": text}}) // a text
	return string(js)
}

// Answer waits for the last reply to a call, and gives the statuses before it.
func (b *Bench) Answer(id string) (statuses []string, last Reply) {
	b.T.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case r := <-b.Replies(id):
			if r.Complete {
				return statuses, r
			}
			statuses = append(statuses, r.Message)
		case <-deadline:
			b.T.Fatalf("no answer to %s; statuses: %q", id, statuses)
		}
	}
}

// Result is the answer to a call that must go well.
func (b *Bench) Result(id string) (statuses []string, results map[string]any) {
	b.T.Helper()
	statuses, r := b.Answer(id)
	if r.Type != 0 || r.Results == nil {
		b.T.Fatalf("answer to %s is an error: %s", id, r.Message)
	}
	Must(b.T, json.Unmarshal(r.Results, &results))
	return statuses, results
}

// Failure is the text of an answer that must be an error: one line for a person.
func (b *Bench) Failure(id string) string {
	b.T.Helper()
	_, r := b.Answer(id)
	if r.Type != 1 {
		b.T.Fatalf("answer to %s is not an error: %s %s", id, r.Message, r.Results)
	}
	if strings.Contains(r.Message, "\n") || strings.Contains(r.Message, ".go:") {
		b.T.Errorf("not a sentence: %q", r.Message)
	}
	return r.Message
}

// Acknowledged waits until the broker has no call any more.
func (b *Bench) Acknowledged() {
	b.T.Helper()
	b.Until("all acknowledged", func() bool { return b.Broker.Len(Queue)+b.Broker.Held(Queue) == 0 })
}

// Until waits for something for at most ten seconds.
func (b *Bench) Until(what string, ok func() bool) {
	b.T.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); {
		if time.Now().After(end) {
			b.T.Fatalf("not %s in time", what)
		}
		<-time.After(time.Millisecond)
	}
}

// Must ends the test on an error.
func Must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Contains tells of words that a text lacks.
func Contains(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q lacks %q", text, w)
		}
	}
}
