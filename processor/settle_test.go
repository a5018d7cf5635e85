package processor_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// answerTo sends a call whose answer goes to a queue of its own.
func (b *bench) answerTo(replyTo string, inputs map[string]any) {
	id := fmt.Sprintf("invid:%d", b.calls.Add(1))
	b.broker.Send(queue, map[string]string{"reply-to": "/queue/" + replyTo, "correlation-id": id},
		[]byte(message(b.t, "slack_post_message", inputs)))
}

// RabbitMQ ends the connection over an answer that it refuses, and does not say
// which one: without an end to that, nobody would get an answer any more.
func TestAnswerThatTheBrokerNeverTakesDoesNotWedgeTheOthers(t *testing.T) {
	b := newBench(t, options{server: stomptest.LikeRabbitMQ, before: func(b *bench) {
		b.broker.SetFaults(stomptest.Faults{RefuseSend: []string{"closed"}})
	}})
	inputs := map[string]any{"slack_channel": "general", "slack_details": details("x")}
	var ids []string
	for i := range 20 {
		if i == 5 {
			b.answerTo("closed", inputs)
		}
		ids = append(ids, b.call(inputs))
	}
	for _, id := range ids {
		if _, r := b.answer(id); r.Type != 0 || !strings.Contains(string(r.Results), `"ts"`) {
			t.Errorf("the answer to %s is %s %s, want its own", id, r.Message, r.Results)
		}
	}
	b.until("all acknowledged", func() bool { return b.broker.Len(queue)+b.broker.Held(queue) == 0 })
	if n := b.slack.Count(); n != 21 {
		t.Errorf("%d messages, want 21", n)
	}
}

func TestAnswerThatIsTooLargeForTheBrokerBecomesAShortError(t *testing.T) {
	b := newBench(t, options{server: stomptest.LikeRabbitMQ, maxFrame: 1000})
	text := b.failure(b.call(map[string]any{"slack_channel": "general", "slack_details": details("x")}))
	contains(t, text, "was carried out", "refused its result")
	b.until("all acknowledged", func() bool { return b.broker.Len(queue)+b.broker.Held(queue) == 0 })
	if n := b.slack.Count(); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
}

// The network breaks whenever an answer is on its way: that is nobody's fault.
func TestNetworkThatFlapsCostsNoAnswer(t *testing.T) {
	b := newBench(t, options{server: stomptest.LikeRabbitMQ})
	b.broker.SetFaults(stomptest.Faults{StopReading: true})
	id := b.call(map[string]any{"slack_channel": "general", "slack_details": details("x")})
	b.until("posted", func() bool { return b.slack.Count() == 1 })
	for range 8 {
		b.until("subscribed", func() bool { return b.broker.CutConnections() > 0 })
		b.broker.SetFaults(stomptest.Faults{})
		b.until("subscribed", func() bool { return b.broker.Consumers(queue) == 1 })
		b.broker.SetFaults(stomptest.Faults{StopReading: true})
	}
	b.broker.CutConnections()
	b.broker.SetFaults(stomptest.Faults{})
	if _, results := b.result(id); results["ts"] == nil {
		t.Errorf("results %v", results)
	}
}
