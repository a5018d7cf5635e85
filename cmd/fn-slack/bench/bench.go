package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fn-slack/fn-slack/processor/broker"
	"github.com/fn-slack/fn-slack/processor/resilienttest"
	"github.com/fn-slack/fn-slack/processor/slacktest"
	"github.com/fn-slack/fn-slack/processor/stomptest"
)

// The queues of a benchmark. The service's own is the one that the platform
// names.
const (
	benchAnswers     = "acks.201.bench"
	benchBareQueue   = "actions.201.bare"
	benchBareAnswers = "acks.201.bare"
)

// benchPrefetch is that of the service with default settings, and the bare
// loop's.
const benchPrefetch = 4 * broker.DefaultPrefetch

// benchAnswerSize is that of a usual result, for the bare loop.
const benchAnswerSize = 2000

type benchOptions struct {
	broker, address, cafile string
	login, passcode         string
	calls, lone             int
	script                  string
}

func benchCommand(env environment) *cobra.Command {
	var o benchOptions
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure the service on this machine, with a stand-in Slack and a broker of your choice",
		Long: "Measure the service: one call after the other, then a burst that lies in the queue already. The service is\n" +
			"a process of its own with its layout scripts; Slack is a stand-in without a rate limit; every answer is\n" +
			"checked. Before it runs the bare loop, which is what the broker alone can do: take a call, send a\n" +
			"persistent answer, wait for the receipt, acknowledge, with the same client and the same prefetch.\n" +
			"A real broker must let the user read and write the queues actions.201.> and acks.201.>.",
		Example: "  fn-slack bench\n" +
			"  fn-slack bench --broker activemq --address localhost:65001 --cafile ca.pem --login svc --passcode secret",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, env, stop := inOrder(cmd.Context(), env)
			defer stop()
			return runBench(ctx, env, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.broker, "broker", "stand-in", "stand-in, activemq or rabbitmq")
	f.StringVar(&o.address, "address", "", "host:port of the broker's STOMP over TLS")
	f.StringVar(&o.cafile, "cafile", "", "authority of the broker's certificate (PEM)")
	f.StringVar(&o.login, "login", "svc", "user at the broker")
	f.StringVar(&o.passcode, "passcode", "s3cret", "password at the broker")
	f.StringVar(&o.script, "script", "", "layout of the calls, by its name in the gallery, or function, a layout of one line that runs in a worker (default: none is named)")
	f.IntVar(&o.calls, "calls", 10_000, "calls in the burst")
	f.IntVar(&o.lone, "lone", 300, "calls one after the other")
	return cmd
}

// bench is one run.
type bench struct {
	benchOptions
	mq        mq
	platform  *resilienttest.Platform
	workspace *slacktest.Workspace
	dir       string
	config    string // file
	out       io.Writer
}

func runBench(ctx context.Context, env environment, o benchOptions) (err error) {
	switch {
	case o.broker != "stand-in" && o.broker != "activemq" && o.broker != "rabbitmq":
		return usageError{fmt.Errorf("--broker %s: write stand-in, activemq or rabbitmq", o.broker)}
	case o.broker != "stand-in" && (o.address == "" || o.cafile == ""):
		return usageError{errors.New("a real broker needs --address and --cafile")}
	case o.calls < 1 || o.lone < 1:
		return usageError{errors.New("--calls and --lone must be at least 1")}
	}
	b := &bench{benchOptions: o, out: env.stdout}
	if b.dir, err = os.MkdirTemp("", "fn-slack-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if b.platform, err = resilienttest.Start(resilienttest.Config{
		APIKeyID: o.login, APIKeySecret: o.passcode, BrokerName: stomptest.LikeActiveMQ,
	}); err != nil {
		return err
	}
	defer b.platform.Close()
	var channels []slacktest.Channel
	for i := range benchChannels {
		channels = append(channels, slacktest.Channel{Name: benchChannel(i)})
	}
	if b.workspace, err = slacktest.Start(slacktest.Config{Channels: channels}); err != nil {
		return err
	}
	defer b.workspace.Close()
	b.mq = mq{
		name: o.broker, addr: cmp.Or(o.address, fmt.Sprintf("localhost:%d", b.platform.STOMPPort())),
		cafile: cmp.Or(o.cafile, b.platform.CAFile()), login: o.login, passcode: o.passcode,
	}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	bare, err := b.bareLoop(ctx)
	if err != nil {
		return fmt.Errorf("bare loop: %w", err)
	}
	fmt.Fprintf(b.out, "broker              %s at %s\n", b.mq.name, b.mq.addr)
	fmt.Fprintf(b.out, "bare loop           %.0f calls/s (%d calls)\n", bare, b.calls)
	if err := b.one(ctx); err != nil {
		return fmt.Errorf("lone calls: %w", err)
	}
	if err := b.burst(ctx, bare); err != nil {
		return fmt.Errorf("burst: %w", err)
	}
	return nil
}

