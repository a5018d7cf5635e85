package service_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/procfs"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// TestSoak works for as long as FN_SLACK_TEST_SOAK says (10m), with one random
// fault after the other. Two instances share a queue; one of them is killed now
// and then, the other lives from the start to the end and must not grow. Incidents
// with a room, a card, a file and an archive are mixed in.
// FN_SLACK_TEST_SEED repeats a run.
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("FN_SLACK_TEST_SOAK"))
	if err != nil {
		t.Skip("FN_SLACK_TEST_SOAK is no duration such as 10m")
	}
	seed, err := strconv.ParseUint(os.Getenv("FN_SLACK_TEST_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("FN_SLACK_TEST_SEED=%d", seed)
	s := &soak{drill: newDrill(t, stomptest.LikeActiveMQ), random: rand.New(rand.NewPCG(seed, 0)), counts: map[string]int{}}
	s.stories = newStories(s.drill)
	s.channels = []string{"general", "soc", "incidents", "firewall", "leads"}
	s.config["shared_queue"], s.unheard = "true", true
	s.slack.FailWhen(s.slackFault(rand.New(rand.NewPCG(seed, 1))))
	const dies = "dies"
	lives := s.start("lives")
	s.start(dies)
	s.subscribed(2)

	begun := time.Now()
	var early float64
	for time.Since(begun) < length {
		s.round(dies)
		if early == 0 && time.Since(begun) > length/5 {
			early = s.idle(lives)
		}
	}
	s.slack.FailWhen(nil)
	late := s.idle(lives)
	s.stories.balance()
	s.balance(false)
	t.Logf("faults: %v", s.counts)
	t.Logf("resident: %.1f MiB after a fifth of the time, %.1f at the end", early, late)
	if late > 1.25*early+8 {
		t.Error("the memory grows")
	}
	s.start("fresh")
	if n, fresh := s.goroutines("lives"), s.goroutines("fresh"); n > fresh+40 { // up to 16 connections to Slack are kept, of two goroutines each
		t.Errorf("%d goroutines at the end, %d in a fresh process", n, fresh)
	} else {
		t.Logf("%d goroutines at the end, %d in a fresh process", n, fresh)
	}
}

type soak struct {
	*drill
	stories *stories
	random  *rand.Rand
	counts  map[string]int // rounds by fault
}

// round sends some calls and lets something go wrong meanwhile.
func (s *soak) round(dies string) {
	s.Helper()
	broker := s.platform.Broker()
	s.stories.goOn()
	s.send(1 + s.random.IntN(120))
	posted := s.slack.Count()
	// The fault falls into the work, not before it.
	s.until("work", func() bool { return s.slack.Count() > posted || s.answered() == len(s.sent) })
	faults := []struct {
		name string
		do   func()
	}{
		{"none", func() {}},
		{"killed", func() { s.kill(dies); s.start(dies) }},
		{"ended", func() {
			s.until("subscribed", func() bool { return broker.Consumers(resilienttest.Queue) >= 2 })
			s.end(dies)
			s.start(dies)
		}},
		{"connections reset", func() { s.net.Reset() }},
		{"broker drops its clients", func() { broker.CutConnections() }},
		{"cut on the way to the broker", func() { s.net.CutToServer(int64(s.random.IntN(50_000))) }},
		{"cut on the way from the broker", func() { s.net.CutToClient(int64(s.random.IntN(50_000))) }},
		{"broker away", func() {
			s.must(s.net.SetMode(stomptest.Refuse))
			s.net.Reset()
			s.pause(time.Second)
			s.must(s.net.SetMode(stomptest.Pass))
		}},
		{"nothing arrives", func() {
			s.must(s.net.SetMode(stomptest.BlackHole))
			s.pause(time.Second)
			s.net.Reset()
			s.must(s.net.SetMode(stomptest.Pass))
		}},
		{"receipts are lost", func() {
			broker.SetFaults(stomptest.Faults{SwallowReceipts: []string{"SEND"}})
			s.pause(300 * time.Millisecond)
			broker.CutConnections()
			broker.SetFaults(stomptest.Faults{})
		}},
	}
	fault := faults[s.random.IntN(len(faults))]
	s.counts[fault.name]++
	fault.do()
	s.stories.goOn()
	s.until("most answered", func() bool { return s.answered() >= len(s.sent)-100 })
}

func (s *soak) pause(d time.Duration) { <-time.After(d) }

// slackFault lets one request in thirty go wrong.
func (s *soak) slackFault(random *rand.Rand) slacktest.Decide {
	posting := []slacktest.Fault{
		slacktest.RateLimited(time.Second), {Status: 500}, {Status: 503}, {Code: "fatal_error"}, {Drop: true}, {Cut: true}, {Empty: true},
		{Posted: true, Status: 502}, {Posted: true, Drop: true}, {Posted: true, Cut: true}, {Posted: true, Code: "internal_error"},
		{Delay: 300 * time.Millisecond}, {Delay: 3 * time.Second, Drop: true, Late: 1200 * time.Millisecond}, {Delay: 3 * time.Second, Posted: true},
	}
	looking := []slacktest.Fault{slacktest.RateLimited(time.Second), {Status: 500}, {Drop: true}, {Cut: true}}
	effects := []string{"chat.postMessage", "chat.update", "conversations.create", "conversations.invite", "conversations.archive", "files.completeUploadExternal"}
	var mu sync.Mutex
	return func(r slacktest.Request) (slacktest.Fault, bool) {
		mu.Lock()
		defer mu.Unlock()
		list := looking
		if slices.Contains(effects, r.Method) {
			list = posting
		}
		return list[random.IntN(len(list))], random.IntN(30) == 0
	}
}

// idle waits until everything is answered and gives what is resident then.
func (s *soak) idle(of *process) float64 {
	s.Helper()
	s.until("all answered", func() bool { return s.answered() == len(s.sent) })
	return s.resident(of)
}

// resident is what the service and its workers hold in memory, in MiB.
func (d *drill) resident(of *process) (resident float64) {
	d.Helper()
	all, err := procfs.AllProcs()
	d.must(err)
	for _, p := range all {
		stat, err := p.Stat()
		if err != nil || stat.PID != of.cmd.Process.Pid && stat.PPID != of.cmd.Process.Pid {
			continue
		}
		// Pages without a file behind them: what has one is the same in all.
		if status, err := p.NewStatus(); err == nil {
			resident += float64(status.RssAnon) / (1 << 20)
		}
	}
	return resident
}

// goroutines ends a service with the signal that makes it tell what it does.
func (s *soak) goroutines(name string) int {
	s.Helper()
	s.subscribed(len(s.services))
	of := s.services[name]
	s.must(of.cmd.Process.Signal(syscall.SIGQUIT))
	<-of.ended
	delete(s.services, name)
	log := of.log.String()
	return strings.Count(log[strings.LastIndex(log, "SIGQUIT"):], "\ngoroutine ")
}
