package service_test

import (
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// Where a kill falls is left to chance here: many calls are at every step.
func TestKilledAgainAndAgainUnderLoad(t *testing.T) {
	t.Parallel()
	for _, like := range []string{stomptest.LikeActiveMQ, stomptest.LikeRabbitMQ} {
		t.Run(like, func(t *testing.T) {
			t.Parallel()
			d := newDrill(t, like)
			d.unheard = true
			d.start("a")
			d.send(200)
			for i := range 5 {
				at := 10 + i*35 + rand.IntN(20)
				d.until("some posted", func() bool { return d.slack.Count() >= at })
				d.kill("a")
				d.start("a")
			}
			d.balance(true)
			d.subscribed(1)
			d.end("a")
		})
	}
}

func TestNetworkBreaksUnderLoad(t *testing.T) {
	t.Parallel()
	for _, like := range []string{stomptest.LikeActiveMQ, stomptest.LikeRabbitMQ} {
		t.Run(like, func(t *testing.T) {
			t.Parallel()
			d := newDrill(t, like)
			d.unheard = true
			d.start("a")
			d.subscribed(1)
			d.send(200)
			for i := range 6 {
				d.until("some posted", func() bool { return d.slack.Count() >= 20+i*25 })
				switch i % 3 {
				case 0:
					d.net.Reset()
				case 1:
					d.net.CutToServer(int64(rand.IntN(20_000)))
				case 2:
					d.net.CutToClient(int64(rand.IntN(20_000)))
				}
			}
			d.balance(true)
			d.end("a")
		})
	}
}

// longDrills guards what takes longer than a test command should.
func longDrills(t *testing.T) {
	t.Helper()
	if os.Getenv("FN_SLACK_TEST_LONG") == "" {
		t.Skip("FN_SLACK_TEST_LONG is not set: this takes long")
	}
	t.Parallel()
}

// A connection on which nothing arrives any more, while 100 calls are in work.
// The receipt that does not come within 30 s gives it away.
func TestHalfOpenConnectionUnderLoad(t *testing.T) {
	longDrills(t)
	d := newDrill(t, stomptest.LikeActiveMQ)
	d.unheard = true
	d.start("a")
	d.subscribed(1)
	d.send(200)
	d.until("some posted", func() bool { return d.slack.Count() >= 50 })
	d.must(d.net.SetMode(stomptest.BlackHole))
	d.until("given up", func() bool { return d.net.Accepted() > 1 })
	d.net.Reset()
	d.must(d.net.SetMode(stomptest.Pass))
	d.balance(true)
	d.end("a")
}

// shortMix is the one drill with Slack's faults that every test run has.
const shortMix = "one thing and another"

func TestSlackFails(t *testing.T) {
	t.Parallel()
	for name, list := range map[string][]slacktest.Fault{
		"rate limited":    {slacktest.RateLimited(time.Second)},
		"unavailable":     {{Status: 503}, {Code: "service_unavailable"}},
		"fails":           {{Status: 500}, {Code: "fatal_error"}, {Code: "internal_error"}},
		"fails and posts": {{Posted: true, Status: 500}, {Posted: true, Code: "fatal_error"}},
		"hangs up":        {{Drop: true}, {Cut: true}, {Empty: true}},
		"posts, hangs up": {{Posted: true, Drop: true}, {Posted: true, Cut: true}, {Posted: true, Empty: true}},
		"slow":            {{Delay: 500 * time.Millisecond}},
		"too slow":        {{Delay: time.Minute, Drop: true}, {Delay: time.Minute, Posted: true}},
		"too slow, posts": {{Delay: time.Minute, Late: 1500 * time.Millisecond, Drop: true}},
		shortMix:          {slacktest.RateLimited(time.Second), {Posted: true, Status: 502}, {}, {Drop: true}, {Posted: true, Cut: true}, {}},
	} {
		t.Run(name, func(t *testing.T) {
			if name == shortMix {
				t.Parallel()
			} else {
				longDrills(t)
			}
			d := newDrill(t, stomptest.LikeActiveMQ)
			d.channels = []string{"general", "soc", "incidents", "firewall", "leads"}
			d.slack.FailWhen(firstTries(list))
			d.start("a")
			d.subscribed(1)
			d.send(15)
			d.balance(true)
			d.end("a")
		})
	}
}

// firstTries gives the first try of each message the next fault of a list.
func firstTries(list []slacktest.Fault) slacktest.Decide {
	var mu sync.Mutex
	seen := map[string]bool{}
	return func(r slacktest.Request) (slacktest.Fault, bool) {
		mu.Lock()
		defer mu.Unlock()
		key := r.Form.Get("metadata")
		if r.Method != "chat.postMessage" || seen[key] {
			return slacktest.Fault{}, false
		}
		seen[key] = true
		return list[len(seen)%len(list)], true
	}
}

func TestTwoInstancesAndOneIsKilled(t *testing.T) {
	t.Parallel()
	for _, like := range []string{stomptest.LikeActiveMQ, stomptest.LikeRabbitMQ} {
		t.Run(like, func(t *testing.T) {
			t.Parallel()
			d := newDrill(t, like)
			d.unheard = true
			d.config["shared_queue"] = "true"
			d.start("a")
			d.start("b")
			d.subscribed(2)
			d.send(300)
			d.until("some posted", func() bool { return d.slack.Count() >= 60 })
			d.kill("a")
			d.until("more posted", func() bool { return d.slack.Count() >= 120 })
			d.start("a")
			d.balance(false) // two instances keep no order between them
			d.subscribed(2)
			d.end("a")
			d.end("b")
		})
	}
}

// A connection that breaks gives the calls in work to the other instance, and
// both are alive: only one of them may post.
func TestTwoInstancesWhoseConnectionsBreak(t *testing.T) {
	t.Parallel()
	d := newDrill(t, stomptest.LikeActiveMQ)
	d.unheard = true
	d.config["shared_queue"] = "true"
	d.start("a")
	d.start("b")
	d.subscribed(2)
	d.slack.FailWhen(posts(slacktest.Fault{Code: "service_unavailable"}))
	d.send(40)
	for i := range 4 {
		d.until("tried", func() bool { return d.slack.Calls("chat.postMessage") >= 3*(i+1) })
		d.net.Reset()
		d.subscribed(2)
	}
	d.slack.FailWhen(nil)
	d.balance(false)
	d.end("a")
	d.end("b")
}

// An instance is frozen while it tries to post, long enough for the broker to give
// its calls to the other one, and its connection still looks whole when it thaws.
func TestTwoInstancesAndOneIsFrozen(t *testing.T) {
	longDrills(t)
	for _, like := range []string{stomptest.LikeActiveMQ, stomptest.LikeRabbitMQ} {
		t.Run(like, func(t *testing.T) {
			t.Parallel()
			d := newDrill(t, like)
			d.unheard = true
			d.config["shared_queue"] = "true"
			frozen, link := d.start("a"), d.net
			d.subscribed(1)
			var away atomic.Bool
			away.Store(true)
			d.slack.FailWhen(func(r slacktest.Request) (slacktest.Fault, bool) {
				return slacktest.Fault{Code: "service_unavailable"}, away.Load() && r.Method == "chat.postMessage"
			})
			d.send(20)
			d.until("tried", func() bool { return d.slack.Calls("chat.postMessage") >= 3 })
			d.must(link.SetMode(stomptest.BlackHole))
			d.must(frozen.cmd.Process.Signal(syscall.SIGSTOP))
			d.platform.Broker().CutConnections()
			away.Store(false)
			d.through(d.platform.Broker().Addr())
			d.start("b")
			d.until("all answered", func() bool { return d.answered() == len(d.sent) })
			d.must(frozen.cmd.Process.Signal(syscall.SIGCONT))
			d.must(frozen.cmd.Process.Signal(syscall.SIGTERM)) // it has its time to finish, and tries
			<-frozen.ended
			frozen.ended <- nil
			d.balance(false)
			d.end("b")
		})
	}
}