// prepare empties the queues and writes scripts and settings for the service.
func (b *bench) prepare(ctx context.Context) error {
	for _, queue := range []string{resilienttest.Queue, benchAnswers, benchBareQueue, benchBareAnswers} {
		if _, err := b.mq.drop(ctx, queue); err != nil {
			return fmt.Errorf("empty %s: %w", queue, err)
		}
	}
	folder := filepath.Join(b.dir, "scripts")
	if _, _, err := writeScripts(folder); err != nil {
		return err
	}
	// What default.js does by being nothing but labels, by a function.
	const function = "export default { format: (message) => message.text };\n"
	if err := os.WriteFile(filepath.Join(folder, "function.js"), []byte(function), 0o600); err != nil {
		return err
	}
	if b.script != "" && !slices.ContainsFunc([]string{"", ".js", ".ts"}, func(ext string) bool {
		_, err := os.Stat(filepath.Join(folder, filepath.Base(b.script)+ext))
		return err == nil
	}) {
		return usageError{fmt.Errorf("--script %s: there is no such script in the gallery", b.script)}
	}
	host, port, _ := strings.Cut(b.mq.addr, ":")
	text := b.platform.AppConfig(map[string]string{
		"api_token": slacktest.DefaultToken, "slack_api_url": b.workspace.APIURL(), "message_interval": "0",
		"state_dir": filepath.Join(b.dir, "state"), "scripts_dir": folder,
	})
	text = strings.Replace(text, fmt.Sprintf("stomp_port=%d\n", b.platform.STOMPPort()),
		fmt.Sprintf("stomp_host=%s\nstomp_port=%s\nstomp_cafile=%s\nlogdir=%s\n", host, port, b.mq.cafile, b.dir), 1)
	b.config = filepath.Join(b.dir, "app.config")
	return os.WriteFile(b.config, []byte(text), 0o600)
}

