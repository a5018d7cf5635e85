package service_test

import (
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// killed is how many calls a process has in hand when it is killed.
const killed = 30

// step is a moment on the way of a call.
type step struct {
	arrange func(*drill) // before the calls
	reached func(*drill) bool
	asked   bool // whether Slack has to be asked then
	unheard bool // whether the broker has answers that this process does not know of
}

func steps() map[string]step {
	return map[string]step{
		"before Slack": {
			arrange: func(d *drill) { d.slack.FailWhen(posts(slacktest.Fault{Delay: time.Minute, Drop: true})) },
			reached: func(d *drill) bool { return d.slack.Calls("chat.postMessage") >= len(d.threads)+3 },
			asked:   true,
		},
		"while Slack works on it, and it arrives late": {
			arrange: func(d *drill) {
				d.slack.FailWhen(posts(slacktest.Fault{Delay: time.Minute, Drop: true, Late: 700 * time.Millisecond}))
			},
			reached: func(d *drill) bool { return d.slack.Calls("chat.postMessage") >= len(d.threads)+3 },
			asked:   true,
		},
		"after Slack posted and before it answered": {
			arrange: func(d *drill) { d.slack.FailWhen(posts(slacktest.Fault{Posted: true, Delay: time.Minute})) },
			reached: func(d *drill) bool { return d.posted() >= 3 },
			asked:   true,
		},
		"between Slack's answer and the journal": {
			// Nobody sees that moment from outside: it is met by killing in the
			// microsecond in which the message appears.
			reached: func(d *drill) bool { return d.posted() >= 10 },
			asked:   true,
			unheard: true, // others are further
		},
		"before the answer": {
			arrange: func(d *drill) { d.platform.Broker().SetFaults(stomptest.Faults{StopReading: true}) },
			reached: func(d *drill) bool { return d.posted() == killed && d.decided("a", killed) },
		},
		"after the answer and before its receipt": {
			arrange: func(d *drill) { d.platform.Broker().SetFaults(stomptest.Faults{SwallowReceipts: []string{"SEND"}}) },
			reached: func(d *drill) bool { return d.answered() >= killed/2 && d.decided("a", killed) }, // without receipts some wait
			unheard: true,
		},
		"after the receipt and before the acknowledgement": {
			arrange: func(d *drill) { d.platform.Broker().SetFaults(stomptest.Faults{LoseAcks: true}) },
			reached: func(d *drill) bool { return d.answered() == killed && d.decided("a", 0) },
		},
	}
}

// A process is killed at each step of a call's way, with calls in hand, and
// started again with its state. Where the calls go into threads, Slack is asked
// about those.
func TestKilledAtEachStep(t *testing.T) {
	t.Parallel()
	for name, step := range steps() {
		for _, in := range []struct {
			like    string
			threads bool
		}{{stomptest.LikeActiveMQ, false}, {stomptest.LikeRabbitMQ, false}, {stomptest.LikeActiveMQ, true}} {
			like, where := in.like, "channels"
			if in.threads {
				where = "threads"
			}
			t.Run(name+"/"+like+"/"+where, func(t *testing.T) {
				t.Parallel()
				d := newDrill(t, like)
				d.unheard = step.unheard
				lookup := "conversations.history"
				if in.threads {
					d.inThreads()
					lookup = "conversations.replies"
				}
				d.start("a")
				d.subscribed(1)
				if step.arrange != nil {
					step.arrange(d)
				}
				d.send(killed)
				d.until("the moment", func() bool { return step.reached(d) })
				d.kill("a")
				before := d.slack.Calls(lookup) // a slow machine makes answers late, which are looked up
				d.slack.FailWhen(nil)
				d.platform.Broker().CutConnections()
				d.platform.Broker().SetFaults(stomptest.Faults{})
				d.start("a")
				d.subscribed(1)
				d.balance(true)
				if asked := d.slack.Calls(lookup) > before; asked != step.asked {
					t.Errorf("%s was asked: %v, want %v", lookup, asked, step.asked)
				}
				d.end("a")
			})
		}
	}
}

// posts is a fault of every chat.postMessage.
func posts(f slacktest.Fault) slacktest.Decide {
	return func(r slacktest.Request) (slacktest.Fault, bool) { return f, r.Method == "chat.postMessage" }
}

// The connection breaks when the broker has the answers and has not got the
// acknowledgements: the calls come again, and are only acknowledged.
func TestCutBetweenAnswerAndAcknowledgement(t *testing.T) {
	t.Parallel()
	for _, like := range []string{stomptest.LikeActiveMQ, stomptest.LikeRabbitMQ} {
		t.Run(like, func(t *testing.T) {
			t.Parallel()
			d := newDrill(t, like)
			d.start("a")
			d.subscribed(1)
			d.platform.Broker().SetFaults(stomptest.Faults{LoseAcks: true})
			d.send(killed)
			d.until("all answered", func() bool { return d.answered() == killed && d.decided("a", 0) })
			d.platform.Broker().SetFaults(stomptest.Faults{})
			d.net.Reset()
			d.balance(true)
			d.end("a")
		})
	}
}
