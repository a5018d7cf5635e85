package service_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// newBrokerDrill is a drill with a real broker, which the environment names as
// .ci/brokers/up prints it; without one it is skipped.
func newBrokerDrill(t *testing.T, name string) *drill {
	t.Helper()
	env := "FN_SLACK_TEST_" + strings.ToUpper(name)
	addr, cafile := os.Getenv(env+"_TLS"), os.Getenv(env+"_CA")
	if addr == "" || cafile == "" {
		t.Skipf("%s_TLS and %[1]s_CA do not name a broker", env)
	}
	d := prepareDrill(t, "")
	d.mq = stomptest.Broker{Name: name, Addr: addr, CAFile: cafile, Login: "svc", Passcode: "s3cret"}
	for _, queue := range []string{resilienttest.Queue, drillAnswers} {
		_, err := d.mq.Drop(t.Context(), queue)
		d.must(err)
	}
	d.through(addr)
	return d
}

// readBroker takes the answers, over a new connection when the broker was away.
// They are settled when they are sent, so a broker that is killed takes with it
// what it has not written to us yet.
func (d *drill) readBroker() {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	d.Cleanup(func() { stop(); <-ended })
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			p, err := d.mq.Dial(ctx)
			if err != nil {
				<-time.After(50 * time.Millisecond)
				continue
			}
			unhook := context.AfterFunc(ctx, p.Close)
			err = p.Subscribe(drillAnswers)
			for err == nil {
				answer, e := p.Next(0)
				if err = e; err == nil {
					d.take(answer.ID, answer.Body)
				}
			}
			unhook()
			p.Close()
		}
	}()
}

// sendToBroker returns when the broker has the calls on disk.
func (d *drill) sendToBroker(n int) {
	d.Helper()
	p, err := d.mq.Dial(d.Context())
	d.must(err)
	defer p.Close()
	d.must(p.Send(resilienttest.Queue, drillAnswers, d.calls(n)...))
}

// nothingLeft checks, after the service has ended, that no call is left.
func (d *drill) nothingLeft() {
	d.Helper()
	n, err := d.mq.Drop(context.Background(), resilienttest.Queue)
	if d.must(err); n > 0 {
		d.Errorf("%d calls are left with the broker", n)
	}
}

func (d *drill) restartBroker() {
	d.Helper()
	d.starter("kill9")
	d.starter("start")
}

// starter asks the broker's starter for something.
func (d *drill) starter(what string) string {
	d.Helper()
	starter := "../../.ci/brokers/" + strings.ToLower(d.mq.Name) + "/run"
	out, err := exec.Command(starter, what).CombinedOutput()
	if err != nil {
		d.Fatalf("%s %s: %v: %s", starter, what, err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestBrokerIsKilledUnderLoad(t *testing.T) {
	for _, name := range []string{"ActiveMQ", "RabbitMQ"} {
		t.Run(name, func(t *testing.T) {
			d := newBrokerDrill(t, name)
			if os.Getenv("RUNDIR") == "" {
				t.Skip("RUNDIR does not say where the starters of .ci/brokers keep their brokers")
			}
			d.unheard = true
			d.start("a")
			d.sendToBroker(400)
			for _, at := range []int{80, 200} {
				d.until("some posted", func() bool { return d.slack.Count() >= at })
				d.restartBroker()
			}
			d.readBroker()
			d.balance(false) // a restarted broker may hand out in another order what it had handed out before
			d.end("a")
			d.nothingLeft()
		})
	}
}

func TestNetworkBreaksOnARealBroker(t *testing.T) {
	for _, name := range []string{"ActiveMQ", "RabbitMQ"} {
		t.Run(name, func(t *testing.T) {
			d := newBrokerDrill(t, name)
			d.readBroker()
			d.unheard = true
			d.start("a")
			d.sendToBroker(400)
			for answered := 20; answered < 300; answered += 40 { // what comes again is in front of the rest
				d.until("some answered", func() bool { return d.answered() >= answered })
				d.net.Reset()
			}
			d.balance(false) // the broker may hand out in another order what it had handed out before
			d.end("a")
			d.nothingLeft()
		})
	}
}

func TestTwoInstancesOnARealBroker(t *testing.T) {
	for _, name := range []string{"ActiveMQ", "RabbitMQ"} {
		t.Run(name, func(t *testing.T) {
			d := newBrokerDrill(t, name)
			d.readBroker()
			d.config["shared_queue"], d.unheard = "true", true
			d.start("a")
			d.start("b")
			d.until("both connected", func() bool { return d.net.Accepted() >= 2 })
			d.sendToBroker(400)
			d.until("some posted", func() bool { return d.slack.Count() >= 100 })
			d.kill("a")
			d.until("more posted", func() bool { return d.slack.Count() >= 200 })
			d.start("a")
			d.kill("b")
			d.balance(false)
			d.end("a")
			d.nothingLeft()
		})
	}
}