// load puts n calls into a queue. Their numbers are no lone call's: on RabbitMQ a
// call is known by its correlation id.
func (b *bench) load(ctx context.Context, queue, answers string, n int) error {
	p, err := b.mq.dial(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	calls := make([]call, n)
	for i := range calls {
		calls[i] = makeCall(1_000_000+i, benchChannel(i), b.script)
	}
	return p.send(queue, answers, calls...)
}

// benchChannels is over how many channels the calls are spread. The messages of
// one channel follow each other, so few channels would measure how long Slack
// takes for one message.
const benchChannels = 50

func benchChannel(i int) string { return fmt.Sprintf("channel-%d", i%benchChannels) }

// bareLoop gives the calls a second that the broker alone can do.
func (b *bench) bareLoop(ctx context.Context) (float64, error) {
	if err := b.load(ctx, benchBareQueue, benchBareAnswers, b.calls); err != nil {
		return 0, err
	}
	trust, err := b.mq.tls()
	if err != nil {
		return 0, err
	}
	c, err := broker.New(broker.Config{
		Addrs: []string{b.mq.addr}, TLS: trust, Login: b.mq.login, Passcode: b.mq.passcode,
		Destination: benchBareQueue, Prefetch: benchPrefetch,
	})
	if err != nil {
		return 0, err
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		reply := make([]byte, benchAnswerSize)
		for d := range c.Deliveries() {
			go d.Settle(context.WithoutCancel(ctx), reply) // an answer that does not come is seen below
		}
	}()
	running := make(chan struct{})
	go func() {
		defer close(running)
		_ = c.Run(ctx) // ends with ctx
	}()
	defer func() { stop(); <-running; <-ended }()
	seen, err := b.collect(ctx, benchBareAnswers, b.calls, func(string, []byte) (bool, error) { return true, nil })
	return seen.rate(), err
}

// collected says when answers came.
type collected struct {
	first, last time.Time
	n           int
}

func (c collected) rate() float64 {
	return float64(c.n-1) / max(c.last.Sub(c.first).Seconds(), 1e-9)
}

// collect takes n final answers, each to another call.
func (b *bench) collect(ctx context.Context, answers string, n int, final func(id string, body []byte) (bool, error)) (c collected, err error) {
	p, err := b.mq.dial(ctx)
	if err != nil {
		return c, err
	}
	defer p.close()
	defer context.AfterFunc(ctx, p.close)()
	if err := p.subscribe(answers); err != nil {
		return c, err
	}
	seen := map[string]bool{}
	for c.n < n {
		p.conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		f, err := p.next()
		if err != nil {
			return c, fmt.Errorf("%d of %d answers: %w", c.n, n, err)
		}
		id := f.Header.Get("correlation-id")
		done, err := final(id, f.Body)
		if err != nil {
			return c, err
		}
		if !done {
			continue
		}
		if seen[id] {
			return c, fmt.Errorf("call %s is answered twice", id)
		}
		seen[id] = true
		if c.last = time.Now(); c.n == 0 {
			c.first = c.last
		}
		c.n++
	}
	return c, nil
}

// endOfStatus is what only a status ends with; a result ends with its results.
var endOfStatus = []byte(`"complete":false}`)

// isResult tells a result from a status; anything else is an error.
func isResult(id string, body []byte) (bool, error) {
	var a struct {
		Type    int    `json:"message_type"`
		Message string `json:"message"`
		Done    bool   `json:"complete"`
		Results struct {
			TS string `json:"ts"`
		} `json:"results"`
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return false, fmt.Errorf("answer to %s: %w", id, err)
	}
	if a.Done && (a.Type != 0 || a.Results.TS == "") {
		return false, fmt.Errorf("answer to %s: %s", id, a.Message)
	}
	return a.Done, nil
}

// one measures the start, the idle service, and one call after the other.
func (b *bench) one(ctx context.Context) error {
	s, err := startMeasured(ctx, b.config)
	if err != nil {
		return err
	}
	defer s.end()
	fmt.Fprintf(b.out, "start to subscribed %s\n", s.startup.Round(time.Millisecond))
	p, err := b.mq.dial(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	sent := make(chan time.Time, 1)
	send := func(i int) error {
		sent <- time.Now()
		return p.post(resilienttest.Queue, benchAnswers, makeCall(i, benchChannel(i), b.script))
	}
	const warm = 20 // calls until the render workers run
	var took []time.Duration
	if err := send(0); err != nil {
		return err
	}
	_, err = b.collect(ctx, benchAnswers, warm+b.lone, func(id string, body []byte) (bool, error) {
		done, err := isResult(id, body)
		if !done || err != nil {
			return done, err
		}
		took = append(took, time.Since(<-sent))
		if len(took) < warm+b.lone {
			err = send(len(took))
		}
		return true, err
	})
	if err != nil {
		return err
	}
	took = took[warm:]
	slices.Sort(took)
	fmt.Fprintf(b.out, "lone call           p50 %s, p99 %s (%d calls)\n",
		took[len(took)/2].Round(10*time.Microsecond), took[len(took)*99/100].Round(10*time.Microsecond), len(took))
	select { // what a call has left behind is gone, and nothing is to be done
	case <-time.After(2 * time.Second):
	case <-ctx.Done():
		return ctx.Err()
	}
	m, err := s.measure()
	if err == nil {
		fmt.Fprintf(b.out, "resident, idle      %.0f MiB with %d render workers\n", m.resident, m.processes-1)
	}
	return err
}

// burst measures calls that lie in the queue when the service starts.
func (b *bench) burst(ctx context.Context, bare float64) error {
	if err := b.load(ctx, resilienttest.Queue, benchAnswers, b.calls); err != nil {
		return err
	}
	before := b.workspace.Count()
	s, err := startMeasured(ctx, b.config)
	if err != nil {
		return err
	}
	defer s.end()
	var first measured
	var resident []float64
	answers := map[string][]byte{} // by call, read when the clock has stopped: that takes the CPU which is measured
	c, err := b.collect(ctx, benchAnswers, b.calls, func(id string, body []byte) (bool, error) {
		if bytes.HasSuffix(body, endOfStatus) {
			return false, nil
		}
		answers[id] = body
		if answered := len(answers); answered == 1 || answered%(max(b.calls/8, 1)) == 0 {
			m, err := s.measure()
			if err != nil {
				return true, err
			}
			if answered == 1 {
				first = m
			}
			resident = append(resident, m.resident)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	m, err := s.measure()
	if err != nil {
		return err
	}
	for id, body := range answers {
		if done, err := isResult(id, body); err != nil || !done {
			return cmp.Or(err, fmt.Errorf("answer to %s is no result: %.200s", id, body))
		}
	}
	if n := b.workspace.Count() - before; n != b.calls {
		return fmt.Errorf("%d messages for %d calls", n, b.calls)
	}
	fmt.Fprintf(b.out, "burst               %.0f calls/s (%d calls, all answered once, all posted once), %.2f of the bare loop\n", c.rate(), c.n, c.rate()/bare)
	fmt.Fprintf(b.out, "CPU per call        %.2f ms with the render workers (service %.2f ms)\n",
		(m.cpu-first.cpu).Seconds()*1000/float64(c.n-1), (m.own-first.own).Seconds()*1000/float64(c.n-1))
	fmt.Fprintf(b.out, "resident, load      %.0f MiB at most; in eighths of the burst:%s\n", slices.Max(append(resident, m.resident)), whole(resident[1:]))
	return nil
}

func whole(list []float64) string {
	var b strings.Builder
	for _, x := range list {
		fmt.Fprintf(&b, " %.0f", x)
	}
	return b.String()
}
