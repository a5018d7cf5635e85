package processor_test

import (
	"strings"
	"testing"

	"github.com/fn-slack/fn-slack/processor/calltest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// RabbitMQ ends the connection over an answer that it refuses, and does not say
// which one: without an end to that, nobody would get an answer any more.
func TestAnswerThatTheBrokerNeverTakesDoesNotWedgeTheOthers(t *testing.T) {
	b := calltest.New(t, calltest.Options{Server: stomptest.LikeRabbitMQ, Before: func(b *calltest.Bench) {
		b.Broker.SetFaults(stomptest.Faults{RefuseSend: []string{"closed"}})
	}})
	inputs := map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")}
	var ids []string
	for i := range 20 {
		if i == 5 {
			b.SendFor("closed", calltest.Body(t, "slack_post_message", inputs))
		}
		ids = append(ids, b.Call(inputs))
	}
	for _, id := range ids {
		if _, r := b.Answer(id); r.Type != 0 || !strings.Contains(string(r.Results), `"ts"`) {
			t.Errorf("the answer to %s is %s %s, want its own", id, r.Message, r.Results)
		}
	}
	b.Acknowledged()
	if n := b.Slack.Count(); n != 21 {
		t.Errorf("%d messages, want 21", n)
	}
}

func TestAnswerThatIsTooLargeForTheBrokerBecomesAShortError(t *testing.T) {
	b := calltest.New(t, calltest.Options{Server: stomptest.LikeRabbitMQ, MaxFrame: 1000})
	text := b.Failure(b.Call(map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")}))
	calltest.Contains(t, text, "was carried out", "refused its result")
	b.Acknowledged()
	if n := b.Slack.Count(); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
}

// The network breaks whenever an answer is on its way: that is nobody's fault.
func TestNetworkThatFlapsCostsNoAnswer(t *testing.T) {
	b := calltest.New(t, calltest.Options{Server: stomptest.LikeRabbitMQ})
	b.Broker.SetFaults(stomptest.Faults{StopReading: true})
	id := b.Call(map[string]any{"slack_channel": "general", "slack_details": calltest.Details("x")})
	b.Until("posted", func() bool { return b.Slack.Count() == 1 })
	for range 8 {
		b.Until("subscribed", func() bool { return b.Broker.CutConnections() > 0 })
		b.Broker.SetFaults(stomptest.Faults{})
		b.Until("subscribed", func() bool { return b.Broker.Consumers(calltest.Queue) == 1 })
		b.Broker.SetFaults(stomptest.Faults{StopReading: true})
	}
	b.Broker.CutConnections()
	b.Broker.SetFaults(stomptest.Faults{})
	if _, results := b.Result(id); results["ts"] == nil {
		t.Errorf("results %v", results)
	}
}
